#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What cannot be done is refused with the right exit code, one line, and no output file.
set -u -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

"$SLOTSIM" generate -q -n 5000 -s 7 -o "$tmp/t.json" "$ROOT/workloads/recipes/slots-13.json" || exit 1

refuse() { # exit code, text, arguments
	local code=$1 text=$2 rc
	shift 2
	"$SLOTSIM" replay -q -o "$tmp/out.json" "$@" >"$tmp/stdout" 2>"$tmp/err"
	rc=$?
	if [ $rc != "$code" ] || ! grep -qF -e "$text" "$tmp/err" || [ "$(wc -l <"$tmp/err")" != 1 ] || [ -s "$tmp/stdout" ] || [ -e "$tmp/out.json" ] ||
		[ -e "$tmp/out.json.tmp" ]; then
		echo "replay $*: exit $rc, not $code with '$text':"
		cat "$tmp/err"
		bad=1
	fi
}

refuse 2 "no trace named"
refuse 2 "no structure 'rbtre'" -x rbtre "$tmp/t.json"
refuse 2 "no era '9.9'" --era 9.9 "$tmp/t.json"
refuse 2 "no mode 'hot'" --mode hot "$tmp/t.json"
refuse 2 "'mmio'" --cache mmio "$tmp/t.json"
refuse 2 "leave out --cache" --cache last-vm --era 5.17 "$tmp/t.json"
refuse 2 "no counter 'pmc'" --counters pmc --force -r 1 --processes 1 -x rbtree "$tmp/t.json"
refuse 2 "--repeats" -r 0 "$tmp/t.json"
refuse 3 "--force" "$tmp/t.json"
refuse 1 "No such file" --force "$tmp/none.json"
refuse 4 "CPU 999" --force --cpu 999 "$tmp/t.json"
head -n 100 "$tmp/t.json" >"$tmp/cut.json"
refuse 3 "cut.json" --force "$tmp/cut.json"

echo old >"$tmp/old.json"
"$SLOTSIM" replay -q -o "$tmp/old.json" "$tmp/t.json" 2>"$tmp/err"
if [ $? != 1 ] || ! grep -q -e --force "$tmp/err" || [ "$(cat "$tmp/old.json")" != old ]; then
	echo "replaced a file without --force"
	bad=1
fi
exit $bad
