# SPDX-License-Identifier: GPL-2.0-only
# Cycles per access over the share of misses, a line for each structure or era.
dir = ARG0[1:strlen(ARG0) - strlen("mix.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

load dir."series.gp"
lines = 22
load dir."open.gp"

stats table using "lo" nooutput prefix "LO"
stats table using "hi" nooutput prefix "HI"

set xlabel "misses, per cent of the accesses"
set ylabel "TSC ticks per access"
if (spread(LO_min, HI_max)) {
	eval log_y
	set yrange [LO_min / 1.4:HI_max * 1.4]
} else {
	set yrange [0:HI_max * 1.15]
}
set xrange [-3:103]
set xtics 20
plot for [i = 1:words(series)] table using (of(i) ? 100 * column("misses") : NaN):"cycles":"lo":"hi" \
		with yerrorbars linetype i dashtype 1 notitle, \
	for [i = 1:words(series)] table using (of(i) ? 100 * column("misses") : NaN):"cycles" smooth unique \
		with linespoints linetype i title word(series, i)
