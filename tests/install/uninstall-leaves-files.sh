#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is installed works from there, and nothing of it is left after uninstall.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$ROOT"

make -s O=build/opt install DESTDIR="$tmp/root" prefix=/opt/slot
bin=$tmp/root/opt/slot
[ "$(find "$bin" -type f | wc -l)" -gt 60 ]
(cd "$tmp" && "$bin/bin/slotsim" plot -q -o pictures -F cycles "$ROOT/tests/analysis/results.json")
[ "$(find "$tmp/pictures" -name '*.svg' | wc -l)" = 3 ]
cp replay/index/linear.c "$tmp/mine.c"
(cd "$tmp" && "$bin/bin/slotsim" build --help >/dev/null)
for page in "$bin"/share/man/man[15]/*; do
	[ -s "$page" ]
done

make -s O=build/opt uninstall DESTDIR="$tmp/root" prefix=/opt/slot
left=$(find "$bin" ! -type d -o -type d -name slotsim)
[ -z "$left" ] || { echo "left behind: $left" && exit 1; }
