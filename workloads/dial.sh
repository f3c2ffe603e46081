#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The dial from pure memory to pure emulated I/O: cycles per access against mix, one line per era. `make dial` runs it.
set -eu -o pipefail
cd "$(dirname "$0")/.."

slotsim=build/slotsim
out=build/dial
events=${EVENTS:-1000000}

rm -rf "$out"
mkdir -p "$out"
for mix in 000 010 025 050 075 090 100; do
	"$slotsim" generate -q workloads/recipes/dial.json --mix "$((10#$mix))%" -n "$events" -o "$out/dial-$mix.pack"
done
"$slotsim" check -q "$out"/dial-*.pack
"$slotsim" replay --era 2.6.37,3.3,3.19,5.15,5.17 -o "$out/results.json" "$out"/dial-*.pack
"$slotsim" plot -q -F mix -T svg,png,dumb -o "$out" "$out/results.json"
cat "$out"/mix-*.txt
echo "dial: the table is $out/mix-dial-batch-eras.tsv, the figure beside it as svg and png"
