#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# convert --remap: on 9 to 32764 slots each access keeps its vCPU, time, op and its class's reuse; check passes.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

sequence() { # vCPU, op and time of every event
	"$SLOTSIM" convert -q "$1" - | jq -c 'select(type == "array") | [.[0], .[1], .[2], .[5]]' | sha256sum
}

remapped() { # trace layout
	local out=$tmp/remapped.pack
	"$SLOTSIM_ASAN" convert -q --remap "$2" --force "$1" "$out" && "$SLOTSIM" check -q "$out" || return 1
	[ "$(sequence "$1")" = "$(sequence "$out")" ] || { echo "$1 on $2: other accesses" && return 1; }
	case $2 in
	*[!0-9]*) ;;
	*) [ "$("$SLOTSIM" info -f json "$out" | jq .slots.start)" = "$2" ] || { echo "not $2 slots" && return 1; } ;;
	esac
}

"$SLOTSIM" generate -q "$ROOT/workloads/recipes/boot-steady-storm.json" -n 30000 -o "$tmp/churning.pack"
"$SLOTSIM" generate -q "$ROOT/workloads/recipes/swap.json" -n 30000 -o "$tmp/swapping.pack"
for slots in 9 10 13 32 117 509 4096 32764; do
	for trace in churning swapping; do
		remapped "$tmp/$trace.pack" $slots || { echo "$trace on $slots slots" && bad=1; }
	done
done
remapped "$ROOT/workloads/traces/demo.json.zst" 32764 || bad=1
# a guest that boots makes more slots than it begins with, but never more than KVM takes
# (in each of its two address spaces)
"$SLOTSIM_ASAN" convert -q --remap 32764 --force "$ROOT/workloads/traces/boot.json.zst" "$tmp/remapped.pack"
[ "$("$SLOTSIM" info -f json "$tmp/remapped.pack" | jq '.slots.most')" -le $((2 * 32764)) ] || { echo "too many slots" && bad=1; }
remapped "$tmp/swapping.pack" "$ROOT/workloads/recipes/ladder-509.json" || bad=1

# enough room: every page stays a page of its own, so reuse is the same
"$SLOTSIM" convert -q --remap 509 --force "$tmp/churning.pack" "$tmp/remapped.pack"
"$SLOTSIM" info --compare -f json "$tmp/churning.pack" "$tmp/remapped.pack" |
	jq -e '.ops > 0.999999 and all(.classes[]; .reuse > 0.999999)' >/dev/null || { echo "reuse differs" && bad=1; }

rc=0
"$SLOTSIM" convert --remap "$ROOT/workloads/recipes/firecracker.json" "$tmp/churning.pack" "$tmp/x.pack" 2>"$tmp/err" || rc=$?
if [ $rc != 3 ] || ! grep -q 'the layout has no mapped slot' "$tmp/err" || [ -e "$tmp/x.pack" ]; then
	cat "$tmp/err" && bad=1
fi
exit $bad
