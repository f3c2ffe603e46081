# SPDX-License-Identifier: GPL-2.0-only
# Open the picture: its size follows from the plot's height in lines and from the caption below it.
height = 80 + 14 * caption_lines + 15 * lines
if (kind eq "svg") { set terminal svg size 760,height font "DejaVu Sans,12" noenhanced background "white" }
if (kind eq "png") { set terminal pngcairo size 1140,height*1.5 font "DejaVu Sans,12" fontscale 1.25 noenhanced }
if (kind eq "pdf") { set terminal pdfcairo size 19cm,height*0.025cm font "DejaVu Sans,10" noenhanced }
if (dumb) { set terminal dumb size 72,(lines + caption_lines + 7) noenhanced mono }
set output picture

set bmargin caption_lines + 4
set label 99 caption at screen 0.01, char caption_lines - 0.3 left font ",10" textcolor rgb "#444444"
if (dumb) { set label 99 at screen 0.0, char caption_lines - 1 }
