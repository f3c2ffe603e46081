# SPDX-License-Identifier: GPL-2.0-only
# The distinct names of column "structure" in the order of the table, and whether a line is of the i-th of them.
series = ""
set datafile missing NaN # lines of other series do not break the line
known(name) = strstrt(series." ", " ".name." ") > 0
stats table using (known(strcol("structure")) ? 0 : (series = series." ".strcol("structure"), 0)) nooutput
of(i) = strcol("structure") eq word(series, i)
