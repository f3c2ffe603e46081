#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The capture tests on the kernels that differ: 6.1 is page faults as tracepoints, npt=0 its shadow paging, and 6.12 the
# newer page fault path. `make vmtest KERNEL=K NPT=N` sets VM to "K N" for any other pair.
set -eu

printf '%s\n' "${VM:-6.1 1
6.1 0
6.12 1}" | while read -r kernel npt; do
	echo "== $kernel npt=$npt"
	"$ROOT/tests/vm/run" -t 900 "$kernel" "$npt" "$ROOT/tests/vm/inside" "$kernel" "$npt" </dev/null
done
