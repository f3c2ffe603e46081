#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Five million events, 120 MB if they were held, are generated within 64 MiB of address space.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

(
	ulimit -v 65536
	"$SLOTSIM" generate -q "$ROOT/workloads/recipes/boot-steady-storm.json" -n 5000000 -o "$tmp/t.pack.zst"
)
[ "$("$SLOTSIM" info -f json "$tmp/t.pack.zst" | jq .events)" = 5000000 ]
