# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # tmp and trace are of inside.sh, which sources this
# The VMMs and what goes on in them. Each program leaves its trace in $trace.
#
# A trace's header holds the command of its VMM, so the paths are not this machine's: relative, or in $tmp.
# Huge pages are kept off where the work is to touch pages, so that each is a fault of its own.

qemu=(qemu-system-x86_64 -M pc -accel kvm -cpu host -vga std -display none -no-reboot
	-kernel build/vm/6.1/vmlinuz -initrd build/record/initrd)
# The emulated host's timers are too coarse for the guest's check of them.
cmdline="console=ttyS0 panic=-1 no_timer_check"

accesses=0 # all
capture() { # its options and operands
	build/slotsim capture -n "$accesses" -o "$trace" "$@" 2>&1 | tee "$tmp/capture.log" >&2
}

boot() {
	small_pages
	capture -- "${qemu[@]}" -m 256 -nic user,model=e1000 -serial "file:$tmp/console" \
		-append "console=tty0 $cmdline drivers=e1000"
	grep -q MemTotal "$tmp/console" || fail "the guest did not come to a shell: $(tail -n 3 "$tmp/console")"
}

await() { # seconds, words, file
	local deadline=$((SECONDS + $1))
	until grep -qs "$2" "$3"; do
		[ "$SECONDS" -lt "$deadline" ] || fail "no '$2' in $1 s: $(tail -n 3 "$3")"
		sleep 0.1
	done
}

monitor() { # a command to QEMU
	echo "$*" >&7
}

# Ask QEMU until its answer holds the words. The number is printed behind the answer, so that an answer is not taken for that
# to an earlier question.
asked=1000000
ask() { # words, command
	local deadline=$((SECONDS + 120)) words=$1
	shift
	while true; do
		asked=$((asked + 1))
		: >"$tmp/monitor.log"
		monitor "$*"
		monitor "print /d $asked"
		await 60 "^$asked" "$tmp/monitor.log"
		! tr -d '\r\n' <"$tmp/monitor.log" | grep -q "$words" || break
		[ "$SECONDS" -lt "$deadline" ] || fail "no '$words' from '$*': $(tail -n 5 "$tmp/monitor.log")"
		sleep 0.5
	done
}

did=0
rounds() { # number: the guest's work goes on so far
	did=$((did + $1))
	echo "$1" >"$tmp/serial.in"
	await 300 "^did $did" "$tmp/console"
}

# Boot, attach the capture when the guest is ready, then let it work; $meanwhile runs beside the work, and what
# $launcher names starts QEMU.
launcher=() meanwhile=:
linux() { # drivers, work, options of QEMU
	local drivers=$1 work=$2
	shift 2
	mkfifo "$tmp"/{serial,monitor}.{in,out}
	exec 7<>"$tmp/monitor.in" # open both ways, nobody waits for the other's end
	"${launcher[@]}" "${qemu[@]}" "$@" -serial "pipe:$tmp/serial" -monitor "pipe:$tmp/monitor" \
		-append "$cmdline quiet drivers=$drivers -- $work" &
	vmm=$!
	cat "$tmp/serial.out" >"$tmp/console" &
	cat "$tmp/monitor.out" >>"$tmp/monitor.log" &
	await 400 ready "$tmp/console"
	capture -p "$vmm" &
	await 60 recording "$tmp/capture.log"
	echo go >"$tmp/serial.in"
	$meanwhile
	wait "$vmm" || fail "QEMU ended with $?"
	grep -q '^worked' "$tmp/console" || fail "the guest did not do its work: $(tail -n 3 "$tmp/console")"
	wait
}

small_pages() {
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
}

pause=5000 # us, before the other side answers
net() { # driver of the guest, model of QEMU, then the arguments of its work: see guest.c
	local driver=$1 model=$2
	shift 2
	small_pages
	linux "$driver" "rr $*" -m 512 -nic "user,model=$model,guestfwd=tcp:10.0.2.100:7-cmd:build/record/initrd.tree/guest echo $pause"
}

# An interrupt for the acknowledgement, one for the answer, none for what was sent (no NAPI). The guest polls while it is idle:
# one that halts between request and answer was seen to hang on 7.2.
virtio() { # the arguments of its work
	cmdline+=" virtio_net.napi_tx=0 idle=poll"
	qemu+=(-name debug-threads=on)
	meanwhile=yield_cpu pause=10000
	net virtio_pci,virtio_net virtio-net-pci "$@"
}

