# SPDX-License-Identifier: GPL-2.0-only
# Cycles per lookup over the number of slots, a line for each structure.
dir = ARG0[1:strlen(ARG0) - strlen("scaling.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

load dir."series.gp"
lines = 22
load dir."open.gp"

stats table using "lo" nooutput prefix "LO"
stats table using "hi" nooutput prefix "HI"
stats table using "slots" nooutput prefix "SLOTS"

set logscale x
set xtics ("1" 1, "2" 2, "4" 4, "9" 9, "13" 13, "32" 32, "117" 117, "509" 509, "2k" 2048, "8k" 8192, "32k" 32764)
set xlabel "slots"
set ylabel "TSC ticks per lookup"
if (spread(LO_min, HI_max)) {
	eval log_y
	set yrange [LO_min / 1.4:HI_max * 1.4]
} else {
	set yrange [0:HI_max * 1.15]
}
set xrange [SLOTS_min / 1.3:SLOTS_max * 1.3]
plot for [i = 1:words(series)] table using (of(i) ? column("slots") : NaN):"cycles":"lo":"hi" \
		with yerrorbars linetype i dashtype 1 notitle, \
	for [i = 1:words(series)] table using (of(i) ? column("slots") : NaN):"cycles" smooth unique \
		with linespoints linetype i title word(series, i)
