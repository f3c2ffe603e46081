# SPDX-License-Identifier: GPL-2.0-only
# Lookups as a share of the time from exit to entry, with 95 % intervals.
dir = ARG0[1:strlen(ARG0) - strlen("share.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

eval collect
stats table using "lo" nooutput prefix "LO"
stats table using "hi" nooutput prefix "HI"
lines = 3 * (row_last + 1)
load dir."open.gp"

if (spread(LO_min, HI_max)) {
	set logscale x
	set format x "%g"
	set xrange [LO_min / 1.5:HI_max * 2]
} else {
	set xrange [0:HI_max * 1.2]
}
set xlabel "per cent of the recorded time from exit to entry"
eval bands
plot table using "share":"row":"lo":"hi" with xerrorbars linetype 1 notitle, \
	table using "share":"row" with points linetype 1 notitle, \
	table using "hi":"row":(sprintf("%.3g%%", column("share"))) with labels left \
		offset char dumb ? 2 : 0.8, 0 font ",9" textcolor rgb "#444444" notitle
