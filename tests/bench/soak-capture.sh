#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make soak-capture: the guest that makes most events a second, at full speed for SOAK seconds (default 60). Prints events a second
# and how many were lost; fails if any was. Writes to ioeventfds are the fastest: KVM answers them without leaving the kernel.
set -eu
seconds=${SOAK:-60} vcpus=${VCPUS:-$(nproc)}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

build/slotsim capture -q -d "${seconds}s" -o "$dir/t.json" -- \
	build/slotsim guest --accesses 10000000000 --ram 1 --mapped 0 --miss 0 --notify 99 --vcpus "$vcpus" >/dev/null
tail -n 1 "$dir/t.json" | jq -r --argjson seconds "$seconds" --arg host "$(uname -r), $(nproc) CPUs, load $(cut -d' ' -f1 /proc/loadavg)" '
	"\($host): \(.events) events in \($seconds) s, \(.events / $seconds | floor)/s, \(.lost) lost"'
[ "$(tail -n 1 "$dir/t.json" | jq .lost)" = 0 ] || exit 1
build/slotsim check -q "$dir/t.json"
