#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each bad trace is refused with one line that names the file, the place and what would be right, by the exit code of the
# README, in both forms where both can hold it, without crash and without an output.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0 checked=0

head='{"schema":"slotsim.trace","version":1,"fields":["t_ns","vcpu","op","gfn","slot","flags","dur_ns"],"slots":['
slot0='{"as":0,"id":0,"base_gfn":0,"npages":16,"slot_flags":0,"kind":"ram"}'
slot1='{"as":0,"id":1,"base_gfn":32,"npages":4,"slot_flags":0,"kind":"mapped"}'
H="$head$slot0,$slot1]}"
F='{"end":true,"events":1,"slot_changes":0,"lost":0}'
E='[0,0,"ram",5,0,1,null]'

# expected exit code, the exit code, what the one line of the message must contain
said() {
	local want=$1 rc=$2 part=$3
	checked=$((checked + 1))
	if [ "$rc" != "$want" ] || [ "$(wc -l <"$dir/err")" != 1 ] || ! grep -qF -- "$part" "$dir/err"; then
		echo "wrong: exit $rc, expected $want with '$part': $(cat "$dir/err")"
		failed=1
	fi
}

# file, exit code, what the message must contain beside the file's name
expect() {
	"$SLOTSIM_ASAN" check "$1" >"$dir/out" 2>"$dir/err" </dev/null
	said "$2" $? "$3"
	if [ -s "$dir/out" ] || ! grep -qF -- "$1: " "$dir/err"; then
		echo "stdout, or no file named: $(cat "$dir/out" "$dir/err")"
		failed=1
	fi
}

# what the message must contain, then the file's lines
bad() {
	local part=$1
	shift
	printf '%s\n' "$@" >"$dir/bad.json"
	expect "$dir/bad.json" 3 "$part"
	"$SLOTSIM_ASAN" convert "$dir/bad.json" "$dir/out.pack" 2>/dev/null && echo "converted: $part" && failed=1
	if ls "$dir"/out.pack* >/dev/null 2>&1; then
		echo "half-written: $part"
		failed=1
	fi
}

# 1. the good one, or nothing below means anything
printf '%s\n' "$H" "$E" "$F" >"$dir/good.json"
"$SLOTSIM_ASAN" check "$dir/good.json" 2>/dev/null || { echo "the good trace is refused" && exit 1; }

# 2. the file as such
: >"$dir/empty"
expect "$dir/empty" 3 'empty; a trace starts with its header'
expect "$dir" 3 'name a file, not a folder'
expect "$dir/none" 1 'No such file or directory'
expect /dev/zero 3 'must start with the header object'
head -c 5000 "$SLOTSIM" >"$dir/elf"
expect "$dir/elf" 3 'not a trace'
if [ "$(id -u)" != 0 ]; then
	cp "$dir/good.json" "$dir/secret" && chmod 0 "$dir/secret"
	expect "$dir/secret" 1 'Permission denied; make it readable'
elif command -v setpriv >/dev/null; then
	chmod 755 "$dir" && cp "$dir/good.json" "$dir/secret" && chmod 0 "$dir/secret"
	cp "$SLOTSIM_ASAN" "$dir/slotsim" && chmod 755 "$dir/slotsim"
	setpriv --reuid 65534 --clear-groups "$dir/slotsim" check "$dir/secret" 2>"$dir/err"
	said 1 $? 'secret: Permission denied; make it readable'
fi

# 3. the header
bad 'line 1: not JSON (column' '{"schema":'
bad 'line 1: header: not a trace; line 1 must be an object with "schema"' '{"schema":"other","version":1}'
bad 'line 1: header: version 2 is newer than 1; use a newer slotsim' "${H/\"version\":1/\"version\":2}" "$F"
bad '"version" must be the integer 1' "${H/\"version\":1/\"version\":\"1\"}" "$F"
bad '"fields" must begin with t_ns, vcpu' "${H/\"gfn\",/}" "$F"
bad '"slots" must be the array' "${head%\"slots*}\"slots\":7}" "$F"
bad 'header: "slots"[0]: "npages" is missing' "${H/\"npages\":16,/}" "$F"
bad '"slots"[0]: "npages" is 0; a slot has at least one page' "${H/\"npages\":16/\"npages\":0}" "$F"
bad '"slots"[0]: "base_gfn" is out of range' "${H/\"base_gfn\":0/\"base_gfn\":4503599627370496}" "$F"
bad '"slots"[1]: "npages" is out of range or not an integer; it must be an integer from 0 to 4503599627370464' \
	"${H/\"npages\":4/\"npages\":4503599627370465}" "$F"
