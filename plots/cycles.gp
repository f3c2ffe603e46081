# SPDX-License-Identifier: GPL-2.0-only
# Cycles per lookup: a band for each structure, in it a point for each class of accesses with its 95 % interval.
dir = ARG0[1:strlen(ARG0) - strlen("cycles.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

unit = "TSC ticks per lookup, harness floor subtracted"
load dir."cells.gp"
