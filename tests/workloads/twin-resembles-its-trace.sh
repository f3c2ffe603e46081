#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fit: the synthetic twin has the trace's shares, bursts, runs of misses and reuse; two different workloads do not.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

closeness() { # a b: what they have in common, of all that both have
	"$SLOTSIM" info --compare -f json "$1" "$2" |
		jq -r '[.ops, .miss_runs, (.classes[] | .reuse, .burst)] | map(select(. != null)) | min'
}

at_least() { # what got want
	jq -ne "$2 >= $3" >/dev/null || { echo "$1: $2 in common, less than $3" && bad=1; }
}

twin() { # trace name
	"$SLOTSIM_ASAN" fit -q "$1" -o "$tmp/$2.json"
	"$SLOTSIM" generate -q "$tmp/$2.json" -s 7 -o "$tmp/$2.twin.pack"
	"$SLOTSIM" check -q "$tmp/$2.twin.pack"
}

for name in churn virtio-net slots-117 migration; do
	"$SLOTSIM" generate -q "$ROOT/workloads/recipes/$name.json" -n 200000 -o "$tmp/$name.pack"
	twin "$tmp/$name.pack" "$name"
	at_least "$name" "$(closeness "$tmp/$name.pack" "$tmp/$name.twin.pack")" 0.8
done
twin "$ROOT/workloads/traces/demo.json.zst" demo
at_least demo "$(closeness "$ROOT/workloads/traces/demo.json.zst" "$tmp/demo.twin.pack")" 0.8

# What changes is kept: the log of dirty pages as such, and which slot comes and goes.
jq -e '[.phases[].dirty_log.every] | any' "$tmp/migration.json" >/dev/null || { echo "migration: no dirty log" && bad=1; }
jq '.churn.slot = 5' "$ROOT/workloads/recipes/churn.json" >"$tmp/one.recipe.json"
"$SLOTSIM_ASAN" generate -q "$tmp/one.recipe.json" -n 100000 -o "$tmp/one.pack"
twin "$tmp/one.pack" one
jq -e '[.phases[].churn.slot] | unique == [5]' "$tmp/one.json" >/dev/null || { echo "churn: not of slot 5" && bad=1; }

# A sweep stays one: what a branch predictor makes of it is not what it makes of the same pages at random.
steps() { # trace: share of accesses to the page behind the last one
	"$SLOTSIM" convert -q "$1" - | awk -F, '/^\[/ { n++; steps += $4 == last + 1; last = $4 } END { print steps / n }'
}
twin "$ROOT/workloads/traces/dirty-log-perf.json.zst" dirty-log-perf
at_least "dirty-log-perf, steps" "$(steps "$tmp/dirty-log-perf.twin.pack")" 0.9

# the test of the test
far=$(closeness "$tmp/churn.pack" "$tmp/virtio-net.pack")
jq -ne "$far < 0.6" >/dev/null || { echo "churn and virtio-net have $far in common" && bad=1; }
exit $bad
