#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# replay --slots N measures the very trace that convert --remap N writes, and leaves nothing behind; bad numbers are refused.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
mkdir temporary
export TMPDIR=$tmp/temporary

"$SLOTSIM" generate -q "$ROOT/workloads/recipes/slots-13.json" -n 20000 -o t.json
"$SLOTSIM" replay -q --force -r 1 --processes 2 -x rbtree,bsearch --slots 9,recorded,509 -o slots.json t.json
for slots in 9 509; do
	"$SLOTSIM" convert -q --remap $slots t.json "t-$slots.pack"
done
"$SLOTSIM" replay -q --force -r 1 --processes 2 -x rbtree,bsearch -o files.json t-9.pack t.json t-509.pack

same='[.traces, [.runs[] | del(.cycles)]]'
diff <(jq "$same" slots.json) <(jq "$same" files.json)
jq -e '[.traces[] | [.name, .slots]] == [["t-9",9],["t",13],["t-509",509]]' slots.json >/dev/null
[ -z "$(ls temporary)" ]

refuse() { # exit code, --slots, what stderr must say
	local rc=0
	"$SLOTSIM" replay -q --force -o x.json --slots "$2" t.json 2>err || rc=$?
	if [ "$rc" != "$1" ] || ! grep -qF -- "$3" err || [ -e x.json ] || [ -n "$(ls temporary)" ]; then
		echo "--slots $2: exit $rc" && cat err && return 1
	fi
}
refuse 2 3 "'3' slots: a layout has 4 to 32764"
refuse 2 9,many "--slots has no 'many'"
refuse 2 '' "--slots has no ''"
