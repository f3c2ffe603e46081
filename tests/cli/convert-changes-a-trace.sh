#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# JSON -> packed -> JSON gives the same bytes; filters take exactly what they say; an output is never overwritten by
# accident; every way in and out works: pipes, zstd, several zstd frames, no newline at the end.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
convert() { "$SLOTSIM_ASAN" convert -q "$@" 2>/dev/null; }
die() {
	echo "$*"
	exit 1
}
same() { cmp "$1" "$2" || die "$3"; }

src=$ROOT/tests/fuzz/corpus/changes.json
convert "$src" a.json # the writer's own spelling
for form in b.pack b.pack.zst b.json.zst; do
	convert a.json $form
	convert $form back.json
	same a.json back.json "a.json -> $form -> JSON"
	rm back.json
done
convert b.pack c.pack
same b.pack c.pack "packed -> packed"

# the form is told by the bytes, not by the name; through pipes, byte by byte
"$SLOTSIM_ASAN" convert -q - - <b.pack.zst 2>/dev/null >piped.json
same a.json piped.json "stdin to stdout"
(for ((i = 1; i <= 3; i++)); do head -c $i b.json.zst | tail -c 1 && sleep 0.05; done && tail -c +4 b.json.zst) |
	"$SLOTSIM_ASAN" convert -q - - 2>/dev/null >slow.json
same a.json slow.json "a pipe that brings single bytes"
{ head -n 3 a.json | zstd -q && tail -n +4 a.json | zstd -q; } >frames.zst
convert frames.zst frames.json
same a.json frames.json "two zstd frames"
printf %s "$(cat a.json)" >no-newline.json
convert no-newline.json whole.json
same a.json whole.json "no newline at the end"

# unknown keys of header, slots and footer stay
sed -e '1s/"slot_flags":0/&,"later":[1,2]/;1s/}$/,"x":{"y":null}}/' -e '$s/}$/,"z":1.5}/' a.json >keys.json
convert keys.json keys.pack
convert keys.pack keys2.json
same keys.json keys2.json "unknown keys"

# filters: counts by jq on the array lines
count() { jq -c "select(type == \"array\") | select($1)" a.json | wc -l; }
filtered() { # jq condition, then options
	local want got
	want=$(count "$1")
	shift
	convert --force "$@" a.json f.json || die "convert $* failed"
	got=$(grep -c '^\[' f.json || true)
	[ "$want" = "$got" ] || die "$*: $got events, expected $want"
	[ "$(tail -n 1 f.json | jq -r '"\(.events) \(.filtered) \(.lost) \(.slot_changes)"')" = "$got $((5 - got)) 2 4" ] ||
		die "$*: footer $(tail -n 1 f.json)"
	[ "$(head -n 1 f.json | jq -c '.filters | length')" = 1 ] || die "$*: no filter in the header"
}
filtered '.[1] == 0' --vcpu 0
filtered '.[1] == 300 or .[1] == null' --vcpu 300,none
filtered '.[2] == "hva" or .[2] == "rom"' --op hva,rom
filtered '.[0] >= 3' --from 3ns
filtered '.[0] < 3' --to 3ns
filtered '.[0] >= 2 and .[0] < 9000000001 and .[2] == "lookup"' --from 2ns --to 9000000001ns --op lookup
convert --force --op hva,rom a.json f1.json
convert --force --op hva f1.json f2.json
[ "$(tail -n 1 f2.json | jq .filtered)" = 4 ] || die "two filters must add up"
[ "$(head -n 1 f2.json | jq -c .filters)" = '[{"op":["rom","hva"]},{"op":["hva"]}]' ] || die "two filters in the header"

# usage, and nothing is overwritten
code() {
	local want=$1 rc=0
	shift
	"$SLOTSIM_ASAN" convert "$@" >out 2>err || rc=$?
	[ "$rc $(wc -l <err)" = "$want 1" ] || die "convert $*: exit $rc, expected $want: $(cat err)"
}
code 2 a.json
code 2 --op ram,oops a.json x.json
code 2 --op '' a.json x.json
code 2 --vcpu 65535 a.json x.json
code 2 --vcpu 1x a.json x.json
code 2 --from 5s --to 5s a.json x.json
code 2 --from 5 a.json x.json
code 1 a.json b.pack
code 1 a.json nowhere/b.pack
[ ! -e x.json ] || die "an output after a usage error"
same b.pack c.pack "an existing output was touched"
