#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What recording costs the guest that is recorded: the same guest alone and under each recorder, in turn, in one run. Exit 5
# where slotsim capture is not the cheapest, or not below half of bpftrace's cost. `make bench-capture` runs it: ROUNDS=,
# ACCESSES= of one run, VM="6.12 1" in an emulated machine with that kernel and npt instead of on this host. A nanosecond is one
# instruction there (tests/vm/run -i).
set -eu -o pipefail
cd "$(dirname "$0")/../.."
export ROUNDS=${ROUNDS:-9} ACCESSES=${ACCESSES:-20000}
if [ -n "${VM:-}" ]; then
	read -r kernel npt <<<"$VM"
	VM='' exec tests/vm/run -i -t 3600 "$kernel" "$npt" "$0"
fi
# shellcheck disable=SC2016 # the inner shell expands it
if [ ! -e /sys/kernel/tracing/events ] && [ "${1:-}" != mounted ]; then
	exec unshare -m sh -c 'mount -t tracefs tracefs /sys/kernel/tracing; exec "$0" mounted' "$0"
fi
export SLOTSIM=$PWD/build/slotsim
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The CPU time of the guest's process, which the probes run in, goes to $dir/cpu; bpftrace is told the process beforehand.
cat >"$dir/guest" <<'END'
#!/bin/bash
TIMEFORMAT='%3U %3S'
{ time sh -c 'echo $$ >"$0/pid"; read -r _ <"$0/go"; exec "$SLOTSIM" guest --accesses "$ACCESSES" >"$0/report" 2>"$0/err"' \
	"$1"; } 2>"$1/cpu"
END
chmod +x "$dir/guest"
mkfifo "$dir/go"

waits_for() { # what is to stand in a file, the file
	for _ in $(seq 600); do
		grep -qs "$1" "$2" && return
		sleep 0.1
	done
	echo "bench-capture: $2: no $1 after 60 s" >&2
	exit 1
}

run() { # recorder
	local guest=("$dir/guest" "$dir") recorder twin=
	rm -f "$dir/pid" "$dir/twin" "$dir/recording"
	case $1 in
	none | bpftrace) ;;
	slotsim) guest=("$SLOTSIM" capture -q --force -o "$dir/recording" -- "${guest[@]}") ;;
	perf) guest=(perf record -q -m 2048 -o "$dir/recording" -e 'kvm:*,kvmmmu:*' -- "${guest[@]}") ;;
	trace-cmd) guest=(trace-cmd record -q -F -c -o "$dir/recording" -e kvm -e kvmmmu -- "${guest[@]}") ;;
	esac
	"${guest[@]}" >"$dir/out" 2>&1 &
	recorder=$!
	waits_for . "$dir/pid"
	if [ "$1" = bpftrace ]; then
		BPFTRACE_PERF_RB_PAGES=1024 bpftrace -f json capture/memslots.bt "$(cat "$dir/pid")" >"$dir/twin" 2>>"$dir/out" &
		twin=$!
		waits_for ready "$dir/twin"
	fi
	echo >"$dir/go"
	wait "$recorder"
	[ -z "$twin" ] || { kill -s INT "$twin" && wait "$twin"; }
	case $1 in # a recorder that loses is cheap
	bpftrace) "$SLOTSIM" convert -q --force "$dir/twin" "$dir/recording" && "$SLOTSIM" check -q "$dir/recording" ;;
	slotsim) "$SLOTSIM" check -q "$dir/recording" ;;
	none) ;;
	*) [ -s "$dir/recording" ] ;;
	esac
	awk -v recorder="$1" -v wall="$(jq .ns "$dir/report")" -v n="$ACCESSES" \
		'{ printf "%s %.0f %.0f\n", recorder, ($1 + $2) * 1e9 / n, wall / n }' "$dir/cpu"
}

recorders=(none slotsim bpftrace perf trace-cmd)
if ! trace-cmd record -q -F -o "$dir/recording" -e kvm -- true >"$dir/out" 2>&1; then
	echo "without trace-cmd, which this host refuses: $(head -n 1 "$dir/out")" >&2
	unset 'recorders[4]'
fi
nr=${#recorders[@]}
for ((round = 0; round < ROUNDS; round++)); do
	for ((i = 0; i < nr; i++)); do
		run "${recorders[(i + round) % nr]}" | sed "s/^/$round /"
	done | tee -a "$dir/all" | awk -v round=$((round + 1)) '{ printf "%s %s", NR == 1 ? "round " round ":" : ",", $2 " " $3 }
		END { print " ns" }' >&2
done

echo "$ROUNDS rounds of $ACCESSES accesses, kernel $(uname -r), $(nproc) CPUs; ns per access, medians:"
echo
awk '
function median(list, n,    i, j, t) {
	for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
{ cpu[$2, $1] = $3; wall[$2, $1] = $4; if (!($2 in seen)) { seen[$2] = 1; order[++names] = $2 } if ($1 >= rounds) rounds = $1 + 1 }
END {
	print "| recorder | CPU time of the guest | added by recording | lowest and highest | of bpftrace | run time |"
	print "|---|---|---|---|---|---|"
	for (k = 1; k <= names; k++) {
		name = order[k]
		for (r = 0; r < rounds; r++) { c[r + 1] = cpu[name, r]; w[r + 1] = wall[name, r]; a[r + 1] = cpu[name, r] - cpu["none", r] }
		c_[name] = median(c, rounds); w_[name] = median(w, rounds); a_[name] = median(a, rounds); lo[name] = a[1]; hi[name] = a[rounds]
	}
	for (k = 1; k <= names; k++) {
		name = order[k]
		if (name == "none") printf "| none | %.0f | | | | %.0f |\n", c_[name], w_[name]
		else printf "| %s | %.0f | %.0f | %.0f to %.0f | %.2f | %.0f |\n", name, c_[name], a_[name], lo[name], hi[name],
			a_[name] / a_["bpftrace"], w_[name]
		if (name != "none" && name != "slotsim" && a_["slotsim"] >= a_[name]) dear = dear " " name
	}
	print ""
	print dear ? "missed: slotsim capture costs no less than" dear : "met: slotsim capture costs least"
	half = a_["slotsim"] < a_["bpftrace"] / 2
	print (half ? "met" : "missed") ": slotsim capture costs less than half of bpftrace"
	exit dear || !half ? 5 : 0
}' "$dir/all"
