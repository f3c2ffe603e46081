#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Callgrind's instructions and misses are the same from run to run, order the structures as theory does, and agree with
# touch() within the lines of the root pointer and the handle.
set -eu -o pipefail
command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 4; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$SLOTSIM" generate -q -n 6000 -s 7 -o "$tmp/t.json" "$ROOT/workloads/recipes/scattered-509.json"
for n in 1 2; do
	"$SLOTSIM" replay -q --force -x linear,bsearch,rbtree --counters callgrind --require-counters -r 1 --processes 1 \
		-o "$tmp/$n.json" "$tmp/t.json" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
done
counters='[.runs[] | [.index, .class, .counters, .lines, .depth]]'
cmp <(jq "$counters" "$tmp/1.json") <(jq "$counters" "$tmp/2.json")
jq -e '[.runs[] | select(.class == "mapped") | {(.index): .counters.instructions}] | add | .bsearch < .linear / 4' "$tmp/1.json" >/dev/null
jq -e '[.runs[] | select(.counters.cold_l1d_misses) | (.counters.cold_l1d_misses - .lines)] | length >= 9' "$tmp/1.json" >/dev/null
jq -e '[.runs[] | select(.class == "miss" and .index != "linear") | (.counters.cold_l1d_misses - .lines) | . >= -1 and . <= 3] | all' "$tmp/1.json" >/dev/null
jq -e '[.runs[].counters.why.llc_misses] | all(. != null)' "$tmp/1.json" >/dev/null
