# SPDX-License-Identifier: GPL-2.0-only
# Single lookups: a band for each structure, in it the median, p95, p99, p99.9 and the longest.
dir = ARG0[1:strlen(ARG0) - strlen("latency.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

eval collect
stats table using "p50" nooutput prefix "LO"
stats table using "max" nooutput prefix "HI"
lines = 3 * (row_last + 1)
load dir."open.gp"

decades = (HI_max > 3000 * (LO_min > 0 ? LO_min : 1))
if (spread(LO_min, HI_max)) {
	eval log_x
	set xrange [(LO_min > 0 ? LO_min : 1) / 1.3:HI_max * 1.5]
} else {
	set xrange [0:HI_max * 1.1]
}
set xlabel "TSC ticks of one lookup, timed alone"
eval bands

ranks = "p50 p95 p99 p999 max"
names = "p50 p95 p99 p99.9 max"
if (dumb) { letters = "5 9 n t X"; do for [i = 1:5] { set linetype i pointtype word(letters, i)[1:1] } }
plot table using "p50":"row":(column("max") - column("p50")):(0) with vectors nohead linecolor rgb "#999999" notitle, \
	for [i = 1:5] table using word(ranks, i):"row" with points linetype i title word(names, i)
