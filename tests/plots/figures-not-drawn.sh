#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every picture of the stored results in every type: text of the SVG, form of the others, nothing half-written left.
set -eu -o pipefail
results=$ROOT/tests/analysis/results.json tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$SLOTSIM_ASAN" plot -q -T svg,png,pdf,dumb -o "$tmp/out" "$results"
cd "$tmp/out"
[ -z "$(find . -name '*.tmp')" ]
names=$(find . -name '*.tsv' | sed 's|\.tsv$||')
[ "$(wc -l <<<"$names")" -ge 3 ]
for name in $names; do
	for word in 'Trace ' 'sha256 ' 6.1.0-18-amd64 'Example(R)'; do
		grep -qF "$word" "$name.svg" || { echo "$name.svg lacks \"$word\"" && exit 1; }
	done
	# A figure without bars does not explain any.
	case $name in
	./lines-* | ./layers-* | ./latency-*) bars=0 ;;
	*) bars=1 ;;
	esac
	[ "$(grep -cF 'intervals of the median' "$name.svg")" = $bars ] || { echo "$name.svg: $bars expected" && exit 1; }
	xmllint --noout "$name.svg" 2>/dev/null || rsvg-convert -o /dev/null "$name.svg"
	[ "$(head -c 4 "$name.pdf")" = %PDF ]
	[ "$(head -c 8 "$name.png" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ]
	[ "$(wc -c <"$name.png")" -gt 8000 ]
	if LC_ALL=C grep -nP '[^\x20-\x7e]' "$name.txt"; then echo "$name.txt: not ASCII" && exit 1; fi
	awk 'length > 72 { print FILENAME ": " FNR ": too wide"; bad = 1 } END { exit bad }' "$name.txt"
	if grep -iE '\bnan\b|\binf\b' "$name.tsv"; then exit 1; fi
done

for word in 'TSC ticks per lookup' rbtree linear size-sorted bsearch g-flat all ram mapped miss; do
	grep -qF "$word" cycles-boot-13-batch.svg || { echo "cycles lacks \"$word\"" && exit 1; }
done

# Numbers are written out: 2110, not 2.11e+03. Classes that were not measured are not in the key. Other modes read the same lines.
jq '.runs |= (map(select(.index == "rbtree")) | map(.mode = "cold") + map(.mode = "single" | select(.class == "all"))
	| map(.cycles |= (if .samples then .samples |= map(. + 2000) else . end)))' "$results" >cold.json
"$SLOTSIM_ASAN" plot -q -o cold cold.json
if grep -E 'e\+' cold/cycles-*.tsv; then exit 1; fi
grep -qF '>mapped<' cold/cycles-boot-13-cold.svg
if grep -F '>mapped<' cold/cycles-boot-13-single.svg; then exit 1; fi
[ "$(find cold -name 'lines-*.svg' | wc -l)" = "$(jq '[.runs[] | select(.mode == "cold" and .class == "all" and .lines != null)] | length' cold.json)" ]

# A recorded trace, its name ending in a number of its own, is in the scaling figure of its transplants.
jq '.traces += [.traces[] | select(.name == "vfio-117") | .name = "vfio-117-509"]
	| .runs += [.runs[] | select(.trace == "vfio-117") | .trace = "vfio-117-509" | .slots = 509]' "$results" >sizes.json
"$SLOTSIM_ASAN" plot -q -F scaling -o sizes sizes.json
[ "$(awk -F '\t' '/^[^#]/ && $2 + 0 { print $2 }' sizes/scaling-vfio-117-batch.tsv | sort -u | xargs)" = "117 509" ]

# The first line of a table draws it again.
sed -n '1s/^# //p' cycles-boot-13-batch.tsv | sed "s|plots/|$ROOT/plots/|; s|cycles-boot-13-batch.svg|again.svg|" | bash
cmp again.svg cycles-boot-13-batch.svg

# Bars of fewer than six repeats are no intervals, and nobody is told that they are.
jq '.runs[].cycles |= (if .samples then .samples |= .[:4] | .process |= .[:4] else . end)' "$results" >few.json
"$SLOTSIM_ASAN" plot -q -F cycles -o few few.json
for picture in few/*.svg; do
	grep -qF 'least to most' "$picture"
	if grep -qF 'intervals of the median' "$picture"; then echo "$picture: no intervals" && exit 1; fi
done
