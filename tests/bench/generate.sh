#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How fast traces are generated, in events per second of the clock and of CPU time. `make bench-generate` runs it.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

TIMEFORMAT='%R %U %S'

run() { # recipe events suffix
	local spent
	spent=$({ time build/slotsim generate -q "workloads/recipes/$1.json" -n "$2" -o "$tmp/t.$3" --force; } 2>&1)
	awk -v n="$2" -v name="$1.$3" '{
		printf "%-28s %10d events %6.1f M events/s %6.1f M events per CPU second\n", name, n,
			n / 1e6 / $1, n / 1e6 / ($2 + $3) }' <<<"$spent"
}

for recipe in dial slots-509 slots-32764 boot-steady-storm shadow; do
	run $recipe 10000000 pack
	run $recipe 5000000 pack.zst
done
