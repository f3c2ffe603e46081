#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Install what deps/packages.txt lists and this machine lacks. With everything there, no network is touched.
# Exit 4 with the exact command where packages are missing and neither root nor sudo can install them.
set -eu

here=$(dirname "$0")

present() { # a command on PATH, or a file
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

missing=$(grep -v '^#' "$here/packages.txt" | while read -r package probe _; do
	present "$probe" || printf '%s ' "$package"
done)
[ -n "$missing" ] || exit 0

command="apt-get install -y --no-install-recommends $missing"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "slotsim: missing packages, and this is not Debian; install what these hold: $missing" >&2
	exit 4
fi
if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	sudo="sudo -n"
else
	echo "slotsim: missing packages; as root run: apt-get update && $command" >&2
	exit 4
fi
echo "slotsim: installing $missing" >&2
# shellcheck disable=SC2086 # $sudo is none or two words
if ! { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null; }; then
	echo "slotsim: installing failed; run: apt-get update && $command" >&2
	exit 4
fi
