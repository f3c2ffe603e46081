# SPDX-License-Identifier: GPL-2.0-only
# What all figures share. A figure is run by hand, after editing it or its table, as
#   gnuplot -c FIGURE.gp TABLE PICTURE svg|png|pdf|dumb TITLE CAPTION
# and is made of these steps:
#   dir = ARG0[1:strlen(ARG0) - strlen("FIGURE.gp")]
#   call dir."common.gp" ARG1 ARG2 ARG3 ARG4 ARG5
#   lines = N                                    the height of its plot, in lines of text
#   load dir."open.gp"
#   plot table using ...
#
# Nothing is told by colour alone: series differ in the shape of their points and in their dashes too. Colours are
# those of Okabe and Ito, which readers who see red and green alike can tell apart.
table = ARG1
picture = ARG2
kind = ARG3
caption = ARG5
dumb = (kind eq "dumb")

set datafile separator tab
set datafile columnheaders
set datafile missing "-"
set encoding utf8

caption_lines = 1
do for [i = 1:strlen(caption)] { if (caption[i:i] eq "\n") { caption_lines = caption_lines + 1 } }

set linetype 1 linecolor rgb "#000000" linewidth 1.5 pointtype 7 pointsize 0.8 dashtype 1
set linetype 2 linecolor rgb "#0072b2" linewidth 1.5 pointtype 5 pointsize 0.8 dashtype 2
set linetype 3 linecolor rgb "#d55e00" linewidth 1.5 pointtype 9 pointsize 1.0 dashtype 3
set linetype 4 linecolor rgb "#009e73" linewidth 1.5 pointtype 13 pointsize 1.0 dashtype 4
set linetype 5 linecolor rgb "#cc79a7" linewidth 1.5 pointtype 4 pointsize 0.9 dashtype 5
set linetype 6 linecolor rgb "#e69f00" linewidth 1.5 pointtype 6 pointsize 0.9 dashtype (8,3,2,3)
set linetype 7 linecolor rgb "#56b4e9" linewidth 1.5 pointtype 8 pointsize 1.0 dashtype (12,4)
set linetype 8 linecolor rgb "#666666" linewidth 1.5 pointtype 12 pointsize 1.0 dashtype (2,2)
set linetype cycle 8

set title ARG4
set key outside right top samplen 2
set border 3
set tics nomirror
set grid linecolor rgb "#dddddd" linewidth 0.5 dashtype 1
if (dumb) {
	# A letter a series, bars of one line, the key above the plot.
	letters = "A R M x E F G H"
	do for [i = 1:8] { set linetype i pointtype word(letters, i)[1:1] }
	unset grid
	set bars 0
	set key outside center top horizontal
}

# A log scale where one series is far from another, so that the small ones stay legible; its tics are 1 2 5, or
# decades only where the figure sets decades = 1.
spread(lo, hi) = (lo > 0 && hi / lo > 12)
decades = 0
log_x = 'set logscale x; set xtics (1); if (decades) { set format x "%.0s%c" }; do for [e = -4:9] { ' \
	.'set xtics add (10.0**e); if (!decades) { set xtics add (2*10.0**e, 5*10.0**e) } }'
log_y = 'set logscale y; set ytics (1); do for [e = -4:9] { set ytics add (10.0**e, 2*10.0**e, 5*10.0**e) }'

# The names of column "structure" as tics of a y axis that counts rows from the top, and bands to tell them apart.
row_names = ""
row_last = -1
collect = 'stats table using (column("row") > row_last ? (row_last = column("row"), ' \
	.'row_names = row_names." ".strcol("structure"), 0) : 0) nooutput'
bands = 'set yrange [row_last + (dumb ? 0.9 : 0.55):-0.55]; set ytics ("" -9) scale 0; unset grid; ' \
	.'do for [i = 1:words(row_names)] { set ytics add (word(row_names, i) i - 1) }; ' \
	.'if (!dumb) { set grid xtics; do for [r = 0:int(row_last):2] { set object r + 1 rectangle ' \
	.'from graph 0, first r - 0.5 to graph 1, first r + 0.5 behind ' \
	.'fillcolor rgb "#f2f2f2" fillstyle solid noborder } }'
