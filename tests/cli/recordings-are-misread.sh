#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What memslots.bt printed and what perf script wrote become exactly the accesses they tell of, in the slots of that time;
# what is lost is counted. What is cut, damaged or of another kind is refused with one line, without crash or output.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
die() {
	echo "$*"
	exit 1
}
cp "$ROOT"/tests/cli/recordings/* .

converted() { # recording; what the trace should be is read from stdin
	"$SLOTSIM_ASAN" convert --force "$1" "$1.trace" 2>err || die "$1: $(cat err)"
	jq -c 'if .schema? then [.source, .host.kernel, [.slots[] | [.id, .base_gfn, .npages, .kind]], (.not_observed | keys),
		(.fields_not_observed | keys)] else . end' "$1.trace" | diff - /dev/stdin || die "$1 differs"
}

# lines of several CPUs are out of order; a slot serves before its ioctl returns; one access is in no slot
converted bpftrace.json <<'END'
["bpftrace","6.1.0-test",[[0,0,16,"ram"],[1,32,4,"rom"]],["hva","lookup","mapped"],["dur_ns","flags"]]
[0,0,"ram",3,0,0,null]
[5,0,"ram",5,0,1,null]
[15,0,"rom",32,1,1,null]
[25,0,"miss",192,null,0,null]
[30,0,"miss_spte",192,null,0,null]
{"slot":"create","t_ns":75,"as":0,"id":2,"base_gfn":48,"npages":1,"slot_flags":0,"kind":"ram","generation":null}
[45,1,"ram",48,2,0,null]
[85,null,"hva",4,0,0,null,2]
{"slot":"delete","t_ns":105,"as":0,"id":2,"base_gfn":48,"npages":1,"slot_flags":0,"kind":"ram","generation":null}
[100,1,"miss",48,null,0,null]
{"end":true,"events":9,"slot_changes":2,"lost":4,"unplaced":1}
END

converted perf.txt <<'END'
["perf script","6.1.0-test",[[0,5,2,"ram"]],["hva","lookup","mapped","rom"],["flags","slot"]]
[0,0,"ram",5,0,1,100]
[200,0,"miss",786432,null,0,100]
[400,0,"miss_spte",786432,null,1,100]
[600,0,"miss_vcpu",786432,null,1,50]
[700,0,"miss_stale",786432,null,0,50]
[800,0,"ram",6,0,9,100]
[1000,0,"miss_fast",786433,null,1,100]
{"end":true,"events":7,"slot_changes":0,"lost":2,"unplaced":0}
END

# pages were missed and none found: no slots
sed 's/pfn 1234 /pfn 8000000000000000 /; s/fixed 1/fixed 0/' perf.txt >misses.txt
"$SLOTSIM_ASAN" convert -q misses.txt misses.json 2>err || die "misses only: $(cat err)"
[ "$(head -n 1 misses.json | jq -c .slots)" = '[]' ] || die "slots, although no page was found"

checked=0
refused() { # file, what the message names
	local rc=0
	"$SLOTSIM_ASAN" convert --force "$1" x.json 2>err || rc=$?
	[ "$rc $(wc -l <err)" = "3 1" ] || die "$1: exit $rc: $(cat err)"
	grep -qF "$1: $2" err || die "$1: $(cat err), expected $2"
	[ ! -e x.json ] || die "$1: an output in spite of an error"
	checked=$((checked + 1))
}
spoilt() { # recording, sed script, what the message names
	sed "$2" "$1" >bad
	cmp -s "$1" bad && die "$1: $2 changes nothing"
	refused bad "$3"
}
spoilt bpftrace.json '/"end/d' 'line 22: truncated'
spoilt bpftrace.json '/"memslots/d' 'line 22: not printed by memslots.bt'
spoilt bpftrace.json 's/memslots 1/memslots 2/' 'line 2: memslots.bt of version 2'
spoilt bpftrace.json 's/a 130 0 ram 5 1/a 130 0 rma 5 1/' 'line 7: not an access'
spoilt bpftrace.json 's/a 130 0 ram 5 1/a 130 0 ram 5 1 7/' 'line 7: not an access'
spoilt bpftrace.json 's/a 130 0 ram 5 1/a 130 0 ram 5 5/' 'line 7: not an access' # in SMM
spoilt bpftrace.json 's/a 130 0 ram 5 1/a 130 0 hva 5 1/' 'line 7: not an access'
spoilt bpftrace.json 's/s 160 200 2/s 260 200 2/' 'line 12: not a slot'
spoilt bpftrace.json 's/s 160 200 2 0 30000/s 160 200 2 0 20000/' 'its slot changes do not fit together'
spoilt bpftrace.json 's/0 30000 1000/0 30000 fffffffffffff000/' 'line 12: not a slot'
spoilt bpftrace.json 's/a 240/a 9999999999999999999/' 'something at 9999999999999999999 ns'
spoilt bpftrace.json 's/h 210 -1/h 210 -2/' 'line 14: not a range'
spoilt bpftrace.json 's/"events": 3/"events": null/' 'line 13: lost_events without'
spoilt bpftrace.json 's/a 225/z 225/' 'line 15: memslots.bt prints no such line'
spoilt bpftrace.json '/"[ah] /d' 'no access of a KVM guest'
spoilt bpftrace.json '9s/..$//' 'line 9: not JSON'
spoilt perf.txt '/spte_requested/d' 'no kvmmmu:kvm_mmu_spte_requested is in it'
spoilt perf.txt 's/gfn 5 pfn/gfn - pfn/' "line 9: this kernel's print format is not known; record by slotsim capture"
spoilt perf.txt '6s/1.000000200/1000000200/' 'line 6: no COMM TID'
spoilt perf.txt '/000001300/s/ 77 / 78 /' 'threads 78 and others are vCPU 0'
head -c -1 perf.txt >cut.txt
refused cut.txt 'line 39: truncated'
[ "$checked" = 21 ]

# cut anywhere, it is refused, or all of it is there
whole=0
for ((size = 60; size < $(stat -c %s bpftrace.json); size += 7)); do
	head -c "$size" bpftrace.json >cut.json
	rc=0
	"$SLOTSIM_ASAN" convert --force cut.json x.json 2>err || rc=$?
	[ "$(wc -l <err)" -le 2 ] || die "cut at $size: $(cat err)"
	case $rc in 0) whole=$((whole + 1)) ;; 3) ;; *) die "cut at $size: exit $rc" ;; esac
	rm -f x.json
done
[ "$whole" -le 7 ] || die "$whole cut recordings pass" # what is cut off stands behind the end

# a recording is taken whole, and an output is never overwritten by accident
rc=0
"$SLOTSIM_ASAN" convert --op ram perf.txt x.json 2>err || rc=$?
[ "$rc" = 2 ] || die "--op of a recording: exit $rc"
rc=0
"$SLOTSIM_ASAN" convert perf.txt perf.txt.trace 2>err || rc=$?
[ "$rc" = 1 ] || die "an existing output: exit $rc"
