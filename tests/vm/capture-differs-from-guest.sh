#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The capture tests on the kernels that differ: 6.1 is page faults as tracepoints, npt=0 its shadow paging, and 6.12 the
# newer page fault path; on the latter two only the tests that hang on the paging. `make vmtest KERNEL=K NPT=N` sets VM to
# "K N", for all tests on any pair.
set -eu

paging='counts-differ-from-guest.sh lookups-differ-from-bpftrace.sh slot-churn-is-missed.sh model-differs-from-kernel.sh'
printf '%s\n' "${VM:-6.1 1
6.1 0 $paging
6.12 1 $paging}" | while read -r kernel npt tests; do
	echo "== $kernel npt=$npt"
	# shellcheck disable=SC2086 # words
	"$ROOT/tests/vm/run" -t 900 "$kernel" "$npt" "$ROOT/tests/vm/inside" "$kernel" "$npt" $tests </dev/null
done
