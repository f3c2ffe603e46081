#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# No function is longer than 60 lines.
set -eu -o pipefail
cd "$ROOT"
mapfile -t files < <(git ls-files '*.c' '*.h')
[ ${#files[@]} -gt 0 ]
ctags -x --kinds-C=f --fields=+e --_xformat='%{end} %n %N %F' "${files[@]}" >/tmp/functions.$$
trap 'rm -f /tmp/functions.$$' EXIT
[ "$(wc -l </tmp/functions.$$)" -gt 50 ] # a check over nothing is no check
awk '$1 - $2 >= 60 { printf "%s:%d: %s has %d lines\n", $4, $2, $3, $1 - $2 + 1; bad = 1 } END { exit bad }' /tmp/functions.$$
