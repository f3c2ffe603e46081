#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# -n, -d, SIGINT, SIGTERM and the end of the guest each close the trace properly, and leave no program and no guest behind.
set -eu
. "$ROOT/tests/capture/lib.sh"

programs() { bpftool prog list 2>/dev/null | grep -c 'name \(sys_enter\|kvm_mmio\|kvm_mmu_spte_re\)' || true; }
before=$(programs)

ended() { # trace, what the footer must say
	"$SLOTSIM" check -q "$1" 2>"$dir/check.err" || fail "check refuses $1"
	why=$(tail -n 1 "$1" | jq -r .ended)
	[ "$why" = "$2" ] || fail "$1 ended by '$why', not by '$2'"
	[ ! -e "$1.tmp" ] || fail "$1.tmp is left"
}

long_guest=("$SLOTSIM" guest --accesses 1000000 --rate 2000)

"$SLOTSIM" capture -n 500 -o "$dir/n.json" -- "${long_guest[@]}" >/dev/null 2>"$dir/n.err" || true
ended "$dir/n.json" events
events=$(count "$dir/n.json" ram mapped miss miss_stale miss_spte miss_vcpu)
[ "$events" = 500 ] || fail "-n 500 wrote $events"

"$SLOTSIM" capture -d 1s -o "$dir/d.json" -- "${long_guest[@]}" >/dev/null 2>"$dir/d.err" || true
ended "$dir/d.json" duration

for signal in INT TERM; do
	# a background job of a script ignores SIGINT unless it is given back
	env --default-signal=INT "$SLOTSIM" capture -o "$dir/$signal.json" -- "${long_guest[@]}" >/dev/null 2>"$dir/$signal.err" &
	capture=$!
	for _ in $(seq 100); do # until the guest runs
		sleep 0.1
		[ ! -e "$dir/$signal.json.tmp" ] || break
	done
	sleep 0.5
	kill -s "$signal" "$capture"
	rc=0
	wait "$capture" || rc=$?
	[ "$rc" = 130 ] || fail "exit $rc after SIG$signal, not 130"
	ended "$dir/$signal.json" interrupted
done

"${long_guest[@]}" >/dev/null &
guest=$!
sleep 1
"$SLOTSIM" capture -p "$guest" -n 300 -o "$dir/p.json" 2>"$dir/p.err" || fail "attaching to a running guest fails"
ended "$dir/p.json" events
[ "$(head -n 1 "$dir/p.json" | jq '.slots | length')" = 35 ] || fail "slots of a running guest are missing"
[ "$(head -n 1 "$dir/p.json" | jq '[.slots[] | select(.kind == "mapped")] | length')" = 32 ] || fail "kinds are wrong"
head -n 1 "$dir/p.json" | jq -e '.vm.command[1] == "guest"' >/dev/null || fail "the header does not say what the VMM's command is"
grep -q "recording the VM of process $guest" "$dir/p.err" || fail "nothing tells that the probes are attached"
kill -0 "$guest" || fail "the guest is gone, though it was only watched"
kill "$guest"

for _ in $(seq 50); do # the kernel frees them a little later
	[ "$(programs)" -gt "$before" ] || exit 0
	sleep 0.1
done
fail "BPF programs are left behind"
