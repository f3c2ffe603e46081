#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# No shell file, whatever its name, has a finding of the shell linter.
set -eu -o pipefail
cd "$ROOT"
mapfile -t files < <(git ls-files | while read -r f; do
	[ -f "$f" ] && head -c 64 "$f" | head -n 1 | grep -aqE '^#!.*/(ba|da)?sh' && echo "$f"
done)
[ ${#files[@]} -gt 5 ]
shellcheck -x "${files[@]}"
