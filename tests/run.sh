#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Run the tests: every program in build/asan/tests/ and every tests/KIND/*.sh. Arguments name kinds or single tests.
#
# A test passes with exit 0, skips with 4 (its last line is the reason), fails with anything else.
# Its output is kept in build/test-logs/. The closing line is `N passed, N failed, N skipped`.
set -u
cd "$(dirname "$0")/.." || exit 1

export ROOT=$PWD SLOTSIM=$PWD/build/slotsim SLOTSIM_ASAN=$PWD/build/asan/slotsim
logs=build/test-logs
rm -rf "$logs"
passed=0 failed=0 skipped=0

wanted() { # path, then the arguments: a kind, or the path's end
	local path=$1 name
	shift
	[ $# = 0 ] && return 0
	for name in "$@"; do
		case $path in */"$name" | */"$name"/* | "$name") return 0 ;; esac
	done
	return 1
}

run_one() { # path
	local path=$1 log name start rc
	name=${path#build/asan/} name=${name#tests/}
	log=$logs/$name.log
	mkdir -p "$(dirname "$log")"
	start=$SECONDS
	timeout -k 10 "${TEST_TIMEOUT:-900}" "$path" >"$log" 2>&1 </dev/null
	rc=$?
	case $rc in
	0) passed=$((passed + 1)) && printf 'ok    %s (%ds)\n' "$name" $((SECONDS - start)) ;;
	4) skipped=$((skipped + 1)) && printf 'skip  %s: %s\n' "$name" "$(tail -n 1 "$log")" ;;
	*)
		failed=$((failed + 1))
		printf 'FAIL  %s (exit %d), %s:\n' "$name" "$rc" "$log"
		tail -n 30 "$log" | sed 's/^/      | /'
		;;
	esac
}

for path in build/asan/tests/*/* tests/*/*.sh; do
	if [ -f "$path" ] && [ -x "$path" ] && wanted "$path" "$@"; then
		run_one "$path"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
