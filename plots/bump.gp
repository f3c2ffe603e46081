# SPDX-License-Identifier: GPL-2.0-only
# What a miss costs by the time since the last slot change, a line for each structure.
dir = ARG0[1:strlen(ARG0) - strlen("bump.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

load dir."series.gp"
lines = 22
load dir."open.gp"

stats table using "hi" nooutput prefix "HI"
stats table using "since_us" nooutput prefix "SINCE"

set logscale x
set xtics ("1 us" 1, "10 us" 10, "100 us" 1e2, "1 ms" 1e3, "10 ms" 1e4, "100 ms" 1e5, "1 s" 1e6, "10 s" 1e7, "100 s" 1e8)
set xrange [SINCE_min / 1.5:SINCE_max * 1.5]
set xlabel "time since the last slot change"
set ylabel "TSC ticks per access without a slot"
set yrange [0:(HI_max > 0 ? HI_max * 1.1 : 1)]
plot for [i = 1:words(series)] table using (of(i) ? column("since_us") : NaN):"cycles":"lo":"hi" \
		with yerrorbars linetype i dashtype 1 notitle, \
	for [i = 1:words(series)] table using (of(i) ? column("since_us") : NaN):"cycles" smooth unique \
		with linespoints linetype i title word(series, i)
