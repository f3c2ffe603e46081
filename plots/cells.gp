# SPDX-License-Identifier: GPL-2.0-only
# Bands of structures or eras, in each a point for each class with its interval. The figure sets: unit.
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
set xlabel unit
eval bands

classes = "all ram mapped miss"
in_class(c) = strcol("class") eq word(classes, c) ? column("cycles") : NaN
at(c) = column("row") + 0.2 * (c - 2.5)
plot for [c = 1:4] table using (in_class(c)):(at(c)):"lo":"hi" with xerrorbars linetype c dashtype 1 notitle, \
	for [c = 1:4] table using (in_class(c)):(at(c)) with points linetype c title word(classes, c), \
	for [c = 1:4] table using (in_class(c) >= 0 ? column("hi") : NaN):(at(c)):"label" with labels left \
		offset char dumb ? 2 : 0.7, 0 font ",9" textcolor rgb "#444444" notitle
