#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The candidate (replay/index/granule.c) against rbtree, target by target, as markdown. `make bench-candidate` runs it; exit 5
# where a target is missed. PROCESSES=8 fresh processes.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
slotsim=build/slotsim processes=${PROCESSES:-8}

replay() { # results, options...
	"$slotsim" replay -q -x rbtree,granule -o "$tmp/$1.json" "${@:2}" 2>/dev/null
}

trace() { # name, events, recipe
	"$slotsim" generate -q -s 1 -n "$2" "workloads/recipes/$3.json" -o "$tmp/$1.pack"
}

trace scattered 300000 scattered-509
trace bursty 300000 slots-13
trace fewer 70000 scattered-509 # exact counts need no more, and valgrind is slow
sizes=9,128,509,4096,32764
replay scattered -r 3 --processes "$processes" --slots $sizes --mode batch,update "$tmp/scattered.pack"
replay bursty -r 3 --processes "$processes" --slots 9 --mode chain "$tmp/bursty.pack"
replay counts -r 1 --processes 1 --slots $sizes --counters callgrind "$tmp/fewer.pack"
replay guest -r 1 --processes 1 --force --counters callgrind workloads/traces/demo.json.zst

jq -nr --slurpfile scattered "$tmp/scattered.json" --slurpfile bursty "$tmp/bursty.json" \
	--slurpfile counts "$tmp/counts.json" --slurpfile guest "$tmp/guest.json" --arg processes "$processes" '
def cell($file; $index; $slots; $mode; $class):
	$file[0].runs[] | select(.index == $index and .slots == $slots and .mode == $mode and .class == $class);
def at($file; $slots; $mode; $class):
	{r: cell($file; "rbtree"; $slots; $mode; $class), g: cell($file; "granule"; $slots; $mode; $class)};
def n: if . == null then "-" elif . < 10 then . * 10 | round / 10 else round end | tostring;
def two: if . == null then "-" else . * 100 | round / 100 | tostring end;
def verdict($ok): if $ok then "met" else "**missed**" end;
def range: "\(.cycles.median | n) (\(.cycles.lo | n) to \(.cycles.hi | n))";
def total: .cycles.median + .cycles.floor;
"| figure | slots | rbtree | granule | ratio | target | |", "|---|---|---|---|---|---|---|",
([[9, 2], [128, 6], [509, 8], [4096, 15], [32764, 30]][] as [$slots, $target]
	| at($scattered; $slots; "batch"; "all") | (.r.cycles.median / .g.cycles.median) as $x
	| "| batch, scattered | \($slots) | \(.r | range) | \(.g | range) | \($x | n)x | >= \($target)x | \(verdict($x >= $target)) |"),
(at($bursty; 9; "chain"; "all") | (.g.cycles.median / .r.cycles.median) as $x
	| "| chained, bursty | 9 | \(.r | range) | \(.g | range) | \($x | two)x slower | <= 1.3x | \(verdict($x <= 1.3)) |"),
([9, 128, 509, 4096, 32764][] as $slots
	| ([at($scattered; $slots; "batch"; "ram", "mapped", "miss") | .g]) as [$ram, $mapped, $miss]
	| "| a miss, scattered | \($slots) | - | \($miss | range); RAM \($ram | range), mapped \($mapped | range) | - | <= a hit | \(
		verdict($miss.cycles.lo <= ([$ram.cycles.hi, $mapped.cycles.hi] | min))) |"),
([9, 128, 509][] as $slots | at($scattered; $slots; "update"; "update")
	| "| a slot change | \($slots) | \(.r | total | n) | \(.g | total | n) | \((.r | total) / (.g | total) | two)x | >= 1x | \(
		verdict((.g | total) <= (.r | total))) |"),
"",
"Exact, from callgrind, per lookup; cold lines are first-level misses after all lines were evicted:", "",
"| slots | class | instructions rbtree | granule | cold lines rbtree | granule | target | |", "|---|---|---|---|---|---|---|---|",
((([9, 128, 509, 4096, 32764][] | [$counts, ., "\(.)"]), [$guest, $guest[0].runs[0].slots, "\($guest[0].runs[0].slots), recorded guest"])
	as [$file, $slots, $name] | ("ram", "mapped", "miss") as $class
	| at($file; $slots; "batch"; $class) | .g.counters.cold_l1d_misses as $lines
	| (if $class == "ram" then 1.2 else 3 end) as $target
	| "| \($name) | \($class) | \(.r.counters.instructions | n) | \(.g.counters.instructions | n) | \(
		.r.counters.cold_l1d_misses | two) | \($lines | two) | <= \($target) | \(verdict($lines != null and $lines <= $target)) |"),
"",
"| slots | memory rbtree, KiB | granule, KiB |", "|---|---|---|",
([9, 128, 509, 4096, 32764][] as $slots | at($scattered; $slots; "batch"; "all")
	| "| \($slots) | \(.r.bytes / 1024 | n) | \(.g.bytes / 1024 | n) |"),
"",
($scattered[0].env | "Machine: \(.cpu), \(.hypervisor // "no hypervisor"), Linux \(.kernel), TSC \(.tsc_mhz) MHz, load \(.load[0] | n); \(
	$processes) processes of 3 repeats.")' >"$tmp/table.md"
cat "$tmp/table.md"
! grep -qF '**missed**' "$tmp/table.md" || exit 5
