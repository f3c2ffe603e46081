#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The package installs into an empty root and purges without a trace.
set -eu -o pipefail
command -v dpkg-deb >/dev/null || { echo 'dpkg-deb is not here' && exit 4; }
[ "$(id -u)" = 0 ] || { echo 'dpkg --root takes root' && exit 4; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$ROOT"

exec 9>build/deb.lock # another test makes the same package in the same place
flock 9
deb=$(make -s deb | tail -n 1)
[ "$(dpkg-deb -f "$deb" Package)" = slotsim ]
mkdir -p "$tmp/var/lib/dpkg/info" "$tmp/var/lib/dpkg/updates"
: >"$tmp/var/lib/dpkg/status"
dpkg --root="$tmp" --force-depends -i "$deb" >/dev/null 2>&1
"$tmp/usr/bin/slotsim" --version | grep -q '^slotsim '
[ -s "$tmp/usr/share/man/man1/slotsim-replay.1" ]
dpkg --root="$tmp" -P slotsim >/dev/null 2>&1
left=$(find "$tmp" -path "$tmp/var" -prune -o ! -type d -print)
[ -z "$left" ] || { echo "left behind: $left" && exit 1; }

# Every library that the program needs belongs to a package that the package depends on.
depends=$(dpkg-deb -f "$deb" Depends)
for library in $(objdump -p build/slotsim | awk '$1 == "NEEDED" { print $2 }'); do
	owner=$(dpkg -S "*/$library" | sed 's/:.*//' | sort -u)
	grep -qwE "$(tr '\n' '|' <<<"$owner" | sed 's/|$//')" <<<"$depends" || { echo "$library of $owner is not in Depends" && exit 1; }
done
