#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With a ring of one page most records are lost, and each of them is counted: attempts = written + lost for every class
# and CPU, the attempts are what the guest did (hva is what the host did), and the trace is refused as lossy.
set -eu
. "$ROOT/tests/capture/lib.sh"

"$SLOTSIM" capture --ring 4096 -o "$dir/t.json" -- "$SLOTSIM" guest --accesses 3000 >"$dir/guest.out" 2>"$dir/capture.err" ||
	fail "capture fails"
lost=$(tail -n 1 "$dir/t.json" | jq .lost)
[ "$lost" -gt 0 ] || fail "nothing lost with a ring of one page: this test tests nothing"
accounts_are_exact "$dir/t.json" || fail "attempts are not written + lost"
attempts=$(tail -n 1 "$dir/t.json" | jq '[.classes | to_entries[] | select(.key | IN("slots", "hva") | not) | .value[][0]] | add')
did=$(jq '.pages.ram + .pages.mapped + .accesses.miss' "$dir/guest.out")
ahead=0
! maps_ahead "$dir/t.json" || ahead=$(jq .own.tables "$dir/guest.out")
if [ "$attempts" -gt "$did" ] || [ "$attempts" -lt $((did - ahead)) ]; then fail "$attempts attempts, but the guest did $did"; fi
grep -q 'events lost' "$dir/capture.err" || fail "no warning of the loss"
rc=0
"$SLOTSIM" check "$dir/t.json" 2>"$dir/check.err" || rc=$?
[ "$rc" = 3 ] || fail "check ends with $rc for a lossy trace, not 3"
