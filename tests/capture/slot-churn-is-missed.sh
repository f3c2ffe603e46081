#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A slot comes and goes 100 times while two vCPUs touch memory: every change is in the trace, generations rise, and every
# access fits the slots as the trace has them then.
set -eu
. "$ROOT/tests/capture/lib.sh"

"$SLOTSIM" capture -o "$dir/t.json" -- "$SLOTSIM" guest --accesses 4000 --churn 100 --vcpus 2 >"$dir/guest.out" \
	2>"$dir/capture.err" || fail "capture fails"
"$SLOTSIM" check -q "$dir/t.json" 2>"$dir/check.err" || fail "check refuses the trace"

# the spare slot's id is the number of the others; what came before the first access is in the header
spare=$(jq .slots "$dir/guest.out")
early=$(head -n 1 "$dir/t.json" | jq "[.slots[] | select(.id == $spare)] | length")
changes=$(jq -n "[inputs | objects | select(.id == $spare) | .slot]" "$dir/t.json")
creates=$(jq '[.[] | select(. == "create")] | length' <<<"$changes")
deletes=$(jq '[.[] | select(. == "delete")] | length' <<<"$changes")
before=$((100 - deletes))
[ "$((creates + early + before))" = 100 ] || fail "$early early, $creates created, $deletes deleted; not 100 of each"
[ "$before" -le 20 ] || fail "only $deletes of 100 deletions are in the trace"
jq -n '[inputs | objects | .generation // empty] | . == sort and . == unique' "$dir/t.json" | grep -q true ||
	fail "generations do not rise"
[ "$(tail -n 1 "$dir/t.json" | jq .unplaced)" = 0 ] || fail "accesses do not fit the slots"
