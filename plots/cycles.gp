# SPDX-License-Identifier: GPL-2.0-only
# Cycles per lookup: a band for each structure, in it a point for each class of accesses with its 95 % interval.
dir = ARG0[1:strlen(ARG0) - strlen("cycles.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

eval collect
stats table using "lo" nooutput prefix "LO"
stats table using "hi" nooutput prefix "HI"
lines = 5 * (row_last + 1)
load dir."open.gp"

if (spread(LO_min, HI_max)) {
	eval log_x
	set xrange [LO_min / 1.3:HI_max * 1.7]
} else {
	set xrange [0:HI_max * 1.15]
}
set xlabel "TSC ticks per lookup, harness floor subtracted"
eval bands

classes = "all ram mapped miss"
in_class(c) = strcol("class") eq word(classes, c) ? column("cycles") : NaN
at(c) = column("row") + 0.2 * (c - 2.5)
plot for [c = 1:4] table using (in_class(c)):(at(c)):"lo":"hi" with xerrorbars linetype c dashtype 1 notitle, \
	for [c = 1:4] table using (in_class(c)):(at(c)) with points linetype c title word(classes, c), \
	for [c = 1:4] table using (in_class(c) > 0 ? column("hi") : NaN):(at(c)):"label" with labels left \
		offset char dumb ? 2 : 0.7, 0 font ",9" textcolor rgb "#444444" notitle
