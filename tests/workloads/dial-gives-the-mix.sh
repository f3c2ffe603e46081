#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The dial: at 0 every access is a RAM hit, at 100% every one misses, in between as asked within 0.5%.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for mix in 0 1 10 33.3 50 75 99 100; do
	"$SLOTSIM" generate -q "$ROOT/workloads/recipes/dial.json" --mix "$mix%" -n 100000 -o "$tmp/t.pack" --force
	"$SLOTSIM" info -f json "$tmp/t.pack" >"$tmp/info"
	jq -e --argjson mix "$mix" '
		[.ops | to_entries[] | {key, n: .value.events}] as $ops
		| ([$ops[] | select(.key | startswith("miss")).n] | add // 0) as $miss
		| ([$ops[] | select(.key == "ram").n] | add // 0) as $ram
		| $miss + $ram == 100000
		  and ($miss / 1000 - $mix | fabs) <= 0.5
		  and (($mix != 0) or $miss == 0) and (($mix != 100) or $ram == 0)' "$tmp/info" >/dev/null || {
		echo "mix $mix%:" && cat "$tmp/info"
		exit 1
	}
done
