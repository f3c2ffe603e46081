#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# However a capture ends, by -n, -d, --max-size, the guest's end, SIGINT, SIGTERM or SIGKILL: no BPF program, no map and no
# process of it is left. All but SIGKILL close the trace properly; that one leaves all whole lines, and check says truncated.
set -eu
. "$ROOT/tests/capture/lib.sh"

guest=("$SLOTSIM" guest --rate 500) # slow enough to look at in an emulated machine

# Capture in the background, and note what it has in the kernel once it records. The ids are those of this process, so that
# others may trace at the same time.
start() { # trace, then options and command
	local trace=$1
	shift
	# a background job of a script ignores SIGINT unless it is given back
	env --default-signal=INT "$SLOTSIM" capture -o "$trace" "$@" >/dev/null 2>"$dir/capture.err" &
	capture=$!
	for _ in $(seq 300); do
		sleep 0.1
		kill -0 $capture 2>/dev/null || break
		cat /proc/$capture/fdinfo/* 2>/dev/null | sed -n 's/^\(prog\|map\)_id:\t/\1 /p' | sort -u >"$dir/objects"
		if [ "$(grep -c prog "$dir/objects")" -ge 10 ] && [ -s "$trace.tmp" ]; then break; fi
	done
	[ "$(grep -c prog "$dir/objects")" -ge 10 ] || fail "no BPF programs were seen in $trace: this test tests nothing"
	children=$(pgrep -P $capture || true)
}

still_there() {
	{
		bpftool prog show | sed -n 's/^\([0-9]*\): .*/prog \1/p'
		bpftool map show | sed -n 's/^\([0-9]*\): .*/map \1/p'
	} | sort | comm -12 - "$dir/objects"
	for child in $children; do
		! kill -0 "$child" 2>/dev/null || echo "process $child"
	done
}

nothing_left() { # trace
	for _ in $(seq 50); do # the kernel frees them a little later
		[ -n "$(still_there)" ] || return 0
		sleep 0.1
	done
	fail "$1 leaves behind: $(still_there | xargs)"
}

ended() { # trace, what the footer must say, exit code
	local rc=0 why
	wait $capture || rc=$?
	[ "$rc" = "$3" ] || fail "$1: exit $rc, not $3"
	"$SLOTSIM" check -q "$1" 2>"$dir/check.err" || fail "check refuses $1"
	why=$(tail -n 1 "$1" | jq -r .ended)
	[ "$why" = "$2" ] || fail "$1 ended by '$why', not by '$2'"
	[ ! -e "$1.tmp" ] || fail "$1.tmp is left"
	nothing_left "$1"
}

start "$dir/n.json" -n 2000 -- "${guest[@]}"
ended "$dir/n.json" events 0
events=$(count "$dir/n.json" ram mapped miss miss_stale miss_spte miss_vcpu)
[ "$events" = 2000 ] || fail "-n 2000 wrote $events"

start "$dir/d.json" -d 4s -- "${guest[@]}"
ended "$dir/d.json" duration 0

start "$dir/size.json" --max-size 60K -- "${guest[@]}"
ended "$dir/size.json" size 0

start "$dir/guest.json" -- "${guest[@]}" --accesses 2000
ended "$dir/guest.json" 'command ended' 0

start "$dir/command.json" -- "${guest[@]}"
kill -s KILL "$children"
ended "$dir/command.json" 'command ended' 1

for signal in INT TERM; do
	start "$dir/$signal.json" -- "${guest[@]}"
	kill -s $signal $capture
	ended "$dir/$signal.json" interrupted 130
done

start "$dir/kill.json" -- "${guest[@]}"
sleep 1
kill -s KILL $capture
wait $capture 2>/dev/null || true
nothing_left "$dir/kill.json"
[ ! -e "$dir/kill.json" ] || fail "a killed capture leaves a trace that looks finished"
rc=0
"$SLOTSIM" check "$dir/kill.json.tmp" 2>"$dir/check.err" || rc=$?
[ "$rc" = 3 ] || fail "check ends with $rc for what a killed capture left, not 3"
lines=$(wc -l <"$dir/kill.json.tmp") # whole ones
events=$(head -n "$lines" "$dir/kill.json.tmp" | jq -n '[inputs | arrays] | length')
[ "$events" -gt 300 ] || fail "only $events events are in what a killed capture left"
grep -q "truncated: .* $events whole events" "$dir/check.err" || fail "check does not say truncated, with $events whole events"

"${guest[@]}" >/dev/null &
running=$!
sleep 1
start "$dir/p.json" -p $running -n 1500
ended "$dir/p.json" events 0
[ "$(head -n 1 "$dir/p.json" | jq '.slots | length')" = 35 ] || fail "slots of a running guest are missing"
[ "$(head -n 1 "$dir/p.json" | jq '[.slots[] | select(.kind == "mapped")] | length')" = 32 ] || fail "kinds are wrong"
head -n 1 "$dir/p.json" | jq -e '.vm.command[1] == "guest"' >/dev/null || fail "the header does not say what the VMM's command is"
grep -q "recording the VM of process $running" "$dir/capture.err" || fail "nothing tells that the probes are attached"
kill -0 $running || fail "the guest is gone, though it was only watched"
kill $running
