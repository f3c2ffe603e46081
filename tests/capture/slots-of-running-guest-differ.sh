#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Attached to a QEMU guest that runs already, with SLOTS memory slots (default 40): the header has the slots that QEMU's own
# `info mtree -f` says it gave to KVM, with the same bases, sizes and kinds. QEMU does not tell their ids.
set -eu
. "$ROOT/tests/capture/lib.sh"
command -v qemu-system-x86_64 >/dev/null || skip "no qemu-system-x86_64"

# DIMMs are slots from the start, at most 256; shared memory of PCI devices is once the firmware has mapped it, and of a
# bus' 32 devices with 8 functions two are the chipset.
slots=${SLOTS:-40}
devices=$((slots - 6)) # six are RAM and the firmware
dimms=0
if [ $devices -gt 240 ]; then
	dimms=$((devices - 240))
	devices=240
fi
options=(-accel kvm -m "128M,slots=256,maxmem=8G" -nodefaults -display none -monitor stdio)
for ((i = 0; i < devices; i++)); do
	options+=(-object "memory-backend-file,id=ivshmem$i,mem-path=$dir/ivshmem$i,size=64K,share=on"
		-device "ivshmem-plain,memdev=ivshmem$i,multifunction=on,addr=$(printf %x.%x $((2 + i / 8)) $((i % 8)))")
done
for ((i = 0; i < dimms; i++)); do
	options+=(-object "memory-backend-ram,id=ram$i,size=2M" -device "pc-dimm,id=dimm$i,memdev=ram$i")
done

mkfifo "$dir/monitor"
qemu-system-x86_64 "${options[@]}" <"$dir/monitor" >"$dir/mtree" 2>"$dir/qemu.err" &
qemu=$!
trap 'kill $qemu 2>/dev/null || true; wait $qemu 2>/dev/null || true; rm -rf "$dir"' EXIT
exec 3>"$dir/monitor"

# AS BASE NPAGES KIND of each range that QEMU gave to KVM, as it says now
told() {
	: >"$dir/mtree"
	echo 'info mtree -f' >&3
	for _ in $(seq 100); do
		sleep 0.1
		[ "$(tail -c 7 "$dir/mtree" | tr -d '\0')" != '(qemu) ' ] || break
	done
	tr -d '\r\0' <"$dir/mtree" | awk '
		/^FlatView/ { nr_as = 0 }
		/^ AS "memory"/ { as[nr_as++] = 0 }
		/^ AS "KVM-SMRAM"/ { as[nr_as++] = 1 }
		/ KVM$/ {
			# read-only parts of RAM: kvm_mem_flags() of QEMU 7.2 asks the region, and makes the slot writable
			kind = $4 ~ /rom/ && $5 != "pc.ram" ? "rom" : $5 ~ /^ivshmem/ ? "mapped" : "ram"
			for (i = 0; i < nr_as; i++)
				print as[i], substr($1, 1, 16), substr($1, 18), kind
		}' | while read -r as first last kind; do
		echo "$as $((16#$first >> 12)) $(((16#$last - 16#$first + 1) >> 12)) $kind"
	done | sort
}

settled() { # the firmware maps its devices first
	for _ in $(seq 120); do
		told >"$dir/now"
		if [ "$(wc -l <"$dir/now")" -ge "$slots" ] && cmp -s "$dir/now" "$dir/before"; then return 0; fi
		mv "$dir/now" "$dir/before"
		kill -0 $qemu 2>/dev/null || fail "QEMU has ended"
		sleep 1
	done
	fail "QEMU has only $(wc -l <"$dir/before") of $slots slots after two minutes"
}

settled
"$SLOTSIM" capture -p $qemu -d 1s -o "$dir/t.json" 2>"$dir/capture.err" || fail "attaching fails"
"$SLOTSIM" check -q "$dir/t.json" 2>"$dir/check.err" || fail "check refuses the trace"
told >"$dir/after"
cmp -s "$dir/before" "$dir/after" || fail "QEMU has changed its slots meanwhile: this test tests nothing"
# ids from 509 on are KVM's own slots
head -n 1 "$dir/t.json" | jq -r '.slots[] | select(.id < 509) | "\(.as) \(.base_gfn) \(.npages) \(.kind)"' | sort >"$dir/header"
diff "$dir/after" "$dir/header" >"$dir/diff.out" || fail "the header has other slots than QEMU"
echo "$(wc -l <"$dir/header") slots: $(cut -d' ' -f4 "$dir/header" | sort | uniq -c | xargs)"
