# SPDX-License-Identifier: GPL-2.0-only
# `slotsim COMMAND --help` on stdin -> mdoc(7) of slotsim-COMMAND(1). What help says is all there is to say: a page that
# is made of it cannot tell something else.
function quoted(text) { # what roff would read as its own
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	if (text ~ /^[.']/)
		text = "\\&" text
	return text
}

NR == 1 {
	sub(/^usage: slotsim [^ ]+ ?/, "")
	synopsis = $0
	next
}
NR == 2 {
	printf ".Dd %s\n.Dt SLOTSIM-%s 1\n.Os slotsim %s\n", date, toupper(command), version
	printf ".Sh NAME\n.Nm slotsim-%s\n.Nd %s\n", command, quoted(tolower(substr($0, 1, 1)) substr($0, 2))
	printf ".Sh SYNOPSIS\n.Nm slotsim %s\n%s\n.Sh DESCRIPTION\n%s\n", command, quoted(synopsis), quoted($0)
	next
}
$0 == "options:" {
	print ".Sh OPTIONS\n.Bl -tag -width Ds"
	state = "options"
	next
}
state == "options" && /^  / {
	line = substr($0, 3)
	name = match(line, /^(-.,|   ) --[^ ]+( [^ ]+)?(  | )/) ? substr(line, 1, RLENGTH) : line
	text = substr(line, length(name) + 1)
	sub(/^ +/, "", text)
	gsub(/^ +| +$/, "", name)
	printf ".It %s\n%s\n", quoted(name), quoted(text)
	next
}
state == "options" && $0 == "" {
	print ".El"
	state = "details"
	closed = 1
	next
}
state == "details" {
	if (!begun++)
		print ".Sh NOTES"
	print $0 == "" ? ".Pp" : quoted($0)
}
END {
	if (!closed)
		print ".El"
	print ".Sh EXIT STATUS\n0 done, 1 runtime error, 2 usage, 3 bad, truncated, lossy or newer input, 4 this machine cannot do it,"
	print "5 a comparison gate failed, 130 interrupted with outputs closed properly."
	print ".Sh SEE ALSO\n.Xr slotsim 1 ,\n.Xr slotsim-recipe 5 ,\n.Xr slotsim-results 5 ,\n.Xr slotsim-trace 5"
}