bad '"slots"[0]: "base_gfn" is out of range' "${H/\"base_gfn\":0/\"base_gfn\":-1}" "$F"
bad '"slots"[0]: "id" is out of range' "${H/\"id\":0/\"id\":32767}" "$F"
bad '"slots"[0]: "as" is out of range' "${H/\"as\":0/\"as\":2}" "$F"
bad '"kind" must be "ram", "mapped" or "rom"' "${H/\"kind\":\"ram\"/\"kind\":\"disk\"}" "$F"
bad 'header: slot 1 (gfn 15+4) overlaps slot 0 (gfn 0+16) of as 0; slots must be disjoint' \
	"${H/\"base_gfn\":32/\"base_gfn\":15}" "$F"
bad 'header: slot 0 of as 0 exists already' "${H/\"id\":1/\"id\":0}" "$F"

# 4. events
bad 'line 2: not JSON' "$H" 'hello' "$F"
bad 'line 2: not JSON' "$H" '' "$F"
bad 'line 2: must be an event array, a slot change or the footer' "$H" '{"x":1}' "$F"
bad 'line 2: not JSON' "$H" '7' "$F"
bad 'line 2: the event has 6 fields; it must have 7' "$H" '[0,0,"ram",5,0,1]' "$F"
bad 'line 2: unknown op "rma"; it must be one of' "$H" '[0,0,"rma",5,0,1,null]' "$F"
bad 'line 2: unknown op that is no string' "$H" '[0,0,3,5,0,1,null]' "$F"
bad 'line 2: field 1 (t_ns) must be an integer from 0 to 9223372036854775807' "$H" '[-1,0,"ram",5,0,1,null]' "$F"
bad 'line 2: field 1 (t_ns)' "$H" '[1.5,0,"ram",5,0,1,null]' "$F"
bad 'line 2: field 2 (vcpu) must be an integer from 0 to 65534 or null' "$H" '[0,65535,"ram",5,0,1,null]' "$F"
bad 'line 2: field 4 (gfn) must be an integer from 0 to 4503599627370495' "$H" '[0,0,"ram",4503599627370496,0,1,null]' "$F"
bad 'line 2: field 4 (gfn)' "$H" '[0,0,"ram","5",0,1,null]' "$F"
bad 'line 2: field 4 (gfn)' "$H" '[0,0,"ram",null,0,1,null]' "$F"
bad 'line 2: field 5 (slot) must be an integer from 0 to 32766 or null' "$H" '[0,0,"ram",5,32767,1,null]' "$F"
bad 'line 2: field 6 (flags) must be an integer from 0 to 255' "$H" '[0,0,"ram",5,0,256,null]' "$F"
bad 'line 2: field 7 (dur_ns) must be an integer from 0 to 4294967294 or null' "$H" '[0,0,"ram",5,0,1,4294967295]' "$F"
bad 'line 2: the event has 7 fields; op "hva" has an eighth, npages' "$H" '[0,0,"hva",5,0,1,null]' "$F"
bad 'line 2: not JSON (column' "$H" '[99999999999999999999,0,"ram",5,0,1,null]' "$F"
bad 'line 2: gfn 16+1 is not in slot 0, which is at 0+16' "$H" '[0,0,"ram",16,0,1,null]' "$F"
bad 'line 2: gfn 31+1 is not in slot 1' "$H" '[0,0,"mapped",31,1,1,null]' "$F"
bad 'line 2: gfn 15+2 is not in slot 0' "$H" '[0,null,"hva",15,0,0,null,2]' "$F"
bad 'line 2: slot 2 does not exist then' "$H" '[0,0,"ram",5,2,1,null]' "$F"
bad 'line 2: slot 0 does not exist then' "$H" '[0,0,"ram",5,0,4,null]' "$F" # SMM: address space 1
bad 'line 2: op "miss" with slot 0; a miss has slot null' "$H" '[0,0,"miss",5,0,1,null]' "$F"
bad 'line 3: t_ns 4 of vCPU 0 is before its last event at 5' "$H" '[5,0,"ram",5,0,1,null]' '[4,0,"ram",5,0,1,null]' "$F"

