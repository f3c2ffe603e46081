#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The trace of a guest with a known access list has the guest's own counts: a fault for each distinct page of RAM and of
# mapped memory, all misses, in slots of the right kind, with nothing lost. With several vCPUs each has its share.
set -eu
. "$ROOT/tests/capture/lib.sh"

compare() { # what, count in the trace, what the guest says
	[ "$2" = "$3" ] || fail "$1: the trace has $2, the guest says $3"
	echo "$1: $2 in the trace, $3 says the guest"
}

one_guest() { # trace name, guest options
	local trace=$dir/$1.json guest=$dir/$1.guest
	shift
	"$SLOTSIM" capture -o "$trace" -- "$SLOTSIM" guest "$@" >"$guest" 2>"$dir/capture.err" || fail "capture fails"
	"$SLOTSIM" check -q "$trace" 2>"$dir/check.err" || fail "check refuses the trace"
	if maps_ahead "$trace"; then
		compare 'ram, but for slot 0' "$(jq -n '[inputs | select(type == "array" and .[2] == "ram" and .[4] != 0)] | length' "$trace")" \
			"$(jq '.pages.ram - .own.pages - .own.tables' "$guest")"
		own=$(jq -n '[inputs | select(type == "array" and .[2] == "ram" and .[4] == 0)] | length' "$trace")
		jq -e --argjson own "$own" '.own.pages <= $own and $own <= .own.pages + .own.tables' "$guest" >/dev/null ||
			fail "ram in slot 0: the trace has $own, the guest says $(jq -c .own "$guest")"
	else
		compare ram "$(count "$trace" ram)" "$(jq .pages.ram "$guest")"
	fi
	compare mapped "$(count "$trace" mapped)" "$(jq .pages.mapped "$guest")"
	compare miss "$(count "$trace" miss miss_stale miss_spte miss_vcpu miss_fast)" "$(jq '.accesses | .miss + .notify' "$guest")"
	compare rom "$(count "$trace" rom)" "$(jq .accesses.rom "$guest")"
	compare slots "$(head -n 1 "$trace" | jq '.slots | length')" "$(jq .slots "$guest")"
	compare vcpus "$(jq -n '[inputs | select(type == "array" and .[2] != "hva") | .[1]] | unique | length' "$trace")" "$(jq .vcpus "$guest")"
	accounts_are_exact "$trace" || fail "attempts are not written + lost"

	# where KVM caches misses, only a page's first searches, and the page just missed comes from the vCPU's cache
	if [ "$(head -n 1 "$trace" | jq -r .kvm.mmio_caching)" != N ]; then # 5.10 always does, and has no such parameter
		compare 'miss, first of a page' "$(count "$trace" miss)" "$(jq '.pages | .miss + .notify' "$guest")"
		compare miss_vcpu "$(count "$trace" miss_vcpu)" "$(jq .miss_repeats "$guest")"
	fi
}

one_guest mixed --accesses 3000 --ram 50 --mapped 20 --miss 30
one_guest many-slots --accesses 2000 --ram 10 --mapped 80 --miss 10 --slots 117 --slot-pages 16
one_guest emulated --accesses 2000 --ram 20 --mapped 5 --miss 5 --rom 35 --notify 35
one_guest no-device --accesses 1000 --ram 1 --mapped 0 --miss 0 --slots 0
