#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A sweep in jobs: a line for each trace, number of slots, era and structure; a killed job leaves no results, is named, and
# runs again alone; the report joins them, each row with the baseline of its own job, and refuses another machine's.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
"$SLOTSIM" generate -q "$ROOT/workloads/recipes/slots-13.json" -n 70000 -o one.pack
"$SLOTSIM" generate -q "$ROOT/workloads/recipes/slots-32.json" -n 70000 -o "it's two.pack"

"$SLOTSIM" replay --jobs -r 1 --processes 2 -o out --slots 9,recorded -x rbtree,granule --era 3.19,5.17 \
	one.pack "it's two.pack" >jobs.txt
[ "$(wc -l <jobs.txt)" = 16 ]
[ "$(sort -u jobs.txt | wc -l)" = 16 ]
[ -z "$(ls out)" ]
[ "$("$SLOTSIM" replay --jobs -x all one.pack | wc -l)" = "$("$SLOTSIM" list indexes -f json | jq '[.[] | select(.name != "null" and .name != "interval-hva")] | length')" ]

# shellcheck disable=SC2016 # the words are parallel's
# all but the last at once, and the last is killed at work
head -n 15 jobs.txt | parallel -j 2 --halt now,fail=1 taskset -c '$(({%} % $(nproc)))' bash -c {} 2>err || { cat err && exit 1; }
line=$(tail -n 1 jobs.txt)
set -m
bash -c "${line/--repeats 1/--repeats 1000}" 2>/dev/null &
set +m
sleep 1
kill -KILL -- -$!
wait $! 2>/dev/null || true
killed="it's two-recorded-5.17-granule.json"
[ "$(find out -name '*.json' | wc -l)" = 15 ]
[ ! -e "out/$killed" ]

rc=0 && "$SLOTSIM" report --jobs jobs.txt >report.txt 2>err || rc=$?
[ "$rc" = 3 ]
[ ! -s report.txt ]
grep -qF "slotsim report: out/$killed is missing" err
grep -q '1 of 16 jobs' err
[ "$("$SLOTSIM" report --jobs jobs.txt --missing)" = "$line" ]
"$SLOTSIM" report --jobs jobs.txt --missing | bash 2>/dev/null
[ -z "$("$SLOTSIM" report --jobs jobs.txt --missing)" ]

# joined: 2 traces on 2 numbers of slots under 2 eras, each with 2 structures
"$SLOTSIM" report -f csv --jobs jobs.txt >report.csv
[ "$(grep -c '"all"' report.csv)" = 16 ]
"$SLOTSIM" report --jobs jobs.txt | grep -c '^5.17/rbtree ' | grep -qx 4

# the order in which files are named changes no figure
"$SLOTSIM" report -f csv out/one-9-5.17-rbtree.json out/one-9-5.17-granule.json | grep granule >a
"$SLOTSIM" report -f csv out/one-9-5.17-granule.json out/one-9-5.17-rbtree.json | grep granule >b
[ -s a ]
cmp a b

jq '.env.cpu = "Another CPU"' "out/$killed" >x
mv x "out/$killed"
rc=0 && "$SLOTSIM" report --jobs jobs.txt >report.txt 2>err || rc=$?
[ "$rc" = 2 ]
[ ! -s report.txt ]
grep -q 'unlike machines (cpu: .*, Another CPU)' err

refuse() { # code, stderr, arguments
	local rc=0 code=$1 text=$2
	shift 2
	"$SLOTSIM" "$@" >out.txt 2>err || rc=$?
	if [ "$rc" != "$code" ] || ! grep -qF -- "$text" err || [ -s out.txt ]; then
		echo "$*: exit $rc" && cat err && return 1
	fi
}
rc=0 && "$SLOTSIM" replay --jobs -x rbtree one.pack ./one.pack >out.txt 2>err || rc=$?
[ "$rc" = 2 ]
grep -q 'two jobs would write ./one-rbtree.json' err
refuse 2 "no structure 'rbtre'" replay --jobs -x rbtre one.pack
refuse 2 "--slots has no 'many'" replay --jobs --slots many one.pack
refuse 1 'none.pack: No such file' replay --jobs none.pack
refuse 2 '--missing goes with --jobs' report --missing out/*.json
refuse 2 '--jobs names the results already' report --jobs jobs.txt out/one-9-5.17-rbtree.json
echo 'rm -rf x' >bad
refuse 3 'bad: line 1: no job' report --jobs bad
# shellcheck disable=SC2016
echo 'slotsim replay -o $(touch ran)/x t' >bad
refuse 3 'bad: line 1: no job' report --jobs bad
[ ! -e ran ]
: >bad
refuse 3 'bad: no job' report --jobs bad