# 5. slot changes
create='{"slot":"create","t_ns":1,"as":0,"id":2,"base_gfn":64,"npages":4,"slot_flags":0,"kind":"ram"}'
delete=${create/create/delete}
bad 'line 2: slot change: "slot" must be "create", "delete"' "$H" "${create/create/grow}" "$F"
bad 'line 2: slot change: "t_ns" is missing' "$H" "${create/\"t_ns\":1,/}" "$F"
bad 'line 2: slot change: "generation" is out of range' "$H" "${create/\"t_ns\"/\"generation\":-2,\"t_ns\"}" "$F"
bad 'line 2: slot change: "old": "base_gfn" is missing' "$H" \
	'{"slot":"flags","t_ns":1,"as":0,"id":1,"base_gfn":32,"npages":4,"slot_flags":1,"kind":"ram","old":{}}' "$F"
bad 'line 2: slot 2 (gfn 33+4) overlaps slot 1' "$H" "${create/64/33}" "$F"
bad 'line 3: slot 2 of as 0 exists already' "$H" "$create" "$create" "$F"
bad 'line 2: delete of slot 2 of as 0, which does not exist then' "$H" "$delete" "$F"
bad 'line 4: slot 2 does not exist then' "$H" "$create" "$delete" '[1,0,"ram",64,2,1,null]' "$F"
bad 'line 3: delete of slot 2 says gfn 60+4, but the slot is at 64+4' "$H" "$create" "${delete/64/60}" "$F"
bad 'line 3: slot 2 (gfn 0+4) overlaps slot 0' "$H" "$create" "${create/create\",\"t_ns\":1,\"as\":0,\"id\":2,\"base_gfn\":64/move\",\"t_ns\":1,\"as\":0,\"id\":2,\"base_gfn\":0}" "$F"

# 6. the end
bad 'line 2: truncated: the file ends without its footer; 1 whole events and 0 slot changes were read' "$H" "$E"
bad 'line 1: truncated: the file ends without its footer; 0 whole events' "$H"
bad 'line 3: footer counts 2 events and 0 slot changes, but there are 1 and 0' "$H" "$E" "${F/1/2}"
bad 'line 3: footer: "lost" is missing' "$H" "$E" "${F/,\"lost\":0/}"
bad 'line 4: data behind the footer; it must be last' "$H" "$E" "$F" "$E"
printf '%s\n%s\n%s' "$H" "$E" '[1,0,"ra' >"$dir/cut.json"
expect "$dir/cut.json" 3 'line 2: truncated: the file ends without its footer; 1 whole events'
printf '%s\n' "$H" "$E" "${F/\"lost\":0/\"lost\":3}" >"$dir/lossy.json"
expect "$dir/lossy.json" 3 'line 3: 3 events were lost while recording; record it again with a larger buffer'

# 7. compressed and packed: cut at many places, and many bytes damaged
"$SLOTSIM" convert -q "$dir/good.json" "$dir/good.pack" && zstd -q "$dir/good.json" || exit 1
size=$(stat -c %s "$dir/good.pack")
for ((n = 1; n < size; n += 5)); do
	head -c $n "$dir/good.pack" >"$dir/cut.pack"
	"$SLOTSIM" check "$dir/cut.pack" 2>"$dir/err"
	said 3 $? 'cut.pack: '
done
size=$(stat -c %s "$dir/good.json.zst")
for ((n = 1; n < size; n += n > size - 10 ? 1 : 7)); do
	head -c $n "$dir/good.json.zst" >"$dir/cut.zst"
	expect "$dir/cut.zst" 3 ': '
done
for ((n = 0; n < $(stat -c %s "$dir/good.pack"); n += 9)); do
	{ head -c $n "$dir/good.pack" && printf '\377' && tail -c +$((n + 2)) "$dir/good.pack"; } >"$dir/damaged.pack"
	expect "$dir/damaged.pack" 3 ': '
done
{ cat "$dir/good.pack" && echo; } >"$dir/longer.pack"
expect "$dir/longer.pack" 3 'data behind the end'

# 8. a full disk: reported, and nothing carries the name
if [ -w /dev/full ]; then
	"$SLOTSIM_ASAN" convert -q "$dir/good.json" /dev/full 2>"$dir/err"
	said 1 $? 'No space left on device; free some space'
fi
(trap '' XFSZ && ulimit -f 1 && "$SLOTSIM_ASAN" convert -q "$ROOT/tests/fuzz/corpus/changes.json" "$dir/full.json" 2>"$dir/err")
said 1 $? 'full.json: File too large; choose another name'
if ls "$dir"/full.json* >/dev/null 2>&1; then
	echo "half-written on a full disk"
	failed=1
fi

echo "$checked bad traces"
[ $failed = 0 ] && [ "$checked" -gt 250 ]
