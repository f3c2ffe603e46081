#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where KVM tells of exits and entries, each access has the time between its exit and the next entry: none overlaps the next
# of its vCPU, and all of a vCPU together are less than the run of the guest. Only a vCPU's last exit has no entry.
set -eu
. "$ROOT/tests/capture/lib.sh"

"$SLOTSIM" capture -o "$dir/t.json" -- "$SLOTSIM" guest --accesses 3000 --ram 50 --mapped 20 --miss 30 --vcpus 2 \
	>"$dir/guest.out" 2>"$dir/capture.err" || fail "capture fails"
"$SLOTSIM" check -q "$dir/t.json" 2>"$dir/check.err" || fail "check refuses the trace"

# by vCPU: [[time, duration], ...]; hva has no vCPU's exit, its last field is no duration
jq -nc '[inputs | arrays | select(.[2] != "hva")] | group_by(.[1]) | map(map([.[0], .[6]]))' "$dir/t.json" >"$dir/by-vcpu"
jq -e 'map(map(.[1] | numbers)) | flatten | length > 0' "$dir/by-vcpu" >/dev/null ||
	skip "KVM tells of no exits and entries on this host"
jq -e 'all(.[]; (map(select(.[1] == null)) | length) <= 1)' "$dir/by-vcpu" >/dev/null ||
	fail "accesses without a duration, by vCPU: $(jq -c 'map(map(select(.[1] == null)) | length)' "$dir/by-vcpu")"
jq -e 'all(.[]; all(.[]; .[1] == null or .[1] > 0))' "$dir/by-vcpu" >/dev/null || fail "durations that are not above 0"
jq -c 'map([.[:-1], .[1:]] | transpose | map(select(.[0][1] != null and .[0][0] + .[0][1] > .[1][0])))' "$dir/by-vcpu" >"$dir/over"
jq -e 'flatten == []' "$dir/over" >/dev/null || fail "accesses that reach into the next: $(jq -c 'map(.[:3])' "$dir/over")"
sums=$(jq -c 'map(map(.[1] | numbers) | add)' "$dir/by-vcpu")
jq -en --argjson sums "$sums" --argjson run "$(jq .ns "$dir/guest.out")" '$sums | all(. < $run)' >/dev/null ||
	fail "the vCPUs' durations, $sums ns, are more than the run of $(jq .ns "$dir/guest.out") ns"
