#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/adding.md by the letter, in a fresh folder with only the installed program and mytree.c: built, verified, compared and
# drawn by its three commands.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
make -s -C "$ROOT" DESTDIR="$tmp" prefix=/usr install
mkdir "$tmp/fresh"
cd "$tmp/fresh"
share=$tmp/usr/share/slotsim PATH=$tmp/usr/bin:$PATH
unset ROOT SLOTSIM SLOTSIM_ASAN

sed 's/template/mytree/g' "$share/template.c" >mytree.c
slotsim generate -q "$share/recipes/slots-13.json" -n 70000 -o ../t.pack
commands=$(sed -n '/^## From outside/,/^##* [^F]/{ /^```$/,/^```$/{ s/^slotsim .*/&/p } }' "$OLDPWD/docs/adding.md" 2>/dev/null || true)
[ -n "$commands" ] || exit 1
