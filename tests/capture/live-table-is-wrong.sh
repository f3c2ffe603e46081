#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a terminal capture shows the rate of each op, the slots, what is lost and the bytes, twice a second, and leaves only its
# summary; with -q, or where standard error is no terminal, there is no table.
set -eu
. "$ROOT/tests/capture/lib.sh"
command -v script >/dev/null || skip "no script(1) to make a terminal with"

export TERM=xterm
guest="$SLOTSIM guest --rate 1000 --accesses 3000 --ram 50 --mapped 20 --miss 30"
on_terminal() { # log, then options of capture
	local log=$1
	shift
	script -qec "$SLOTSIM capture -o $dir/t.json --force $* -- $guest >$dir/guest.out" /dev/null </dev/null >"$log" ||
		fail "capture on a terminal fails: $(cat "$log")"
}

on_terminal "$dir/table"
# each line replaces the one before
tr '\r' '\n' <"$dir/table" | sed 's/\x1b\[K//g' | grep -E '^ *[0-9.]+ s  ' >"$dir/lines" || fail "no table on a terminal"
[ "$(wc -l <"$dir/lines")" -ge 4 ] || fail "only $(wc -l <"$dir/lines") lines in three seconds"
rates=' s  ram [0-9]+/s  mapped [0-9]+/s  miss [0-9]+/s.*  slots 35  lost 0  [0-9]+ KiB$'
[ "$(grep -cE "$rates" "$dir/lines")" -ge 3 ] || fail "not a table of rates, slots, lost and size: $(tail -n 1 "$dir/lines")"
sed 's/.*lost 0  //; s/ KiB//' "$dir/lines" | sort -nuc || fail "the size does not grow"
grep -q '35 slots, 0 lost; ended by: command ended' "$dir/table" || fail "no summary"

on_terminal "$dir/quiet" -q
[ ! -s "$dir/quiet" ] || fail "-q is not quiet: $(cat "$dir/quiet")"

# shellcheck disable=SC2086 # words
"$SLOTSIM" capture -o "$dir/u.json" -- $guest >"$dir/guest.out" 2>"$dir/no-terminal" || fail "capture fails"
if grep -q $'[\r\e]' "$dir/no-terminal"; then fail "a table without a terminal"; fi
