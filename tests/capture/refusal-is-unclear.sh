#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What cannot be captured ends with the right code, one line that names cause and remedy, and no output.
set -eu
. "$ROOT/tests/capture/lib.sh"

refused() { # exit code, what the line says, command...
	local want=$1 says=$2 rc=0
	shift 2
	"$@" >/dev/null 2>"$dir/refused.err" </dev/null || rc=$?
	[ "$rc" = "$want" ] || fail "exit $rc, not $want: $*"
	grep -q -- "$says" "$dir/refused.err" || fail "the message does not say '$says': $*"
	[ "$(wc -l <"$dir/refused.err")" = 1 ] || fail "more than one line: $*"
	if ls "$dir"/t.json* >/dev/null 2>&1; then fail "an output is left: $*"; fi
}

capture=("$SLOTSIM" capture -o "$dir/t.json")
refused 2 'give either' "${capture[@]}"
refused 2 'give either' "${capture[@]}" -p 1 -- true
refused 2 'no output' "$SLOTSIM" capture -- true
refused 2 'duration with its unit' "${capture[@]}" -d 10 -- true
refused 1 'process 4194304: No such process' "${capture[@]}" -p 4194304
refused 1 'holds no KVM' "${capture[@]}" -p $$
refused 1 'No such file' "${capture[@]}" -- "$dir/no-such-command"
refused 1 'no KVM guest' "${capture[@]}" -- true
chmod 777 "$dir"
if setpriv --reuid 65534 --clear-groups test -r "$SLOTSIM"; then
	refused 4 'run as root' setpriv --reuid 65534 --clear-groups "${capture[@]}" -- true
fi
# a mount namespace of its own, in which there is no /dev/kvm
# shellcheck disable=SC2016 # expanded in there
hidden='mount -t tmpfs none /dev && exec "$@"'
if unshare -m sh -c "$hidden" sh true 2>/dev/null; then
	refused 4 '/dev/kvm: No such file' unshare -m sh -c "$hidden" sh "${capture[@]}" -- true
	refused 4 '/dev/kvm: No such file' unshare -m sh -c "$hidden" sh "$SLOTSIM" guest
fi
: >"$dir/exists"
refused 1 'use --force' "$SLOTSIM" capture -o "$dir/exists" -- true
