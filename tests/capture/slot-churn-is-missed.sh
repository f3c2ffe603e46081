#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A slot is added, changes its flags, moves and is removed, 200 times, while two vCPUs touch memory: every change is in the
# trace, in order and as it was made, generations rise, and every access fits the slots as the trace has them then.
set -eu
. "$ROOT/tests/capture/lib.sh"

times=200
"$SLOTSIM" capture -o "$dir/t.json" -- "$SLOTSIM" guest --accesses 4000 --churn $times --churn-all --vcpus 2 >"$dir/guest.out" \
	2>"$dir/capture.err" || fail "capture fails"
"$SLOTSIM" check -q "$dir/t.json" 2>"$dir/check.err" || fail "check refuses the trace"

# What came before the first access is in the header only: the trace has the last N of these changes, in this order.
spare=$(jq .slots "$dir/guest.out") # its id is the number of the others
jq -cn --argjson times $times --argjson spare "$spare" '
	{base_gfn: 1046528, npages: 2} as $at | {base_gfn: 1046530, npages: 2} as $moved |
	[range($times) | ($at + {slot: "create", slot_flags: 0}), ($at + {slot: "flags", slot_flags: 1, old: 1046528}),
		($moved + {slot: "move", slot_flags: 1, old: 1046528}), ($moved + {slot: "delete", slot_flags: 1})] as $made |
	[inputs | objects | select(.id == $spare) | {base_gfn, npages, slot, slot_flags} +
		(if .old then {old: .old.base_gfn} else {} end)] as $seen |
	if $seen == $made[-($seen | length):] then $seen | length else $seen[:8] end' "$dir/t.json" >"$dir/seen.out"
seen=$(jq 'numbers' "$dir/seen.out")
[ -n "$seen" ] || fail "the changes in the trace are not those that were made"
[ "$seen" -ge $((4 * times - 80)) ] || fail "only $seen of $((4 * times)) changes are in the trace"
at_start=$(head -n 1 "$dir/t.json" | jq "[.slots[] | select(.id == $spare)] | length")
[ "$at_start" = $((seen % 4 != 0)) ] || fail "the header has $at_start spare slots, though $seen changes follow"
jq -n '[inputs | objects | .generation // empty] | . == sort and . == unique' "$dir/t.json" | grep -q true ||
	fail "generations do not rise"
[ "$(tail -n 1 "$dir/t.json" | jq .unplaced)" = 0 ] || fail "accesses do not fit the slots"
