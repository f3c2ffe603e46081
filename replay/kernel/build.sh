#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's rbtree, maple tree and xarray as structures: build.sh KDIR OUT, called by `make kernel-indexes`.
#
# KDIR is a kernel tree. If it does not exist, the sources of Debian's linux-source package are unpacked there first.
# Its files are compiled where they stand, against its own user-space shims; nothing is written into it.
set -eu -o pipefail
kdir=$1 out=$2
work=$out/kernel

deps/linux-source.sh "$kdir"
for file in lib/rbtree.c lib/maple_tree.c lib/xarray.c tools/include/linux/rbtree.h; do
	[ -f "$kdir/$file" ] || { echo "$kdir: no $file; KDIR is the top of a kernel tree" >&2 && exit 3; }
done

mkdir -p "$work/generated" "$out/indexes"
echo '#define XA_CHUNK_SHIFT 6' >"$work/generated/map-shift.h" # 4 is for CONFIG_BASE_SMALL
echo '#define CONFIG_64BIT 1' >"$work/generated/bit-length.h"

shims=()
for dir in tools/testing/shared tools/testing/radix-tree tools/include; do
	[ -d "$kdir/$dir" ] && shims+=("-I$kdir/$dir")
done
read -r -a cc <<<"$CC $CFLAGS -w -fPIC -fvisibility=hidden -D_LGPL_SOURCE -DCONFIG_64BIT=1"
cc+=(-I. "-I$work" "-I$work/generated" "${shims[@]}" -include replay/kernel/kernel.h)

compile() { # object, source, options
	"${cc[@]}" "${@:3}" -c -o "$work/$1.o" "$2"
}

compile slab replay/kernel/slab.c
compile lib-rbtree "$kdir/lib/rbtree.c"
compile lib-maple "$kdir/lib/maple_tree.c"
compile lib-xarray "$kdir/lib/xarray.c"
helpers=()
for file in tools/lib/{find_bit,bitmap,hweight,vsprintf}.c tools/testing/radix-tree/bitmap.c; do
	[ -f "$kdir/$file" ] || continue # the last one is where bitmap_clear() was before 6.10
	compile "${file//\//-}" "$kdir/$file"
	helpers+=("$work/${file//\//-}.o")
done
for name in rbtree maple xarray; do
	compile "$name" "replay/kernel/$name.c" -DINDEX_PLUGIN
	compile "$name-touch" "replay/kernel/$name.c" -DINDEX_TOUCH
	"${cc[@]}" -shared -o "$out/indexes/kernel-$name.so" \
		"$work/$name.o" "$work/$name-touch.o" "$work/lib-$name.o" "$work/slab.o" "${helpers[@]}"
done
