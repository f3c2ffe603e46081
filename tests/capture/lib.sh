# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the capture tests: a scratch folder, the skip where there is no KVM or no BPF, counts of a trace.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

skip() {
	echo "$1"
	exit 4
}

fail() {
	echo "$1"
	for f in "$dir"/*.err "$dir"/*.out; do [ -s "$f" ] && sed "s|^|$(basename "$f"): |" "$f"; done
	exit 1
}

[ -e /dev/kvm ] || skip "no /dev/kvm: nothing to capture"
[ "$(id -u)" = 0 ] || skip "not root: BPF is refused"
rc=0
"$SLOTSIM" capture -o "$dir/probe.json" -- "$SLOTSIM" guest -n 600 >"$dir/probe.out" 2>"$dir/probe.err" || rc=$?
[ "$rc" != 4 ] || skip "cannot capture here: $(tail -n 1 "$dir/probe.err")"
[ "$rc" = 0 ] || fail "capture of a small guest ends with $rc"
rm -f "$dir"/probe.*

# Number of events of the ops named, in the JSON trace $1
count() {
	local trace=$1
	shift
	jq -n '[inputs | select(type == "array" and IN(.[2]; $ARGS.positional[]))] | length' "$trace" --args "$@"
}

# Does KVM map the guest's page tables ahead of their faults? Nested paging without the TDP MMU does (5.10:
# direct_pte_prefetch()): up to 8 neighbours that the host has already, as it has the tables that the VMM wrote.
maps_ahead() {
	head -n 1 "$1" | jq -e '(.kvm.npt // .kvm.ept) as $nested | .kvm.tdp_mmu == "N" and $nested != null and
		($nested | IN("N", "0") | not)' >/dev/null
}

# Each class and CPU: attempts = written + lost; and all that is lost is in the sum.
accounts_are_exact() {
	tail -n 1 "$1" | jq -e '[.classes[][] | select(.[0] != .[1] + .[2])] == [] and
		.lost == .unplaced + ([.hooks[].lost] | add) + ([.classes | del(.slots)[][][2]] | add)' >/dev/null
}
