#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# For every structure: callgrind's instructions and misses are the same from run to run, and in a cold cache the misses are the
# lines of touch(). What cannot be counted is named with the reason.
set -eu -o pipefail
command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 4; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$SLOTSIM" generate -q -n 4000 -s 7 -o "$tmp/t.json" "$ROOT/workloads/recipes/slots-117.json"
count() { # results, structures
	"$SLOTSIM" replay -q --force -x "$2" --counters callgrind --require-counters -r 1 --processes 1 -o "$tmp/$1.json" \
		"$tmp/t.json" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
}
count 1 all
count 2 all
cmp <(jq '[.runs[] | [.index, .class, .counters, .lines, .depth]]' "$tmp/1.json") \
	<(jq '[.runs[] | [.index, .class, .counters, .lines, .depth]]' "$tmp/2.json")

# Wherever the harness has its stack: the environment lies above it. What null, the floor, has missed there is subtracted.
for bytes in 16 32 48; do
	PADDING=$(printf '%*s' $bytes '') count "moved-$bytes" linear,rbtree
done
jq -r '.runs[] | select(.counters.cold_lines != null and .index != "null") | [.index, .class, .counters.cold_l1d_misses, .counters.cold_lines] | @tsv' \
	"$tmp/1.json" "$tmp"/moved-*.json >"$tmp/agree"
[ "$(wc -l <"$tmp/agree")" -gt 60 ]
awk '$3 != $4 { print "callgrind and touch differ:", $0; bad = 1 } END { exit bad }' "$tmp/agree"

# judy's lines are its library's secret, but its misses are counted
jq -e '[.runs[] | select(.index == "judy") | .counters | .cold_lines == null and .cold_l1d_misses > 0] | all' "$tmp/1.json" >/dev/null
"$SLOTSIM" list indexes -f json | jq -r '.. | .name? // empty' | while read -r index; do
	jq -e --arg i "$index" '[.runs[] | select(.index == $i and .counters.instructions != null)] | length == 4' "$tmp/1.json" >/dev/null ||
		jq -r '.warnings[]' "$tmp/1.json" | grep -q "left out $index: .* \(lacks\|looks up host addresses\)" ||
		{ echo "$index is neither counted nor named"; exit 1; }
done
jq -e '[.runs[] | select(.counters.instructions == null) | .counters.why.instructions] | all(. != null)' "$tmp/1.json" >/dev/null
jq -e '[.runs[].counters | select(.source == "callgrind") | .why.llc_misses] | length > 0 and all(. != null)' "$tmp/1.json" >/dev/null

# and the numbers order the structures as theory does
jq -e '[.runs[] | select(.class == "mapped") | {(.index): .counters.instructions}] | add | .bsearch < .linear / 4' "$tmp/1.json" >/dev/null
