#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# While it records, capture has only the capabilities that docs/capture.md names; under sudo it is the calling user, who owns
# the trace; and no host address is in a trace unless --hva asks for them.
set -eu
. "$ROOT/tests/capture/lib.sh"
chmod 777 "$dir"

bits() { # capability numbers -> the mask as in /proc/PID/status
	local mask=0
	for bit in "$@"; do mask=$((mask | 1 << bit)); done
	printf '%016x' $mask
}

status() { # name of a line, as it was while recording
	awk -v name="$1:" '$1 == name { print $2 }' "$dir/status"
}

record() { # environment, trace, options...
	local environment=$1 trace=$2
	shift 2
	# shellcheck disable=SC2086 # words
	env -u SUDO_UID -u SUDO_GID $environment "$SLOTSIM" capture -o "$trace" "$@" -- \
		"$SLOTSIM" guest --rate 500 --accesses 1500 --churn 100 >"$dir/guest.out" 2>"$dir/capture.err" &
	capture=$!
	for _ in $(seq 300); do
		[ ! -s "$trace.tmp" ] || break
		kill -0 $capture 2>/dev/null || break
		sleep 0.1
	done
	cat /proc/$capture/status >"$dir/status" || fail "nothing is recorded in $trace, or the guest is too quick"
}

held() { # who, user id, then capability numbers
	local who=$1 user=$2
	shift 2
	[ "$(status Uid)" = "$user" ] || fail "$who: runs as user $(status Uid), not $user"
	for set in CapPrm CapEff; do
		[ "$(status $set)" = "$(bits "$@")" ] || fail "$who: $set is $(status $set), not $(bits "$@")"
	done
	[ "$(status CapInh)" = "$(bits)" ] || fail "$who: capabilities are inherited"
}

kill_cap=5 dac_override=1 sys_ptrace=19 bpf=39 # linux/capability.h
record '' "$dir/root.json"
held root 0 $kill_cap $dac_override $sys_ptrace $bpf
wait $capture || fail "capture as root fails"

record 'SUDO_UID=65534 SUDO_GID=65533' "$dir/sudo.json"
held sudo 65534 $kill_cap $sys_ptrace $bpf
[ "$(status Gid)" = 65533 ] || fail "sudo: group $(status Gid), not 65533"
wait $capture || fail "capture under sudo fails"
owner=$(stat -c %u:%g "$dir/sudo.json")
[ "$owner" = 65534:65533 ] || fail "sudo: the trace belongs to $owner"
"$SLOTSIM" check -q "$dir/sudo.json" 2>"$dir/check.err" || fail "check refuses the trace of sudo"

addresses() { jq -n '[inputs | objects | .. | objects | .hva | numbers] | length' "$1"; }
record '' "$dir/hva.json" --hva
wait $capture || fail "capture with --hva fails"
[ "$(addresses "$dir/hva.json")" -ge 35 ] || fail "--hva stores no addresses: this test tests nothing"
[ "$(addresses "$dir/root.json")" = 0 ] || fail "host addresses are stored without --hva"
