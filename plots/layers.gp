# SPDX-License-Identifier: GPL-2.0-only
# What served the accesses: a bar for each era or structure, in parts by cache layer.
dir = ARG0[1:strlen(ARG0) - strlen("layers.gp")]
call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5

eval collect
layers = ""
have(name) = strstrt(layers." ", " ".name." ") > 0
stats table using (have(strcol("layer")) ? 0 : (layers = layers." ".strcol("layer"), 0)) nooutput
lines = 3 * (row_last + 1)
load dir."open.gp"

set xrange [0:100]
set xlabel "per cent of the accesses"
eval bands
set style fill pattern 1 border
set style textbox opaque noborder margins 0.4, 0.3
is(i) = strcol("layer") eq word(layers, i)
middle = "0.5 * (column('from') + column('to'))"
wide = "column('to') - column('from') > 7"
plot for [i = 1:words(layers)] table using (is(i) ? @middle : NaN):"row":"from":"to": \
		(column("row") - 0.3):(column("row") + 0.3) with boxxyerror fillstyle pattern i - 1 \
		linecolor rgb "#444444" dashtype 1 title word(layers, i), \
	table using (@wide ? @middle : NaN):"row": \
		(sprintf("%.0f%% %s", column("to") - column("from"), strcol("layer"))) \
		with labels center boxed font ",9" notitle
