#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: deps/linux-source.sh KDIR
#
# Unpack lib, include, scripts and tools of Debian's linux-source package into KDIR, unless KDIR exists. What a build takes from
# the kernel's own tree is compiled there and never committed.
set -eu -o pipefail
kdir=$1
[ ! -d "$kdir" ] || exit 0
mkdir -p "$kdir.tmp"
trap 'rm -rf "$kdir.tmp"' EXIT

tar=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' 2>/dev/null | sort -V | tail -n 1)
if [ -z "$tar" ]; then
	package=$(apt-cache depends linux-source | sed -n 's/^ *Depends: *\(linux-source-.*\)/\1/p')
	[ -n "$package" ] || { echo "no kernel tree at $kdir, and apt knows no linux-source" >&2 && exit 4; }
	(cd "$kdir.tmp" && apt-get -q download "$package" >&2 && dpkg -x "$package"_*.deb deb) ||
		{ echo "no kernel tree at $kdir, and $package cannot be had" >&2 && exit 4; }
	tar=$kdir.tmp/deb/usr/src/$package.tar.xz
fi
package=$(basename "$tar" .tar.xz)
mkdir "$kdir.tmp/tree"
tar -C "$kdir.tmp/tree" --strip-components=1 -xf "$tar" "$package"/{lib,include,scripts,tools}
mv "$kdir.tmp/tree" "$kdir"
