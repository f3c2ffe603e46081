#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A bad recipe is refused with exit 3, one line that names the JSON path, and no output file.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0 seen=0

# What jq makes of a good recipe, and what the message must hold.
refused() { # jq-filter, words...
	local filter=$1 rc=0 word
	shift
	seen=$((seen + 1))
	jq "$filter" "$ROOT/workloads/recipes/slots-13.json" >"$tmp/bad.json"
	"$SLOTSIM_ASAN" generate "$tmp/bad.json" -n 1000 -o "$tmp/t.pack" >"$tmp/out" 2>"$tmp/err" || rc=$?
	if [ "$rc" != 3 ] || [ "$(wc -l <"$tmp/err")" != 1 ] || [ -s "$tmp/out" ] || [ -e "$tmp/t.pack" ]; then
		echo "$filter: exit $rc" && cat "$tmp/err"
		bad=1
		rm -f "$tmp/t.pack"
	fi
	for word in "$@"; do
		grep -qF -- "$word" "$tmp/err" || {
			echo "$filter: no '$word' in:" && cat "$tmp/err"
			bad=1
		}
	done
}

refused '.colour = 1' '$.colour: unknown key'
refused '.layout.colour = 1' '$.layout.colour: unknown key'
refused '.locality.ram.colour = 1' '$.locality.ram.colour: unknown key'
refused '.locality.disk = {}' '$.locality.disk: unknown key'
refused '.phases = [{"name": "a", "events": 1, "colour": 1}]' '$.phases[0].colour: unknown key'
refused '.mix = {"ram": 0.5, "unmapped": 0.4}' '$.mix: the shares sum to 0.9' 'sum to 1'
refused '.mix = {"ram": 0.5, "unmapped": 0.6}' '$.mix: the shares sum to 1.1'
refused '.mix = 1.5' '$.mix: must be a number from 0 to 1'
refused '.mix = "half"' '$.mix: must be an object'
refused 'del(.mix)' '$.mix: is required'
refused '.burst = {"ram": [0.5, 0.4]}' '$.burst.ram: the shares sum to 0.9'
refused '.burst = 0.5' '$.burst: must be a number from 1'
refused '.locality.ram.reuse = [0.7, 0.7]' '$.locality.ram.reuse: the shares sum to 1.4'
refused '.locality.ram.popularity = "gauss"' '$.locality.ram.popularity: must be one of: uniform, zipf, sweep'
refused '.locality.ram.extents = [[1048576, 9999999, 1]] | .locality.ram.popularity = "uniform"' 'locality.ram.extents[0]'
refused '.layout = {"base": "none"}' '$.layout: has 0 slots'
refused 'del(.layout)' '$.layout: is required'
refused '.layout.base = "bochs"' '$.layout.base: must be one of: none, qemu-pc, firecracker'
refused '.layout.fill = 5' '$.layout.fill: the layout has that many slots or more'
refused '.layout.fill = 40000' '$.layout.fill: must be a whole number from 1 to 32764'
refused '.layout.slots = [{"base_gfn": 256, "npages": 16}]' '$.layout.slots[0]: overlaps $.layout.ram_mib'
refused '.layout.slots = [{"base_gfn": 5000000000, "npages": 16}, {"base_gfn": 5000000015, "npages": 1}]' \
	'$.layout.slots[1]: overlaps $.layout.slots[0]'
refused '.layout.mmio = [{"base_gfn": 256, "npages": 1}]' '$.layout.mmio[0]: overlaps'
refused '.layout.mmio = [{"base_gfn": 5000000000, "npages": 100000000}]' '$.layout.mmio[0]: more than 2^24 emulated pages'
refused '.layout.slots = [{"base_gfn": 4503599627370495, "npages": 2}]' '$.layout.slots[0]: gfn overflow'
refused '.layout.slots = [{"base_gfn": 4503599627370496, "npages": 1}]' '$.layout.slots[0].base_gfn: must be a whole number'
refused '.layout.slots = [{"base_gfn": 5000000000, "npages": 0}]' '$.layout.slots[0].npages: must be a whole number from 1'
refused '.layout.slots = [{"base_gfn": 5000000000}]' '$.layout.slots[0]: base_gfn and npages are required'
refused '.layout.slots = [{"id": 1, "base_gfn": 5000000000, "npages": 1}]' '$.layout: slot id 1 is used twice'
refused '.layout.synic_vcpus = 8000 | .layout.ram_mib = 64' '$.layout.synic_vcpus: the RAM is too small'
refused '.mix = {"ram": 0.5, "notify": 0.5}' '$.mix: asks for notify, but the layout has none'
refused '.phases = [{"name": "a"}, {"name": "b"}]' '$.phases[0]: events is required'
refused '.phases = [{"name": "a", "events": 9, "next": {"b": 1}}]' '$.phases[0].next.b: no phase has this name'
refused '.phases = [{"name": "a", "events": 9, "next": {"a": 0.5}}]' '$.phases[0].next: the shares sum to 0.5'
refused '.phases = []' '$.phases: must be an array of 1 to 64'
refused '.dirty_log = {"every": 10, "for": 10}' '$.dirty_log: for must be given and smaller than every'
refused '.arrival = {"mean_ns": 1, "fixed_ns": 1}' '$.arrival: takes one of'
refused '.arrival = {"quantiles_ns": [5, 4]}' '$.arrival.quantiles_ns[1]'
refused '.churn = {"every": 9, "change": "explode"}' '$.churn.change: must be one of: flags, remap'
refused '.churn = {"every": 9, "slot": 999}' '$.churn.slot: no slot has this id'
refused '.churn = {"every": 9, "slot": 40000}' '$.churn.slot: must be a whole number from 0 to 32766'
refused '.swap = {"share": 2}' '$.swap.share: must be a number from 0 to 1'
refused '.era = "1.0"' '$.era: must be one of'
refused '.vcpus = 0' '$.vcpus: must be a whole number from 1'
refused '.events = -1' '$.events: must be a whole number from 1'
refused '.schema = "other"' '$.schema: must be "slotsim.recipe"'
refused '.version = 2' '$.version: must be a whole number from 1 to 1'
refused '[1]' '$: must be an object'

rc=0
printf '{"schema": ' >"$tmp/cut.json"
"$SLOTSIM_ASAN" generate "$tmp/cut.json" -o "$tmp/t.pack" 2>"$tmp/err" || rc=$?
if [ "$rc" != 3 ] || ! grep -q 'cut.json:1: not JSON' "$tmp/err"; then
	cat "$tmp/err" && bad=1
fi
echo "$seen bad recipes"
[ "$seen" -ge 40 ]
exit $bad
