#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# answer says every one of its sentences for a trace with slot changes, the counts in them are exact, and its JSON has the
# same numbers and no NaN.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

"$SLOTSIM" generate -q -n 66000 -o churn.json.zst "$ROOT/workloads/recipes/churn.json"
"$SLOTSIM" generate -q -n 66000 -o quiet.json.zst "$ROOT/workloads/recipes/slots-13.json"
"$SLOTSIM" answer -r 1 --force --keep kept.json churn.json.zst quiet.json.zst >said.txt
cat said.txt
for text in 'A. fast misses alone: misses' 'B. fast misses and the miss cache' 'C. size-sorted against wbtree-sum' \
	'Cached misses alone, of all to gain:  ' 'Slot changes: 132; each made 47.8 accesses search again' \
	'Slot changes: none in this trace' 'Longest search, timed alone' 'us/s of guest' 'the trace has no durations' \
	'Cached misses alone, of all to gain, over all traces:'; do
	grep -qF -- "$text" said.txt || { echo "answer lacks \"$text\"" && exit 1; }
done
for index in linear size-sorted wbtree-sum rbtree granule; do
	[ "$(grep -cE "^  $index +([0-9.]+\+-[0-9.]+ *){4}$" said.txt)" = 4 ]
done
if grep -niE '\bnan\b|\binf\b' said.txt; then exit 1; fi
if LC_ALL=C grep -nP '[^\x20-\x7e]' said.txt; then exit 1; fi
awk 'length > 72 { print FNR ": " length " columns: " $0; bad = 1 } END { exit bad }' said.txt

"$SLOTSIM" answer -f json --results kept.json >said.json
[ "$(jq -r '.traces[] | [.name, .slot_changes.changes, .slot_changes.searched_again, (.factorial | length), (.claims | length)] |
	@csv' said.json)" = $'"churn",132,6309,20,8\n"quiet",0,0,20,8' ]
"$SLOTSIM" answer --results kept.json | diff - said.txt
"$SLOTSIM" report -q kept.json >/dev/null # one update run a structure, whatever the layers

"$SLOTSIM" answer >/dev/null 2>err && exit 1
grep -q 'no trace named' err
"$SLOTSIM" answer --results "$ROOT/tests/analysis/results.json" >/dev/null 2>err && exit 1
grep -q 'not the whole factorial' err
