#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each recorded trace is lossless and valid, its card says of it what is so, and the model of KVM's caches gives the tags
# that the kernel gave, but for 1 %; all together stay below 24 MiB.
set -eu -o pipefail
cd "$ROOT"
bad=0 seen=0 bytes=0
while IFS='|' read -r name _; do
	read -r name <<<"$name"
	case $name in '#'* | '') continue ;; esac
	trace=workloads/traces/$name.json.zst
	seen=$((seen + 1))
	agrees=$("$SLOTSIM" check -q --model "$trace" | sed -n '1s/.* \([0-9.]*\)%$/\1/p') || bad=1
	jq -en "$agrees >= 99" >/dev/null || { echo "$name: the model agrees with $agrees % of the tags" && bad=1; }
	diff "workloads/traces/$name.md" <(workloads/record/card.sh "$trace") || bad=1
done <workloads/record/scenarios
[ "$seen" -ge 6 ] || { echo "only $seen scenarios"; exit 1; }

for trace in workloads/traces/*.zst; do
	bytes=$((bytes + $(stat -c %s "$trace")))
	sha=$("$SLOTSIM" info -f json "$trace" | jq -r .sha256)
	grep -q "$sha" "${trace%.json.zst}.md" || { echo "${trace%.json.zst}.md does not have the sha256 $sha" && bad=1; }
done
[ "$bytes" -le $((24 << 20)) ] || { echo "the traces have $bytes bytes"; exit 1; }
exit $bad
