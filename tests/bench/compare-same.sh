#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Replays of the same trace compared with each other: whatever compare calls different is a false alarm. `make compare-same`
# runs it; REPLAYS= TRACE= choose.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
slotsim=${SLOTSIM:-build/slotsim} out=${OUT:-build/compare-same}
replays=${REPLAYS:-30} trace=${TRACE:-workloads/traces/demo.json.zst}

mkdir -p "$out"
rm -f "$out"/*
for n in $(seq "$replays"); do
	"$slotsim" replay -q -o "$out/$(printf %02d "$n").json" "$trace" 2>/dev/null
done
files=("$out"/*.json)
for ((n = 0; n + 1 < replays; n++)); do
	"$slotsim" compare "${files[@]:n}" >>"$out/said.txt"
done
awk '/ -> / { pairs++; for (i = 1; i < NF; i++) {
		if ($(i + 1) == "faster,") faster += $i
		if ($(i + 1) == "slower,") slower += $i
		if ($(i + 1) == "comparisons") all += $i
		if ($(i + 1) ~ /^open;?$/) open += $i } }
	END {
		print "compare: " pairs " pairs of replays, " all " comparisons: " faster + slower " called different, " open " open"
		exit faster + slower > 0 || !all
	}' "$out/said.txt"
