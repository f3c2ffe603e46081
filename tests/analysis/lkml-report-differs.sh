#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The mail table: the golden file, pure ASCII, at most 72 columns and 40 lines for 5 structures x 3 traces.
set -eu -o pipefail
here=$ROOT/tests/analysis tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

check_form() { # file: ASCII and narrow
	if LC_ALL=C grep -nP '[^\x20-\x7e]' "$1"; then echo "$1: not ASCII" && exit 1; fi
	awk 'length > 72 { print FILENAME ": " FNR ": " length " columns"; bad = 1 } END { exit bad }' "$1"
	if grep -niE 'nan|inf\b' "$1"; then exit 1; fi
}

"$SLOTSIM_ASAN" report -f lkml "$here/results.json" >"$tmp/report"
diff "$here/results.lkml" "$tmp/report"
check_form "$tmp/report"
[ "$(wc -l <"$tmp/report")" -le 40 ]

# A hostile name stays one ASCII line; missing numbers are dashes.
jq '(.traces[0].name, (.runs[] | select(.trace == "boot") | .trace)) = "b\u00f6\u001b[2J\noot" |
    (.runs[] | .cycles.samples) = [] | (.runs[] | .cycles.process) = [] | (.runs[] | .bytes) = null' \
	"$here/results.json" >"$tmp/hostile.json"
"$SLOTSIM_ASAN" report "$tmp/hostile.json" >"$tmp/hostile"
check_form "$tmp/hostile"
grep -qE '^rbtree +- +- +- +- +- +-$' "$tmp/hostile"

# -b puts another structure first.
"$SLOTSIM_ASAN" report -b linear "$here/results.json" | grep -A2 '^boot' | tail -n 1 | grep -q '^linear '
