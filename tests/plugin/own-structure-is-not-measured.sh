#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A structure built from one C file in another folder is measured beside ours; one that is broken is named, left out, and
# the others still get their numbers.
set -eu -o pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cp "$ROOT/tests/plugin/mytree.c" .
"$SLOTSIM" generate -q "$ROOT/workloads/recipes/slots-32.json" -n 100000 -o t.pack

replay() { # results, then -x
	"$SLOTSIM" replay -q -r 1 --processes 2 -x "$2" -o "$1" t.pack
}

broken() { # name, sed script, code, what stderr must say
	local rc=0
	sed "$2" mytree.c >"$1.c"
	if cmp -s "$1.c" mytree.c; then
		echo "$1: nothing is broken"
		return 1
	fi
	"$SLOTSIM" build -q "$1.c" -o "$1.so" 2>err || rc=$?
	if [ "$rc" = 0 ]; then
		replay "$1.json" "linear,./$1.so" 2>err || rc=$?
		grep -q "slotsim replay: ./$1.so failed alone and is left out" err
		jq -e '[.runs[].index] | unique == ["linear"]' "$1.json" >/dev/null
	fi
	if [ "$rc" != "$3" ] || ! grep -q "$4" err; then
		cat err
		echo "$1: exit $rc, want $3 and: $4"
		return 1
	fi
}

"$SLOTSIM" build -q mytree.c
replay ok.json "rbtree,./mytree.so"
jq -e '[.runs[].index] | unique == ["mytree", "rbtree"]' ok.json >/dev/null
jq -e '[.runs[] | select(.index == "mytree") | .mismatches] | all(. == 0)' ok.json >/dev/null
jq -e '[.runs[] | select(.index == "mytree") | .lines] | all(. > 1)' ok.json >/dev/null # touch works, too
[ -z "$(ls -- *.o *.tmp.so 2>/dev/null)" ]

# shellcheck disable=SC2016
{
	broken abi 's/^	INDEX_FUNCTIONS(mytree),/&\n	.abi = 7,/' 3 'another version of index_ops'
	broken op 's/^	INDEX_FUNCTIONS(mytree),/&\n	.check = NULL,/' 3 'the op check is missing'
	broken name 's/"mytree"/"rbtree"/' 3 'name of a structure that is built in'
	broken syntax 's/MAX_SLOTS = 600/MAX_SLOTS 600/' 3 'the compiler failed'
	broken crash 's/^	unsigned int nr = LOAD(index->nr);/	unsigned int nr = LOAD(index->nr) + *(volatile int *)8;/' 1 'signal 11'
	broken wrong 's/^	return SLOT_NONE;/	return 0;/' 1 'mytree'
}
echo 'int x;' >none.c
rc=0 && gcc -shared -fPIC -o none.so none.c && replay none.json rbtree,./none.so 2>err || rc=$?
[ "$rc" = 3 ]
grep -q 'no symbol slotsim_index' err
jq -e '[.runs[].index] | unique == ["rbtree"]' none.json >/dev/null
