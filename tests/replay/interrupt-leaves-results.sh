#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ctrl-C: exit 130, no results that look finished, no process left behind.
set -u -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$SLOTSIM" generate -q -n 100000 -s 7 -o "$tmp/t.json" "$ROOT/workloads/recipes/slots-13.json" || exit 1
set -m # a process group of its own, as a shell gives it
"$SLOTSIM" replay -q -r 1000 --processes 1000 -o "$tmp/out.json" "$tmp/t.json" >"$tmp/stdout" 2>"$tmp/err" &
pid=$!
sleep 1.5
kill -INT -- -$pid
wait $pid
rc=$?
[ $rc = 130 ] || { echo "exit $rc, not 130"; cat "$tmp/err"; exit 1; }
if [ -e "$tmp/out.json" ] || [ -e "$tmp/out.json.tmp" ] || [ -s "$tmp/stdout" ]; then
	ls "$tmp"
	exit 1
fi
if kill -0 -- -$pid 2>/dev/null; then
	echo "a measuring process is left"
	exit 1
fi
