#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: workloads/record/compare.sh OLD NEW [NAME...]
#
# Do the traces in the folder NEW have the shares of those in OLD? Each op's share may differ by the scenario's limit: so
# many per cent of itself, of one percentage point where it is smaller, since few events are not told as exactly. For each
# trace the op that is furthest apart is printed. Exit 5 where one differs by more than the limit, or is missing.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
old=$1 new=$2
shift 2

shares() { # trace
	build/slotsim info -f json "$1" | jq -c '.ops | map_values(.share // 0)'
}

compare() { # name, limit in per cent
	local a b
	a=$(shares "$old/$1.json.zst")
	b=$(shares "$new/$1.json.zst")
	jq -nr --argjson a "$a" --argjson b "$b" --argjson limit "$2" --arg name "$1" '
		def percent: . * 10000 | round / 100;
		[$a | keys_unsorted[] | {op: ., a: $a[.], b: $b[.]} | select(.a > 0 or .b > 0)
		 | .points = ((.a - .b) | fabs) | .most = ([.a, .b] | max)
		 | .off = (.points / ([.most, 0.01] | max) * 100)]
		| max_by(.off)
		| "\($name): furthest apart is \(.op), \(.a | percent) and \(.b | percent) %: \(.points | percent) points, "
		+ "\(.points / .most | percent) % of itself: \(.off * 100 | round / 100) of \($limit) allowed"
		+ if .off > $limit then ": TOO FAR" else "" end'
}

rc=0 seen=0
while IFS='|' read -r name _ _ limit _; do
	read -r name <<<"$name"
	case $name in '#'* | '') continue ;; esac
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	seen=$((seen + 1))
	said="$name: not recorded: TOO FAR"
	[ ! -e "$new/$name.json.zst" ] || said=$(compare "$name" "$limit")
	echo "$said"
	case $said in *'TOO FAR') rc=5 ;; esac
done <workloads/record/scenarios
[ "$seen" -gt 0 ] || { echo "compare: no such scenario: $*" >&2 && exit 2; }
exit $rc
