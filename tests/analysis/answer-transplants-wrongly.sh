#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# answer --slots: each trace at each size, the same as convert --remap makes it; wrong sizes are refused before anything runs.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

"$SLOTSIM" generate -q -n 66000 -o io.json.zst "$ROOT/workloads/recipes/virtio-net.json"
"$SLOTSIM" answer -f json -r 1 --processes 1 --force --slots 13,509 --keep kept.json io.json.zst >said.json
[ "$(jq -c '[.traces[] | [.name, .slots]]' said.json)" = '[["io-13",13],["io-509",509]]' ]
"$SLOTSIM" convert -q --remap 509 io.json.zst io-509.pack
"$SLOTSIM" replay -q -r 1 --processes 1 --force -x null io-509.pack >direct.json
[ "$(jq -r '.traces[1].sha256' said.json)" = "$(jq -r '.traces[0].sha256' direct.json)" ]
jq -e '[.traces[].claims[].says] | all(. == "same" or . == "open" or . == "absent" or . == "floor" or . == "nothing-left")' said.json >/dev/null ||
	{ echo 'a single process is no evidence for a verdict' && exit 1; }

expect() { # exit code, text, arguments...
	local code=$1 text=$2 rc=0
	shift 2
	"$SLOTSIM" answer "$@" >out 2>err || rc=$?
	if [ "$rc" != "$code" ] || [ -s out ] || ! grep -qF -- "$text" err; then
		echo "answer $*: exit $rc, wanted $code and \"$text\":"
		cat err
		exit 1
	fi
}
expect 2 "--slots has no 'x'" --slots x io.json.zst
expect 2 'a layout has 4 to 32764' --slots 40000 io.json.zst
expect 1 'exists' --slots 509 --keep kept.json io.json.zst
expect 2 '--results measures nothing' --results kept.json io.json.zst
expect 2 "no format 'xml'" -f xml io.json.zst
expect 2 'no structure' -x btree io.json.zst
