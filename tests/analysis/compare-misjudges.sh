#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# compare: equal files are equal, a planted 5 % is found and fails the gate, unlike machines are refused.
set -eu -o pipefail
base=$ROOT/tests/analysis/results.json tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

expect() { # exit code, text on either stream, arguments...
	local code=$1 text=$2 rc=0
	shift 2
	"$SLOTSIM_ASAN" compare "$@" >"$tmp/out" 2>&1 || rc=$?
	if [ "$rc" != "$code" ] || ! grep -qF -- "$text" "$tmp/out"; then
		echo "compare $*: exit $rc, wanted $code and \"$text\":"
		cat "$tmp/out"
		exit 1
	fi
}

slower() { # factor, file: bsearch on boot is slower by it, with some scatter of its own
	jq "(.runs[] | select(.index == \"bsearch\" and .trace == \"boot\" and .mode == \"batch\") | .cycles.samples) |=
	    [to_entries[] | .value * ($1 + 0.002 * (.key % 3 - 1))]" "$base" >"$2"
}

expect 0 '0 faster, 0 slower, 70 no difference' "$base" "$base"
expect 0 '0 slower' --fail-on 3% "$base" "$base"
slower 1.05 "$tmp/slow.json"
expect 5 '0 faster, 4 slower, 66 no difference' --fail-on 3 "$base" "$tmp/slow.json"
grep -qE '^  bsearch +all +17\.4 +18\.3 +\+[45]\.[0-9]% \[.*\] slower$' "$tmp/out"
expect 0 '4 slower' --fail-on 8% "$base" "$tmp/slow.json"
expect 0 '4 faster' --fail-on 3% "$tmp/slow.json" "$base"
expect 0 '0 faster, 0 slower' -t 10% "$base" "$tmp/slow.json"
expect 0 '0 faster, 4 slower' --relative-to rbtree "$base" "$tmp/slow.json"

# Scatter of 20 % between processes hides 5 %: open, and what would settle it.
jq '(.runs[] | .cycles.samples) |= [to_entries[] | .value * (if (.key / 2 | floor) % 2 == 0 then 1.2 else 0.9 end)]' \
	"$base" >"$tmp/noisy.json"
expect 0 '70 open' "$base" "$tmp/noisy.json"
grep -qE 'open, [0-9]+ more processes to tell' "$tmp/out"

jq '.env.kernel = "6.12.0"' "$base" >"$tmp/other.json"
expect 2 'unlike machines (kernel differs)' "$base" "$tmp/other.json"
expect 0 '70 no difference' --unlike-machines "$base" "$tmp/other.json"
jq '.traces[0].sha256 = "ff"' "$base" >"$tmp/trace.json"
expect 2 'trace boot is not the same in both' "$base" "$tmp/trace.json"
jq '.runs |= map(select(.index == "rbtree") | .index = "mine")' "$base" >"$tmp/disjoint.json"
expect 2 'have no run in common' "$base" "$tmp/disjoint.json"
expect 2 'BASE and NEW are needed' "$base"
