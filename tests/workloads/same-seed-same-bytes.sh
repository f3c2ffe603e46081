#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Recipe and seed decide every byte: the digests below hold for gcc, clang and the sanitizers, and on every machine.
# Another seed gives another trace. A change of the generator or of a recipe changes them: `slotsim info` prints the new.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

digest() { # program recipe seed
	"$1" generate -q "$ROOT/workloads/recipes/$2.json" -n 20000 -s "$3" -o - | sha256sum | cut -d' ' -f1
}

while read -r recipe want; do
	for program in "$SLOTSIM" "$SLOTSIM_ASAN" "$ROOT/build/clang/slotsim"; do
		got=$(digest "$program" "$recipe" 1)
		[ "$got" = "$want" ] || { echo "$recipe: $got by $program, not $want" && bad=1; }
	done
	[ "$(digest "$SLOTSIM" "$recipe" 2)" != "$want" ] || { echo "$recipe: the seed makes no difference" && bad=1; }
done <<'END'
dial 4450fac70e58882e648eff3be9180c02c33aba0bbb0aa98b92f6554ee77800e9
slots-32764 8494ff331b72de4f82b236e7fd48627990ec563ce825b52f6b737f20c2131f7c
boot-steady-storm a54766a0f49f718a6d283fdfe0812e4f4bdd05bb6dc7b699eeaa4be0a3a629fc
migration 87ba292f0666b6756ac494a2d28d65e82978f3763fc24321f72c3c232dbe4fdd
swap 3f25ed358debf6c90cbeb900ffcfdb19e70a99c053435ae32e80e64ba8cf2615
shadow 85eb84be42278d4ce39f9e9c4a05af9150eaf2b42c9217ccb7b458cb5c04358e
END
exit $bad
