#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does the synthetic twin of a trace rank the structures as the trace does? `make twins` asks it of workloads/traces/*,
# or of the traces named. A pair of structures counts where the trace tells them apart: by intervals that do not overlap
# and by more than the threshold. Exit 5 where a twin turns such a pair around with an interval of its own.
set -eu -o pipefail
cd "$(dirname "$0")/.."

slotsim=build/slotsim
out=build/twins
threshold=${THRESHOLD:-5} # per cent
structures=linear,size-sorted,bsearch,rbtree

# Pairs of structures, as "a b" where a is faster beyond doubt.
pairs() { # results
	jq -r --argjson t "$threshold" '
		[.runs[] | select(.class == "all" and .cycles.median != null) | {i: .index, c: .cycles}] as $r
		| $r[] as $a | $r[] as $b
		| select($a.c.hi < $b.c.lo and $a.c.median * (1 + $t / 100) < $b.c.median)
		| "\($a.i) \($b.i)"' "$1" | sort
}

measure() { # trace results
	"$slotsim" replay -q -x "$structures" --force -o "$2" "$1"
}

judge() { # name
	local name=$1 a b same=0 turned=0 open=0
	pairs "$out/$name.json" >"$out/$name.pairs"
	pairs "$out/$name-twin.json" >"$out/$name-twin.pairs"
	while read -r a b; do
		if grep -qx "$a $b" "$out/$name-twin.pairs"; then
			same=$((same + 1))
		elif grep -qx "$b $a" "$out/$name-twin.pairs"; then
			turned=$((turned + 1))
			echo "$name: the trace has $a faster than $b, its twin the other way round"
		else
			open=$((open + 1))
			echo "$name: the trace has $a faster than $b, its twin does not tell them apart"
		fi
	done <"$out/$name.pairs"
	echo "$name: $same pairs in the same order, $turned turned around, $open not told apart by the twin"
	[ "$turned" = 0 ]
}

rm -rf "$out"
mkdir -p "$out"
[ $# -gt 0 ] || set -- workloads/traces/*.zst
rc=0
for trace; do
	name=$(basename "$trace") name=${name%.zst} name=${name%.pack} name=${name%.json}
	"$slotsim" fit -q "$trace" -o "$out/$name.recipe.json"
	"$slotsim" generate -q "$out/$name.recipe.json" -o "$out/$name-twin.pack"
	measure "$trace" "$out/$name.json"
	measure "$out/$name-twin.pack" "$out/$name-twin.json"
	judge "$name" || rc=5
done
exit $rc
