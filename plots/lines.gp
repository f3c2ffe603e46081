# SPDX-License-Identifier: GPL-2.0-only
# Distinct cache lines of one lookup, and those of them that wait for another.
dir = ARG0[1:strlen(ARG0) - strlen("lines.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

eval collect
stats table using "lines" nooutput prefix "HI"
lines = 3 * (row_last + 1)
load dir."open.gp"

if (HI_max > 60) {
	eval log_x
	set xrange [0.8:HI_max * 1.5]
} else {
	set xrange [0:HI_max * 1.15]
}
set xlabel "cache lines of 64 bytes, mean over the accesses of the trace"
eval bands
plot table using "depth":"row":(column("lines") - column("depth")):(0) with vectors nohead \
		linecolor rgb "#999999" notitle, \
	table using "depth":"row" with points linetype 3 title "dependent", \
	table using "lines":"row" with points linetype 1 title "distinct", \
	table using "lines":"row":(sprintf("%.1f", column("lines"))) with labels left offset char dumb ? 2 : 0.8, 0 \
		font ",9" textcolor rgb "#444444" notitle
