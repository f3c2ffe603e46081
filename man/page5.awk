# SPDX-License-Identifier: GPL-2.0-only
# docs/NAME-format.md on stdin -> mdoc(7) of slotsim-NAME(5): headings, paragraphs, lists, tables and literal blocks.
function quoted(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/[`*]/, "", text)
	if (text ~ /^[.']/)
		text = "\\&" text
	return text
}

function leave() { # end the list or table that is open
	if (open)
		print ".El"
	open = 0
}

NR == 1 {
	sub(/^# /, "")
	printf ".Dd %s\n.Dt SLOTSIM-%s 5\n.Os slotsim %s\n", date, toupper(name), version
	printf ".Sh NAME\n.Nm slotsim-%s\n.Nd %s\n.Sh DESCRIPTION\n", name, quoted($0)
	next
}
/^```/ {
	leave()
	literal = !literal
	print literal ? ".Bd -literal" : ".Ed"
	next
}
literal { print quoted($0); next }
/^##/ {
	leave()
	sub(/^#+ /, "")
	printf ".Sh %s\n", quoted(toupper($0))
	next
}
/^\|[-:| ]+\|$/ { next } # the rule below a table's head
/^\|/ {
	if (open != "table") {
		leave()
		print ".Bl -tag -width Ds"
		open = "table"
	}
	sub(/^\| */, "")
	sub(/ *\|$/, "")
	cut = index($0, "|")
	if (!cut)
		cut = length($0) + 1
	head = quoted(substr($0, 1, cut - 1))
	rest = substr($0, cut + 1)
	gsub(/ *\| */, "; ", rest)
	gsub(/^ +| +$/, "", rest)
	printf ".It %s\n%s\n", head == "" ? "\\&" : head, quoted(rest)
	next
}
/^- / {
	if (open != "list") {
		leave()
		print ".Bl -bullet"
		open = "list"
	}
	printf ".It\n%s\n", quoted(substr($0, 3))
	next
}
/^$/ {
	if (open != "list")
		leave()
	blank = 1
	next
}
{
	if (!(/^ /))
		leave()
	if (blank && !open)
		print ".Pp"
	blank = 0
	sub(/^ +/, "")
	print quoted($0)
}
END { leave() }
