#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every number of `slotsim info` equals what jq counts in the lines, and nothing that was not seen is called 0.
set -eu
trace=$ROOT/tests/fuzz/corpus/changes.json
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$SLOTSIM_ASAN" info -f json "$trace" >"$dir/info" 2>"$dir/err"
grep -q 'warning: .*: 2 events were lost' "$dir/err"
is() { # jq path, value
	local got
	got=$(jq -c "$1" "$dir/info")
	[ "$got" = "$2" ] || { echo "$1 is $got, expected $2" && exit 1; }
}
grep '^\[' "$trace" | jq -s . >"$dir/events"
for op in ram mapped rom miss miss_stale miss_spte miss_vcpu miss_fast lookup; do
	is ".ops.$op.events" "$(jq "[.[] | select(.[2] == \"$op\")] | length" "$dir/events")"
	is ".ops.$op.pages" "$(jq "[.[] | select(.[2] == \"$op\") | .[3]] | unique | length" "$dir/events")"
done
is .events "$(jq length "$dir/events")"
is .pages "$(jq '[.[] | select(.[2] != "hva") | .[3]] | unique | length' "$dir/events")"
is .sha256 "\"$(sha256sum <"$trace" | cut -d' ' -f1)\""
is .lost 2
is .truncated false
is .duration_ns 9000000000
is .ops.rom.dur_ns '{"timed":1,"sum":5000000,"p50":5000000,"p99":5000000,"max":5000000}'
is .ops.lookup.dur_ns null
is .ops.hva.pages null
is .vcpus '[{"vcpu":0,"events":2},{"vcpu":1,"events":1},{"vcpu":300,"events":1},{"vcpu":null,"events":1}]'
is .slots '{"start":2,"most":3,"end":2,"changes":{"create":1,"delete":1,"move":1,"flags":1},"over_time":[[0,2],[1,3],[2,3],[3,3],[4,2]]}'
is .footer.ram.written 5

# not observed is null with the reason
sed '1s/"hva":"no hook"/"miss_fast":"no hook"/' "$trace" >"$dir/t.json"
"$SLOTSIM_ASAN" info -f json "$dir/t.json" >"$dir/info" 2>/dev/null
is .ops.miss_fast '{"events":null,"why":"no hook"}'
"$SLOTSIM_ASAN" info "$dir/t.json" 2>/dev/null | grep -q 'miss_fast  not observed: no hook'

# truncated: what is whole is shown, the loss is unknown
head -n 4 "$trace" >"$dir/t.json"
"$SLOTSIM_ASAN" info -f json "$dir/t.json" >"$dir/info" 2>"$dir/err"
grep -q 'truncated: no footer, so the loss is not known' "$dir/err"
is .lost null
is .truncated true
is .events 1
