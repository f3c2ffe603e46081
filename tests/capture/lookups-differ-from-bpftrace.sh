#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With --lookups the trace has as many searches as bpftrace counts at both functions in the same run; what else it has
# agrees too.
set -eu
. "$ROOT/tests/capture/lib.sh"

command -v bpftrace >/dev/null || skip "no bpftrace"
# A fault that KVM gives back undone, because pages are being taken away meanwhile, is no access: the vCPU makes it again.
# 5.10 does so whatever pages they are (mmu_notifier_retry()). RET_PF_RETRY is 0 there, 1 since 5.15.
case $(uname -r) in 5.10.*) retry=0 ;; *) retry=1 ;; esac
handlers=$(awk '$3 ~ /^(kvm_tdp|nonpaging|paging32|paging64)_page_fault$/ { printf "%skretprobe:%s", n++ ? ", " : "", $3 }' \
	/proc/kallsyms)
bpftrace -e "kprobe:kvm_vcpu_gfn_to_memslot, kprobe:gfn_to_memslot { @lookups = count(); }
	tracepoint:kvm:kvm_page_fault { @faults = sum(1); @retried = sum(0); }
	$handlers /retval == $retry/ { @retried = sum(1); }" >"$dir/bpftrace.out" 2>&1 &
bpftrace=$!
for _ in $(seq 60); do
	grep -q Attaching "$dir/bpftrace.out" && break
	kill -0 "$bpftrace" 2>/dev/null || skip "this kernel gives bpftrace no probes: $(tail -n 1 "$dir/bpftrace.out")"
	sleep 0.5
done
sleep 2
"$SLOTSIM" capture --lookups -o "$dir/t.json" -- "$SLOTSIM" guest --accesses 1000 >/dev/null 2>"$dir/capture.err" ||
	fail "capture fails"
kill -s INT "$bpftrace"
wait "$bpftrace" || true
head -n 1 "$dir/t.json" | jq -e '.not_observed.lookup == null' >/dev/null || skip "this kernel refuses fexit"

counted() { sed -n "s/^@$1: //p" "$dir/bpftrace.out"; }
same() {
	[ "$2" = "$3" ] || fail "$1: the trace has $2, bpftrace counts $3"
	echo "$1: $2 in the trace, $3 by bpftrace"
}
same lookups "$(count "$dir/t.json" lookup)" "$(counted lookups)"
same "faults, but $(counted retried) retried" "$(count "$dir/t.json" ram mapped miss miss_stale miss_spte miss_vcpu)" \
	"$(($(counted faults) - $(counted retried)))"
"$SLOTSIM" check -q "$dir/t.json" 2>"$dir/check.err" || fail "check refuses the trace"
