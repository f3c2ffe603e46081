#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: tests/vm/run KERNEL NPT workloads/record/inside.sh PROGRAM [ARGUMENT...]
#
# In the emulated host: run a program of vmms.sh and leave what was recorded in $SHARE/trace.json.
set -eu -o pipefail
tmp=/run/record # here is nobody else
mkdir -p $tmp
ln -s "$SHARE/console" $tmp/console # to be seen from outside, and kept
trace=$SHARE/trace.json

fail() {
	echo "record: $1" >&2
	exit 1
}

cd "$ROOT"
. "$ROOT/workloads/record/vmms.sh"
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
"$@"
[ -e "$trace" ] || fail "no trace"
