#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cppcheck finds nothing.
set -eu -o pipefail
cd "$ROOT"
mapfile -t files < <(git ls-files '*.c' ':!:*.bpf.c' ':!:tests/*')
[ ${#files[@]} -gt 10 ]
cppcheck --quiet --std=c11 -j2 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
	--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -D_GNU_SOURCE -D__x86_64__ \
	-DSLOTSIM_VERSION='"0"' -DSLOTSIM_PREFIX='"/usr"' -I. "${files[@]}"
