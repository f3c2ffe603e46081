#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One guest, recorded at the same time by slotsim capture, memslots.bt, trace-cmd and perf: for the ops that two of them can
# see, the accesses are the same ones in the same order, the slots are the same at the end, nothing is lost, and the
# guest's own counts come out. A file of trace-cmd that is cut is refused.
set -eu
# shellcheck disable=SC2016 # the inner shell expands it
if [ ! -e /sys/kernel/tracing/events ] && [ "${1:-}" != mounted ]; then
	exec unshare -m sh -c 'mount -t tracefs tracefs /sys/kernel/tracing; exec "$0" mounted' "$0"
fi
. "$ROOT/tests/capture/lib.sh"
[ -e /sys/kernel/tracing/events/kvmmmu ] || skip "no tracefs with KVM's events here"
[ -e /sys/kernel/tracing/events/kvm/kvm_unmap_hva_range ] || skip "no kvm_unmap_hva_range, so memslots.bt does not load (before 5.15)"
for tool in bpftrace trace-cmd perf; do
	command -v $tool >/dev/null || skip "no $tool"
done

# trace-cmd must write to kernel.ftrace_enabled, which some hosts refuse although tracepoints are allowed
recorders="own twin perf trace-cmd"
with_trace_cmd=(trace-cmd record -q -F -c -C mono -b 8192 -o "$dir/trace-cmd" -e kvm -e kvmmmu --)
if ! "${with_trace_cmd[@]}" true >"$dir/probe.out" 2>&1; then
	grep -q "Can't enable ftrace" "$dir/probe.out" || fail "trace-cmd does not record"
	echo "this host refuses trace-cmd: $(head -n 1 "$dir/probe.out")"
	recorders="own twin perf" with_trace_cmd=()
fi

waits_for() { # what is to stand in a file, the file, process that must live meanwhile
	for _ in $(seq 600); do
		grep -qs "$1" "$2" && return
		kill -0 "$3" 2>/dev/null || break
		sleep 0.25
	done
	fail "$(basename "$2"): no $1"
}

# The guest waits until all record; other VMs of this host are none of theirs.
record() { # guest options
	local tools twin one
	rm -f "$dir"/{pid,go,own,twin,perf,trace-cmd}*
	mkfifo "$dir/go"
	# capture is outermost: its programs' names come and go in /proc/kallsyms, which trace-cmd wants to be still when it ends
	# shellcheck disable=SC2016 # the inner shell expands these
	"$SLOTSIM" capture -o "$dir/own.json" -- perf record -q -m 2048 -o "$dir/perf.data" -e 'kvm:*' -e 'kvmmmu:*' -- \
		"${with_trace_cmd[@]}" sh -c 'echo $$ >"$0/pid"; read -r _ <"$0/go"; exec "$SLOTSIM" guest "$@" >"$0/guest.out"' \
		"$dir" "$@" >"$dir/tools.out" 2>&1 &
	tools=$!
	waits_for . "$dir/pid" "$tools"
	BPFTRACE_PERF_RB_PAGES=1024 bpftrace -f json "$ROOT/capture/memslots.bt" "$(cat "$dir/pid")" >"$dir/twin" 2>"$dir/twin.err" &
	twin=$!
	waits_for ready "$dir/twin" "$twin"
	echo >"$dir/go"
	wait "$tools" || fail "recording ends badly"
	kill -s INT "$twin"
	wait "$twin" || fail "bpftrace ends badly"
	perf script --ns --show-lost-events --header -i "$dir/perf.data" >"$dir/perf" 2>"$dir/perf.err"
	for one in ${recorders#own}; do
		"$SLOTSIM" convert "$dir/$one" "$dir/$one.json" 2>"$dir/convert.err" || fail "convert refuses $one"
	done
	for one in $recorders; do
		"$SLOTSIM" check -q "$dir/$one.json" 2>"$dir/check.err" || fail "check refuses $one"
	done
}

# ops that both see; mapped is ram where what backs a slot is not told, and hva has no order among the accesses
common() { # two recorders
	jq -rn 'input.not_observed as $a | input.not_observed as $b |
		["ram", "rom", "miss", "miss_stale", "miss_spte", "miss_vcpu", "miss_fast"] - ($a + $b | keys) | join(" ")' \
		<(head -n 1 "$dir/$1.json") <(head -n 1 "$dir/$2.json")
}
accesses() { # recorder, ops
	local one=$1
	shift
	jq -c 'select(type == "array") | if .[2] == "mapped" then .[2] = "ram" else . end |
		select(IN(.[2]; $ARGS.positional[])) | [.[1], .[2], .[3]]' "$dir/$one.json" --args "$@"
}
slots_at_end() { # recorder
	jq -cn 'def key: "\(.as)/\(.id)"; def range: [.base_gfn, .npages, .slot_flags];
		reduce (inputs | objects) as $o ({};
			if $o.schema then reduce $o.slots[] as $s (.; .[$s | key] = ($s | range))
			elif $o.slot == "delete" then del(.[$o | key])
			elif $o.slot then .[$o | key] = ($o | range)
			else . end)' "$dir/$1.json" | jq -S .
}
agree() { # two recorders
	local ops
	ops=$(common "$@")
	[ "${ops#ram}" != "$ops" ] || fail "$1 and $2 do not both see ram"
	# shellcheck disable=SC2086 # one word an op
	diff <(accesses "$1" $ops) <(accesses "$2" $ops) >"$dir/diff.out" || fail "$1 and $2 differ in the accesses: $ops"
	# shellcheck disable=SC2086
	echo "$1 and $2: $(accesses "$1" $ops | wc -l) of $ops"
}
all_agree() {
	for one in ${recorders#own}; do agree own "$one"; done
	diff <(slots_at_end own) <(slots_at_end twin) >"$dir/diff.out" || fail "own and twin differ in the slots"
	[ "$(slots_at_end twin | jq length)" = "$(jq .slots "$dir/guest.out")" ] || fail "not the guest's slots"
}

record --accesses 1000
all_agree
for one in $recorders; do
	[ "$(count "$dir/$one.json" ram mapped)" = "$(jq '.pages.ram + .pages.mapped' "$dir/guest.out")" ] ||
		fail "$one: pages are not the guest's"
	[ "$(count "$dir/$one.json" miss miss_stale miss_spte miss_vcpu)" = "$(jq .accesses.miss "$dir/guest.out")" ] ||
		fail "$one: misses are not the guest's"
done

if [ "${with_trace_cmd[*]}" ]; then
	for part in 3 7 9; do
		head -c $(($(stat -c %s "$dir/trace-cmd") * part / 10)) "$dir/trace-cmd" >"$dir/cut"
		rc=0
		"$SLOTSIM" convert "$dir/cut" "$dir/cut.json" 2>"$dir/cut.err" || rc=$?
		[ "$rc $(wc -l <"$dir/cut.err")" = "3 1" ] || fail "trace-cmd's file cut to $part/10: exit $rc"
	done
fi

# Slots that come and go: a fault may then be taken twice, so the guest's counts are no measure. bpftrace starts slowly in
# an emulated machine: once is enough there.
[ -z "${EMULATED:-}" ] || exit 0
record --accesses 2000 --churn 10
all_agree
[ "$(tail -n 1 "$dir/twin.json" | jq .slot_changes)" -gt 0 ] || fail "no slot came or went"