# The vCPU that polls lets all else run at once, so that it does not go by the scheduler's ticks which interrupts become one.
yield_cpu() {
	local comm
	comm=$(grep -l '^CPU 0/KVM' /proc/"$vmm"/task/*/comm)
	chrt --idle --pid 0 "$(basename "$(dirname "$comm")")"
}

memory() { # MiB, accesses
	small_pages
	linux '' "memory $*" -m 512 -nic none
}

ivshmem() { # number of devices; sets $devices
	local i
	devices=()
	for ((i = 0; i < $1; i++)); do
		devices+=(-object "$(shared_memory "$i")"
			-device "ivshmem-plain,memdev=m$i,multifunction=on,addr=$((4 + i / 8)).$((i % 8))")
	done
}

shared_memory() { # name; a capture knows by the file's name that it is a device's
	echo "memory-backend-file,id=m$1,size=4M,share=on,mem-path=/dev/shm/ivshmem-$1"
}

bars() { # number, then the arguments of the guest's work
	ivshmem "$1"
	shift
	small_pages
	linux '' "bars $*" -m 512 -nic none "${devices[@]}"
}

first() { # number, program: only so many accesses of it are recorded
	accesses=$1
	"${@:2}"
}

# memslot_perf_test gives its guest 2 s for a step, by alarm(), which emulation can exceed: SIGALRM stays ignored over exec.
selftest() { # the kernel's own, and its options
	trap '' ALRM
	small_pages
	capture -- "build/record/selftests/$1" "${@:2}" >"$tmp/console" || fail "$1: $(tail -n 3 "$tmp/console")"
}

# Of a VMM that may hold less memory than its guest has; the rest goes to zram.
press() { # MiB and accesses as for memory, MiB that the VMM may hold
	modprobe -d build/vm/6.1 zram
	echo 512M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null
	swapon /dev/zram0
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir /sys/fs/cgroup/vmm
	echo "$3M" >/sys/fs/cgroup/vmm/memory.max
	# shellcheck disable=SC2016 # $$ and $@ of that shell
	launcher=(bash -c 'echo $$ >/sys/fs/cgroup/vmm/cgroup.procs && exec "$@"' launcher)
	linux '' "memory $1 $2" -m 256 -nic none
}

swap() { # as press
	small_pages
	press "$@"
}

# Huge pages, which are split to be swapped and collapsed again when khugepaged comes by.
thp() { # as press
	echo always >/sys/kernel/mm/transparent_hugepage/enabled
	echo 100 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
	press "$@"
}

ksm() { # MiB of equal pages, how often they are merged
	number=$2 meanwhile=merge
	echo 100000 >/sys/kernel/mm/ksm/pages_to_scan
	small_pages
	linux '' "write $1" -m 256 -nic none
}

# A page is merged when it has not changed from one scan to the next; QEMU asks for that (mem-merge=on).
merge() {
	local i scans
	for ((i = 0; i < number; i++)); do
		rounds 1
		scans=$(($(cat /sys/kernel/mm/ksm/full_scans) + 4))
		echo 1 >/sys/kernel/mm/ksm/run
		until [ "$(cat /sys/kernel/mm/ksm/full_scans)" -ge $scans ]; do
			sleep 0.2
		done
		echo 0 >/sys/kernel/mm/ksm/run
	done
	rounds 1
	echo 0 >"$tmp/serial.in"
}

migration() { # MiB that are written, migrations
	number=$2 meanwhile=migrate
	small_pages
	linux '' "write $1" -m 256 -nic none
}

# All is written once while the log is on and once when it is off again. Until the first is done, the migration is too slow to
# end. Then QEMU stops the guest; it goes on here.
migrate() {
	local i
	rounds 1
	for ((i = 0; i < number; i++)); do
		monitor migrate_set_parameter max-bandwidth 1M
		monitor "migrate -d \"exec:cat >$tmp/state\""
		ask 'normal: [1-9]' info migrate
		rounds 1
		monitor migrate_set_parameter max-bandwidth 1G
		ask 'status: completed' info migrate
		monitor cont
		rounds 1
	done
	echo 0 >"$tmp/serial.in"
}

churn() { # rounds, ivshmem devices, MiB of RAM touched each round
	number=$1 meanwhile=plug
	ivshmem "$2"
	cmdline+=" memhp_default_state=offline" # unused, a DIMM can be taken out again
	small_pages
	linux '' "remap $3" -m 256,slots=2,maxmem=1G -nic none "${devices[@]}"
}

# One more device and a DIMM come and go: in there for a quarter of the rounds, twice.
plug() {
	local i
	for i in 1 2; do
		rounds $((number / 4))
		monitor object_add "$(shared_memory hot)"
		monitor device_add ivshmem-plain,id=hot,memdev=mhot,addr=1e.0
		monitor object_add memory-backend-ram,id=mdimm,size=128M
		monitor device_add pc-dimm,id=dimm,memdev=mdimm
		ask 'device *30,.*BAR2:[^[]* at 0x[0-9a-f]\{1,12\} ' info pci # its address is the guest's doing
		rounds $((number / 4))
		unplug hot
		unplug dimm
	done
	echo 0 >"$tmp/serial.in"
}

unplug() { # device: until the guest has let it go, its memory is in use
	monitor "device_del $1"
	ask "'m$1' not found" "object_del m$1"
}
