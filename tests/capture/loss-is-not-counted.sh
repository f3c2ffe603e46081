#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With a ring of one page most records are lost, and each of them is counted: attempts = written + lost for every class
# and CPU, the attempts are what the guest did (hva is what the host did), and the trace is refused as lossy. So is one where
# the kernel skipped runs of the probes: it does where it preempts them (7.2) and a CPU has several vCPUs.
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

"$SLOTSIM" capture -o "$dir/four.json" -- "$SLOTSIM" guest --accesses 10000 --miss 80 --vcpus 4 >"$dir/guest.out" 2>"$dir/capture.err" ||
	fail "capture of four vCPUs fails"
accounts_are_exact "$dir/four.json" || fail "attempts are not written + lost, or skipped runs are not in lost"
skipped=$(tail -n 1 "$dir/four.json" | jq '[.hooks[].lost] | add')
echo "four vCPUs: $skipped runs skipped: $(tail -n 1 "$dir/four.json" | jq -c '[.hooks | to_entries[] | select(.value.misses > 0) |
	{(.key): [.value.misses, .value.lost]}] | add')"
rc=0
"$SLOTSIM" check "$dir/four.json" 2>"$dir/check.err" || rc=$?
if [ "$skipped" = 0 ]; then
	[ "$rc" = 0 ] || fail "check ends with $rc although nothing was lost"
else
	[ "$rc" = 3 ] || fail "check ends with $rc although $skipped runs of the probes were skipped"
	grep -q "$skipped of the lost are runs of the probes" "$dir/capture.err" || fail "no warning of the runs skipped"
fi
