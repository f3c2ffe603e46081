# SPDX-License-Identifier: GPL-2.0-only
# Cycles per access: a band for each era, in it a point for each class of accesses with its 95 % interval.
dir = ARG0[1:strlen(ARG0) - strlen("history.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

unit = "TSC ticks per access (0 where a cache layer served it)"
load dir."cells.gp"
