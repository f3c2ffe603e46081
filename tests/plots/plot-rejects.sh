#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What plot refuses, with which code; and dumb without -o is the product on stdout.
set -eu -o pipefail
results=$ROOT/tests/analysis/results.json tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

expect() { # exit code, text, arguments...
	local code=$1 text=$2 rc=0
	shift 2
	PATH=${ONLY_PATH:-$PATH} "$SLOTSIM_ASAN" plot "$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	if [ "$rc" != "$code" ] || [ "$(wc -l <"$tmp/err")" != 1 ] || ! grep -qF -- "$text" "$tmp/err"; then
		echo "plot $*: exit $rc, wanted $code and \"$text\":"
		cat "$tmp/err"
		exit 1
	fi
}

expect 2 'no results named'
expect 2 "no picture type 'gif'" -T svg,gif "$results"
expect 2 "no picture type ''" -T svg, "$results"
expect 2 "no figure 'pie'; there are cycles scaling history" -F pie "$results"
"$SLOTSIM_ASAN" plot -q -F cycles -o "$tmp/pictures" "$results"
expect 1 'exists' -F cycles -o "$tmp/pictures" "$results"
"$SLOTSIM_ASAN" plot -q -F cycles -o "$tmp/pictures" --force "$results"
mkdir "$tmp/empty"
ONLY_PATH=$tmp/empty expect 4 'apt-get install gnuplot-nox' -o "$tmp/none" "$results"

mkdir "$tmp/tmpdir"
TMPDIR=$tmp/tmpdir "$SLOTSIM_ASAN" plot -T dumb "$results" >"$tmp/text" 2>"$tmp/err"
[ "$(grep -c 'Cycles per lookup by structure' "$tmp/text")" = 3 ]
[ ! -s "$tmp/err" ]
[ -z "$(ls -A "$tmp/tmpdir")" ]
