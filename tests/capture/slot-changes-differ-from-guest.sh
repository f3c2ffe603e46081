#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Half the RAM is logged and given back to the host while the guest works: the trace has each change of the slots and each
# range that the host took, as many as the guest says, and faults anew.
set -eu
. "$ROOT/tests/capture/lib.sh"

"$SLOTSIM" capture -o "$dir/t.json" -- "$SLOTSIM" guest --accesses 9000 --ram-size 1M --dirty-log 10 --discard 30 \
	>"$dir/guest.out" 2>"$dir/capture.err" || fail "capture fails"
"$SLOTSIM" check -q "$dir/t.json" 2>"$dir/check.err" || fail "check refuses the trace"

told() { # jq expression over the guest's report
	jq "$1" "$dir/guest.out"
}

between() { # count, least and most as the guest tells, what
	if [ "$1" -lt "$(told "$2")" ] || [ "$1" -gt "$(told "$3")" ]; then fail "$1 $4, the guest says $(told "$3")"; fi
}

# What came before the first access is in the header only: some of the first round.
flags=$(jq -n '[inputs | objects | select(.slot == "flags")] | length' "$dir/t.json")
between "$flags" '.changes.flags - 2' .changes.flags "changes of flags"
between "$(count "$dir/t.json" hva)" '.discards - 1' .discards "ranges taken by the host"
[ "$(count "$dir/t.json" ram)" -gt "$(told .pages.ram)" ] || fail "what was given back did not fault again"
