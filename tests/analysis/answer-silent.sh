#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# answer says every one of its sentences for a trace with slot changes, and the counts in them are exact.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

"$SLOTSIM" generate -q -n 66000 -o churn.json.zst "$ROOT/workloads/recipes/churn.json"
"$SLOTSIM" generate -q -n 66000 -o quiet.json.zst "$ROOT/workloads/recipes/slots-13.json"
"$SLOTSIM" answer --force churn.json.zst quiet.json.zst >said.txt
cat said.txt
for text in 'A. fast misses' 'B. and with the miss cache' 'C. size-sorted against wbtree-sum' 'Cached misses alone give' \
	'Slot changes: 132; each made 47.8 accesses search again' 'Slot changes: none in this trace' 'Longest search, timed alone' \
	'us per second of guest time' 'the trace has no durations' 'Over 2 traces, cached misses alone give'; do
	grep -qF -- "$text" said.txt || { echo "answer lacks \"$text\"" && exit 1; }
done
for index in linear size-sorted wbtree-sum rbtree granule; do
	[ "$(grep -cE "^  $index +([0-9.]+\+-[0-9.]+ *){4}$" said.txt)" = 2 ]
done
if grep -niE '\bnan\b|\binf\b' said.txt; then exit 1; fi
awk 'length > 72 { print FNR ": " length " columns: " $0; bad = 1 } END { exit bad }' said.txt

"$SLOTSIM" answer >/dev/null 2>err && exit 1
grep -q 'no trace named' err
