#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own rbtree, maple tree and xarray answer as ours do, and its rbtree reads the same lines per lookup as ours.
set -eu -o pipefail
cd "$ROOT"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# the sources are Debian's, 139 MB, and stay in build/linux-source
if ! make -s kernel-indexes >"$dir/make" 2>&1; then
	grep -q 'Error 4$' "$dir/make" || { cat "$dir/make" && exit 1; }
	grep -m 1 '^no kernel tree' "$dir/make"
	exit 4
fi

replay() { # trace
	"$SLOTSIM" replay -q -r 1 --processes 1 --force -x rbtree,kernel-rbtree,kernel-maple,kernel-xarray -o "$dir/r.json" "$1"
	jq -e '[.runs[] | select(.class == "all") | [.index, .mismatches]] | sort ==
		[["kernel-maple",0],["kernel-rbtree",0],["kernel-xarray",0],["rbtree",0]]' "$dir/r.json" >/dev/null
}

for recipe in slots-32 scattered-509 churn; do
	"$SLOTSIM" generate -q "workloads/recipes/$recipe.json" -n 70000 -o "$dir/t.pack" --force
	replay "$dir/t.pack"
	jq -e '[.runs[] | select(.index | endswith("rbtree"))] | group_by(.class) |
		all(length == 2 and .[0].lines > 1 and .[0].lines == .[1].lines and .[0].depth == .[1].depth)' \
		"$dir/r.json" >/dev/null
done
for trace in workloads/traces/*.zst; do replay "$trace"; done
