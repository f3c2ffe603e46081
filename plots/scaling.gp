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

# A tic at each number of slots that was measured, but for those too close to another one's.
measured = ""
near(x) = sum [i = 1:words(measured)] abs(log(x / word(measured, i))) < 0.2
stats table using (near(column("slots")) ? 0 : (measured = measured.sprintf(" %d", column("slots")), 0)) nooutput
set logscale x
set xtics ("" 1e15)
do for [i = 1:words(measured)] { set xtics add (word(measured, i) word(measured, i) + 0) }
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
