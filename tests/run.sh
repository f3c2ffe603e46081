#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Run the tests: every program in build/asan/tests/ and every tests/KIND/*.sh but the benchmarks of tests/bench, which
# have targets of their own. Arguments name kinds or single tests.
#
# A test passes with exit 0, skips with 4 (its last line is the reason), fails with anything else.
# JOBS of them run at a time (default: one a CPU). Output is kept in build/test-logs/.
# The closing line is `N passed, N failed, N skipped`.
set -u
cd "$(dirname "$0")/.." || exit 1

export ROOT=$PWD SLOTSIM=$PWD/build/slotsim SLOTSIM_ASAN=$PWD/build/asan/slotsim
logs=build/test-logs
rm -rf "$logs"
JOBS=${JOBS:-$(nproc)}

wanted() { # path, then the arguments: a kind, or the path's end
	local path=$1 name
	shift
	case $path in tests/bench/*) return 1 ;; esac
	[ $# = 0 ] && return 0
	for name in "$@"; do
		case $path in */"$name" | */"$name"/* | "$name") return 0 ;; esac
	done
	return 1
}

# Run one test; what is printed of it stays in $logs/NAME.log.result, for the count at the end.
run_one() { # path
	local path=$1 log name start rc alone=()
	name=$(name_of "$path")
	log=$logs/$name.log
	mkdir -p "$(dirname "$log")"
	start=$SECONDS
	case $name in
	capture/*) alone=(flock -o "$logs/capture.lock") ;; # what bpftrace and bpftool tell is of the whole host
	esac
	timeout -k 10 "${TEST_TIMEOUT:-1800}" "${alone[@]}" "$path" >"$log" 2>&1 </dev/null
	rc=$?
	case $rc in
	0) printf 'ok    %s (%ds)\n' "$name" $((SECONDS - start)) ;;
	4) printf 'skip  %s: %s\n' "$name" "$(tail -n 1 "$log")" ;;
	*)
		printf 'FAIL  %s (exit %d), %s:\n' "$name" "$rc" "$log"
		tail -n 30 "$log" | sed 's/^/      | /'
		;;
	esac >"$log.result"
	cat "$log.result"
}

name_of() { # path
	local name=${1#build/asan/}
	echo "${name#tests/}"
}

count() { # ok|skip|FAIL
	find "$logs" -name '*.result' -exec grep -l "^$1 " {} + 2>/dev/null | wc -l
}

# The virtual machines first: they take longest.
for path in tests/vm/*.sh build/asan/tests/*/* tests/*/*.sh; do
	if [ -f "$path" ] && [ -x "$path" ] && wanted "$path" "$@" && [ ! -e "$logs/$(name_of "$path").log" ]; then
		[ "$(jobs -rp | wc -l)" -lt "$JOBS" ] || wait -n
		run_one "$path" &
	fi
done
wait
passed=$(count ok) failed=$(count FAIL) skipped=$(count skip)
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
