#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check --model, on traces captured here: the cache layers of the kernel's era give at least 99.9 % of the kernel's own tags
# and as many searches as the kernel made, within 1 %; without and with slots that come and go. What disagrees is printed.
set -eu
. "$ROOT/tests/capture/lib.sh"

agrees() { # trace name, guest options
	local trace=$dir/$1.json
	shift
	"$SLOTSIM" capture -o "$trace" -- "$SLOTSIM" guest --accesses 20000 --ram 20 --mapped 10 --miss 70 "$@" >"$dir/guest.out" \
		2>"$dir/capture.err" || fail "capture fails"
	[ "$(head -n 1 "$trace" | jq -r .kvm.mmio_caching)" != N ] || skip "this KVM caches no misses (mmio_caching=N): nothing to model"
	"$SLOTSIM" check --model "$trace" >"$dir/model.out" 2>"$dir/check.err" || fail "check refuses the trace"
	cat "$dir/model.out"
	sed -n 's/.*: \([0-9]*\) of \([0-9]*\) tags agree.*/\1 \2/p; s/.*slots: kernel \([0-9]*\), model \([0-9]*\)/\1 \2/p' "$dir/model.out" |
		xargs | awk '{ agreed = $1; tags = $2; kernel = $3; model = $4; d = kernel - model }
			END { exit !(tags > 10000 && agreed >= 0.999 * tags && d * d <= (0.01 * kernel) ^ 2) }' ||
		fail "the model differs from the kernel"
}

agrees still
agrees churn --churn 10
agrees churn-vcpus --churn 100 --vcpus 2
