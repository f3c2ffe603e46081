#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A sweep as a job array of a real Slurm, one node on loopback: each task writes its own results, a cancelled one is named
# and submitted again alone.
set -eu -o pipefail
for program in slurmctld slurmd sbatch; do
	command -v $program >/dev/null || { echo "no $program: Debian's package slurm-wlm has it" && exit 4; }
done
[ "$(id -u)" = 0 ] || { echo 'a Slurm node of our own takes root' && exit 4; }
tmp=$(mktemp -d)
pids=()
stop() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$tmp"
}
trap stop EXIT
cd "$tmp"

node=$(hostname -s) port=$((20000 + $$ % 20000))
mkdir state spool
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
AuthType=auth/none
CredType=cred/none
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$tmp/state
SlurmdSpoolDir=$tmp/spool
SlurmctldPidFile=$tmp/slurmctld.pid
SlurmdPidFile=$tmp/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
NodeName=$node NodeAddr=127.0.0.1 CPUs=1
PartitionName=all Nodes=ALL Default=YES State=UP
END
export SLURM_CONF=$tmp/slurm.conf
slurmctld -D >slurmctld.log 2>&1 &
pids+=($!)
slurmd -D >slurmd.log 2>&1 &
pids+=($!)
for ((i = 0; i < 60; i++)); do
	sinfo -h -t idle 2>/dev/null | grep -q "$node" && break
	sleep 0.5
done
sinfo -h -t idle | grep -q "$node" || { tail slurmctld.log slurmd.log && echo 'Slurm does not start here' && exit 4; }

submit() { # list: as docs/sweep.md does it
	sbatch --parsable --array=1-"$(wc -l <"$1")" "$ROOT/workloads/sweep.sbatch" "$1"
}
drain() {
	for ((i = 0; i < 240; i++)); do
		[ -n "$(squeue -h)" ] || return 0
		sleep 0.5
	done
	squeue && return 1
}

"$SLOTSIM" generate -q "$ROOT/workloads/recipes/slots-13.json" -n 70000 -o t.pack
"$SLOTSIM" replay --jobs -r 1 --processes 2 -o out --slots 9,32 -x rbtree,bsearch t.pack >jobs.txt
array=$(submit jobs.txt)
scancel "${array}_4"
drain
"$SLOTSIM" report --jobs jobs.txt --missing >again
diff again <(tail -n 1 jobs.txt)
submit again >/dev/null
drain
[ -z "$("$SLOTSIM" report --jobs jobs.txt --missing)" ]
"$SLOTSIM" report -f csv --jobs jobs.txt | grep -c '"all"' | grep -qx 4
