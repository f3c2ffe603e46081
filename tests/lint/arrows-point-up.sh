#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Includes follow the way of the data: a station names only itself and what stands before it.
set -eu -o pipefail
cd "$ROOT"

# station: the folders it may include from
rules='
trace             trace
trace/import      trace/import trace
capture           capture trace
workloads         workloads trace
workloads/guest   workloads workloads/guest trace
replay/index      replay/index
replay/kernel     replay/kernel replay/index
replay/counters   replay/counters replay/index
replay/cache      replay/cache replay/index trace
replay            replay replay/index replay/cache replay/counters trace
analysis          analysis trace replay/index
plots             plots analysis trace
'
bad=0 seen=0
while read -r station allowed; do
	[ -n "$station" ] || continue
	for file in "$station"/*.[ch]; do
		[ -f "$file" ] || continue
		seen=$((seen + 1))
		while read -r included; do
			folder=${included%/*}
			case " $allowed " in
			*" $folder "*) ;;
			*) echo "$file includes \"$included\": $station may include from $allowed only" && bad=1 ;;
			esac
		done < <(sed -n 's/^#include "\([^"]*\/[^"]*\)".*/\1/p' "$file" | grep -v '\.skel\.h$')
	done
done <<<"$rules"
[ "$seen" -gt 20 ]
exit $bad
