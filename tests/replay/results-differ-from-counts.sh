#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The counts in the results are those of the trace, whatever the structure, mode and process; absorbed and reaching
# accesses add up; samples and processes are as many as asked; two runs agree in all that is no time.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$SLOTSIM" generate -q -n 20000 -s 7 -o "$tmp/t.json" "$ROOT/workloads/recipes/slots-13.json"
run() { "$SLOTSIM" replay -q --force -x linear,rbtree "$@" "$tmp/t.json" 2>"$tmp/err" || { cat "$tmp/err"; exit 1; }; }

run --era 2.6.37,5.17 -r 2 --processes 3 -o "$tmp/a.json"
jq -e '[.runs[] | .mismatches] | all(. == 0)' "$tmp/a.json" >/dev/null
jq -e '.runs[] | select(.class == "all") | .accesses == .lookups + ([.absorbed[]] | add // 0)' "$tmp/a.json" | sort -u |
	grep -qx true
jq -e '[.runs[] | select(.class != "all")] | group_by([.index, .era]) | all(map(.accesses) | add == 20000)' "$tmp/a.json" >/dev/null
jq -e '[.runs[] | select(.cycles) | [(.cycles.samples | length), (.cycles.process | unique)]] | unique == [[6, [0, 1, 2]]]' "$tmp/a.json" >/dev/null
jq -e '[.runs[] | select(.era == "2.6.37") | .absorbed] | unique == [{}]' "$tmp/a.json" >/dev/null

# what is no time is the same from run to run
same='del(.env, .argv, .warnings, .runs[].cycles) | .runs |= map(del(.why))'
run --era 2.6.37,5.17 -r 1 --processes 1 -o "$tmp/b.json"
cmp <(jq "$same" "$tmp/a.json") <(jq "$same" "$tmp/b.json")

# linear search reads ever more lines; the tree's depth is what its height allows
"$SLOTSIM" generate -q -n 20000 -s 7 -o "$tmp/big.json" "$ROOT/workloads/recipes/slots-509.json"
"$SLOTSIM" replay -q --force -x linear,bsearch,rbtree -r 1 --processes 1 -o "$tmp/big" "$tmp/big.json" 2>/dev/null
jq -e '[.runs[] | select(.class == "miss") | {(.index): .depth}] | add | .linear > 0 and .bsearch < 16 and .rbtree < 24' "$tmp/big" >/dev/null
jq -e '[.runs[] | select(.class == "miss") | {(.index): .lines}] | add | .linear > 500 and .bsearch < .linear and .rbtree < .linear' "$tmp/big" >/dev/null
