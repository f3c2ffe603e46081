#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The 2011 questions for four recorded traces at every size, asked twice: how long one command takes, and whether the second
# run says every verdict of the first again that is not marked ~. `make answer` runs it; TRACES= and SLOTS= choose others.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
out=build/answer slots=${SLOTS:-13,32,117,509,32764}
read -ra traces <<<"${TRACES:-$(echo workloads/traces/{boot,rr-rtl8139,memory-shadow,bars-32}.json.zst)}"

rm -rf "$out"
mkdir -p "$out"
for run in 1 2; do
	start=$SECONDS
	build/slotsim answer --force --slots "$slots" --keep "$out/run$run-results.json" "${traces[@]}" >"$out/run$run.txt"
	echo "answer: run $run: ${#traces[@]} traces x {$slots} slots in $((SECONDS - start)) s"
	build/slotsim answer -f json --results "$out/run$run-results.json" >"$out/run$run.json"
done
cat "$out/run1.txt"

# One line a verdict: trace, what is compared, what is said.
verdicts() {
	jq -r '.traces[] | .name as $trace | (.claims[] | [$trace, .compares, .says]),
		[$trace, "cached misses bring 99%", .cached_misses.says] | @tsv' "$1" | sort
}
verdicts "$out/run1.json" >"$out/run1.tsv"
verdicts "$out/run2.json" >"$out/run2.tsv"
paste "$out/run1.tsv" "$out/run2.tsv" | awk -F '\t' '
	$1 != $4 || $2 != $5 { print "other questions: " $0; bad = 1 }
	$3 ~ /^(absent|unasked)$/ { next }
	$3 ~ /^(same|open|floor|few)$/ { open++; next }
	{ said++ }
	$3 == $6 { again++; next }
	{ print "not said again: " $1 ": " $2 ": " $3 ", then " $6 }
	END {
		print "answer: " said " verdicts, " again + 0 " of them said again by the second run; " open + 0 " marked ~"
		exit bad || again != said || !said
	}'
