#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: workloads/record/make.sh FOLDER [NAME...]
#
# Record real guests as `scenarios` says, all or those named, in the emulated host of tests/vm; FOLDER gets NAME.json.zst
# and its card, NAME.md. What was lost on the way is no trace: it is not kept, and this ends with 1.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
here=workloads/record
slotsim=build/slotsim
work=build/record
folder=$1
shift

guest_kernel=6.1
drivers="8139cp e1000 virtio_pci virtio_net"
selftests=(demand_paging_test dirty_log_perf_test memslot_modification_stress_test memslot_perf_test)

# busybox, init, the program that works, and the drivers of emulated devices
make_initrd() {
	local tree=$work/initrd.tree dir release driver path
	dir=$(tests/vm/kernel $guest_kernel)
	release=$(ls "$dir/lib/modules")
	rm -rf "$tree"
	mkdir -p "$tree/bin" "$tree/lib/modules/$release"
	gcc -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static -s -o "$tree/guest" $here/guest.c
	cp "$(command -v busybox)" "$tree/bin/busybox"
	install -m 755 $here/init "$tree/init"
	for driver in $drivers; do
		modprobe -d "$dir" -S "$release" --show-depends "$driver"
	done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r path; do
		cp "$path" "$tree/lib/modules/$release/"
	done
	depmod -b "$tree" "$release" 2>/dev/null # no modules.order: not needed here
	(cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) >"$work/initrd"
}

# The kernel's own, static, because the emulated host is of another release.
make_selftests() {
	local out=$PWD/$work/selftests tree=build/linux-source
	deps/linux-source.sh $tree
	mkdir -p "$out"
	make -s -C $tree/tools/testing/selftests/kvm OUTPUT="$out" KHDR_INCLUDES=-I/usr/include LDFLAGS="-static -pthread" \
		"${selftests[@]/#/$out/}" >"$work/selftests.log" 2>&1 || { cat "$work/selftests.log" >&2 && return 1; }
}

record() { # name, kernel and npt of the host, program
	local name=$1 kernel=$2 npt=$3 program=$4 share=$work/$1 start=$SECONDS
	rm -rf "$share"
	# shellcheck disable=SC2086 # the program's words
	tests/vm/run -t 900 -s "$share" "$kernel" "$npt" "$PWD/$here/inside.sh" $program </dev/null &&
		"$slotsim" check -q "$share/trace.json" &&
		zstd -q -f -19 --rm "$share/trace.json" -o "$folder/$name.json.zst" &&
		$here/card.sh "$folder/$name.json.zst" >"$folder/$name.md" &&
		echo "$name: recorded in $((SECONDS - start)) s" &&
		"$slotsim" info "$folder/$name.json.zst" | sed -n 1,12p
}

PATH=$PATH:/sbin:/usr/sbin
mkdir -p "$work" "$folder"
make_initrd
make_selftests
rc=0
while IFS='|' read -r name kernel npt _ program _; do
	read -r name kernel npt <<<"$name $kernel $npt"
	case $name in '#'* | '') continue ;; esac
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	record "$name" "$kernel" "$npt" "$program" || { echo "$name: NOT recorded" >&2 && rc=1; }
done <$here/scenarios
exit $rc
