# SPDX-License-Identifier: GPL-2.0-only
# Memory against speed: a point for each structure.
dir = ARG0[1:strlen(ARG0) - strlen("memory.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

load dir."series.gp"
lines = 22
load dir."open.gp"

stats table using "lo" nooutput prefix "LO"
stats table using "hi" nooutput prefix "HI"
stats table using "bytes" nooutput prefix "BYTES"
if (spread(LO_min, HI_max)) {
	eval log_x
	set xrange [LO_min / 1.5:HI_max * 2.2]
} else {
	set xrange [0:HI_max * 1.3]
}
set logscale y 2
set yrange [BYTES_min / 2:BYTES_max * 2]
set ytics ("" 1e15)
do for [e = 0:39] { set ytics add (sprintf("%d %s", 2 ** (e % 10), word("B KiB MiB GiB", e / 10 + 1)) 2.0 ** e) }
set xlabel "TSC ticks per lookup (left is faster)"
set ylabel "bytes of the structure (below is smaller)"
unset key
plot table using "cycles":"bytes":"lo":"hi" with xerrorbars linetype 1 notitle, \
	table using "cycles":"bytes" with points linetype 1 notitle, \
	for [side = 0:1] table using (int(column(0)) % 2 == side ? column("hi") : NaN):"bytes":"structure" \
		with labels left offset char dumb ? 2 : 0.8, dumb ? 0 : 0.5 - side font ",10" notitle
