#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/adding.md by the letter, in a fresh folder with only the installed package and mytree.c: its three commands build,
# verify and compare, and draw.
set -eu -o pipefail
command -v dpkg-deb >/dev/null || { echo 'dpkg-deb is not here' && exit 4; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mapfile -t commands < <(awk '/^## From outside/ { on = 1 } /^## Into/ { on = 0 } on && /^slotsim /' "$ROOT/docs/adding.md")
[ "${#commands[@]}" = 3 ]
exec 9>"$ROOT/build/deb.lock" # another test makes the same package in the same place
flock 9
(cd "$ROOT" && deb=$(make -s deb | tail -n 1) && dpkg-deb -x "$deb" "$tmp/root")
exec 9>&-
share=$tmp/root/usr/share/slotsim
export PATH=$tmp/root/usr/bin:$PATH
unset ROOT SLOTSIM SLOTSIM_ASAN

mkdir "$tmp/fresh"
cd "$tmp/fresh"
sed 's/template/mytree/g' "$share/template.c" >mytree.c
slotsim generate -q "$share/recipes/slots-13.json" -n 70000 -o ../t.pack
for command in "${commands[@]}"; do
	bash -eu -c "${command/TRACE/../t.pack}"
done
[ "$(find . -type f | sort | tr '\n' ' ')" = './mytree.c ./mytree.so ./report.html ./results.json ' ]
jq -e '[.runs[] | .index] | unique == ["mytree", "rbtree"]' results.json >/dev/null
jq -e '[.runs[] | .mismatches == 0 and .checked > 0 and .lines > 1] | all' results.json >/dev/null
grep -q '<svg' report.html
grep -q 'mytree' report.html

# its instructions and cold lines, too
slotsim replay -q -r 1 --processes 1 -x rbtree,./mytree.so --counters callgrind -o counts.json ../t.pack
jq -e '[.runs[] | .counters | .source == "callgrind" and .instructions > 5 and .cold_l1d_misses > 1] | all' counts.json >/dev/null
