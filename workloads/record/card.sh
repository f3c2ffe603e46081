#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: workloads/record/card.sh TRACE
#
# Print the card of a recorded trace: all it says comes from the trace and its line in `scenarios`.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
trace=$1
name=$(basename "$trace" .json.zst)

line=$(grep "^$name " workloads/record/scenarios) || { echo "card: no scenario is named $name" >&2 && exit 1; }
IFS='|' read -r _ _ _ _ _ what <<<"$line"
build/slotsim info -f json "$trace" | jq -r --arg what "${what# }" '
	def percent: . * 10000 | round / 100;
	"# \(.name).json.zst",
	"",
	"\($what[:1] | ascii_upcase)\($what[1:]).",
	"",
	"| | |",
	"|---|---|",
	"| host | Linux \(.header.host.kernel), emulated by QEMU without KVM, one CPU: AMD with SVM, npt=\(.header.kvm.npt) |",
	"| VMM | `\(.header.vm.command | join(" "))` |",
	"| accesses | \(.events) in \(.duration_ns / 1e6 | round / 1000) s of the emulated host, lost \(.lost) |",
	"| slots | \(.slots.start) at the start, at most \(.slots.most), \(.slots.end) at the end; changes: \(.slots.changes |
		to_entries | map("\(.value) \(.key)") | join(", ")) |",
	(.ops | to_entries[] | select(.value.events > 0) |
		"| `\(.key)` | \(.value.events), \(.value.share | percent) % |"),
	"| sha256, uncompressed | \(.sha256) |",
	"",
	"Recorded with",
	"",
	"    make traces ONLY=\(.name)"'
