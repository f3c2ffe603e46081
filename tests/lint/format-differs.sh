#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sources are as `make format` writes them.
set -eu -o pipefail
cd "$ROOT"
mapfile -t files < <(git ls-files '*.c' '*.h')
[ ${#files[@]} -gt 0 ]
clang-format --dry-run -Werror "${files[@]}"
