#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own rbtree, maple tree and xarray answer as ours do, and its rbtree reads the same lines per lookup as ours.
set -eu -o pipefail
cd "$ROOT"
if [ ! -d build/linux-source ] && ! ls /usr/src/linux-source-*.tar.xz >/dev/null 2>&1; then
	echo "no kernel sources: make kernel-indexes downloads them (139 MB)"
	exit 4
fi
make -s kernel-indexes
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for recipe in slots-32 scattered-509 churn; do
	"$SLOTSIM" generate -q "workloads/recipes/$recipe.json" -n 70000 -o "$dir/t.pack" --force
	"$SLOTSIM" replay -q -r 1 --processes 1 --force -x rbtree,kernel-rbtree,kernel-maple,kernel-xarray \
		-o "$dir/r.json" "$dir/t.pack"
	jq -e '[.runs[] | select(.class == "all") | [.index, .mismatches]] | sort ==
		[["kernel-maple",0],["kernel-rbtree",0],["kernel-xarray",0],["rbtree",0]]' "$dir/r.json" >/dev/null
	jq -e '[.runs[] | select(.index | endswith("rbtree"))] | group_by(.class) |
		all(length == 2 and .[0].lines > 1 and .[0].lines == .[1].lines and .[0].depth == .[1].depth)' \
		"$dir/r.json" >/dev/null
done
