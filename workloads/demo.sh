#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The whole way, once: guest -> trace -> verified replay -> table and figures. `make demo` runs it.
# Where this machine cannot capture, the recorded trace of workloads/traces/ takes the guest's place; it says which.
set -eu -o pipefail
cd "$(dirname "$0")/.."

slotsim=build/slotsim
out=build/demo
recorded=workloads/traces/demo.json.zst
guest=("$slotsim" guest --seed 1 --ram 70 --mapped 10 --miss 20 --slots 117 --accesses 200000)

say() { printf '\n== %s\n' "$*"; }

rm -rf "$out"
mkdir -p "$out"
trace=$out/live.json.zst

say "guest and capture"
if "$slotsim" capture -o "$trace" -- "${guest[@]}" >"$out/guest.json" 2>"$out/capture.log"; then
	source="a live KVM guest, captured just now on this machine"
	cat "$out/guest.json"
else
	rc=$?
	cat "$out/capture.log" >&2
	[ "$rc" = 4 ] || exit "$rc"
	trace=$recorded
	source="the recorded trace $recorded, because this machine cannot capture (see above)"
fi
echo "demo: the trace is of $source"
"$slotsim" check "$trace"
"$slotsim" info "$trace"

say "replay: every answer verified, then timed"
"$slotsim" replay -o "$out/results.json" "$trace"

say "table"
"$slotsim" report -f lkml "$out/results.json" | tee "$out/report.txt"

say "figures"
"$slotsim" plot -T svg,png,dumb -o "$out" "$out/results.json"
cat "$out"/cycles-*.txt
echo "demo: the trace is of $source"
