#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command of a ```console block in README.md and docs/ runs and exits 0, in a copy of the tree's layout.
set -eu -o pipefail
cd "$ROOT"
rm -rf build/readme
mkdir -p build/readme
ran=0
for page in README.md docs/*.md; do
	while read -r command; do
		echo "$page: $command"
		bash -eu -o pipefail -c "$command" </dev/null
		ran=$((ran + 1))
	done < <(awk '/^```console/ { on = 1; next } /^```/ { on = 0 } on && sub(/^\$ /, "")' "$page")
done
[ "$ran" -ge 6 ]
