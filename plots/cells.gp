# SPDX-License-Identifier: GPL-2.0-only
# Bands of structures or eras, in each a point for each class with its interval. The figure sets: unit.
eval collect
present = ""
stats table using (strstrt(present, strcol("class")) ? 0 : (present = present." ".strcol("class"), 0)) nooutput
stats table using "lo" nooutput prefix "LO"
stats table using "hi" nooutput prefix "HI"
lines = row_last > 0 ? 5 * (row_last + 1) : 8 # room for the key
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
class_nr(name) = sum [c = 1:4] (name eq word(classes, c) ? c : 0)
named(c) = strstrt(present, word(classes, c)) ? word(classes, c) : ""
at(c) = column("row") + 0.2 * (c - 2.5)
plot for [c = 1:4] table using (in_class(c)):(at(c)):"lo":"hi" with xerrorbars linetype c dashtype 1 notitle, \
	for [c = 1:4] table using (in_class(c)):(at(c)) with points linetype c title named(c), \
	table using "hi":(at(class_nr(strcol("class")))):"label" with labels left \
		offset char dumb ? 2 : 0.7, 0 font ",9" textcolor rgb "#444444" notitle
