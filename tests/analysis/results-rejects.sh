#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad results files: exit 3 and one line that names the file and the JSON path.
set -eu -o pipefail
here=$ROOT/tests/analysis tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

expect() { # exit code, text, file...
	local code=$1 text=$2 rc=0
	shift 2
	"$SLOTSIM_ASAN" report "$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	if [ "$rc" != "$code" ] || [ -s "$tmp/out" ] || [ "$(wc -l <"$tmp/err")" != 1 ] || ! grep -qF -- "$text" "$tmp/err"; then
		echo "report $*: exit $rc, wanted $code and \"$text\":"
		cat "$tmp/err"
		exit 1
	fi
}

broken() { # what it says, jq program
	jq "$2" "$here/results.json" >"$tmp/broken.json"
	expect 3 "broken.json: $1" "$tmp/broken.json"
}

broken '$.schema: not a results file' '.schema = "slotsim.trace"'
broken '$.version: 2 is newer than this program reads (1)' '.version = 2'
broken '$.version: expected a whole number, 1 or more, found text' '.version = "1"'
broken '$.env: expected an object, found nothing' 'del(.env)'
broken '$.traces: expected an array, found an object' '.traces = {}'
broken '$.traces[1].sha256: expected a text, found null' '.traces[1].sha256 = null'
broken '$.runs: expected an array, found nothing' 'del(.runs)'
broken '$.runs: nothing to report' '.runs = []'
broken '$.runs[3].index: expected a text, found a whole number' '.runs[3].index = 7'
broken '$.runs[0].slots: expected a whole number, 0 or more' '.runs[0].slots = -1'
broken '$.runs[0].lookups: expected a whole number, 0 or more, found a number' '.runs[0].lookups = 1e400'
broken '$.runs[2].mode: "fast" is not one of batch' '.runs[2].mode = "fast"'
broken '$.runs[2].class: expected a text, found nothing' 'del(.runs[2].class)'
broken '$.runs[5].trace: "elsewhere" is not among $.traces' '.runs[5].trace = "elsewhere"'
broken '$.runs[5].cycles: expected an object or null, found text' '.runs[5].cycles = "none"'
broken '$.runs[5].cycles.median: expected a number or null, found text' '.runs[5].cycles.median = "4"'
broken '$.runs[5].cycles.samples: expected an array of numbers, found null' '.runs[5].cycles.samples[4] = null'
broken '$.runs[5].cycles.process: expected an array as long as samples' '.runs[5].cycles.process = [1]'
broken '$.runs[5].caches: expected an array of texts, found text' '.runs[5].caches = "mmio-spte"'

printf '{"schema":' >"$tmp/cut.json"
expect 3 'cut.json: line 1: not JSON' "$tmp/cut.json"
: >"$tmp/empty.json"
expect 3 'empty.json: line 1: not JSON' "$tmp/empty.json"
printf '[%.0s' {1..5000} >"$tmp/deep.json"
expect 3 'deep.json: line 1: not JSON' "$tmp/deep.json"
expect 3 'Is a directory' "$tmp"
expect 1 'absent.json' "$tmp/absent.json"
expect 2 'no results named'
expect 2 "no format 'pdf'" -f pdf "$here/results.json"
expect 2 'no such structure' -b btree "$here/results.json"
expect 2 'both hold linear' "$here/results.json" "$here/results.json"
jq '.env.cpu = "Another CPU"' "$here/results.json" >"$tmp/other.json"
expect 2 'unlike machines (cpu: Example(R) CPU @ 2.60GHz, Another CPU)' "$here/results.json" "$tmp/other.json"
"$SLOTSIM_ASAN" report --unlike-machines "$here/results.json" "$tmp/other.json" | grep -c '^boot: ' | grep -qx 2
