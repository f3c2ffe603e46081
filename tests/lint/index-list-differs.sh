#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Files that define a structure or a cache layer, and the lists that name them, are the same; each symbol is its file's name.
set -eu -o pipefail
cd "$ROOT"
bad=0

compare() { # folder, list macro's entry, pattern of a definition
	local listed defined file stem
	listed=$(sed -n "s/^[[:space:]]*$2(\([a-z0-9_]*\)).*/\1/p" "$1/list.h" | tr _ - | sort)
	defined=$(grep -lE "$3" "$1"/*.c | sed "s|^$1/||; s|\.c\$||" | sort)
	[ "$(wc -l <<<"$listed")" -ge 4 ]
	diff <(echo "$listed") <(echo "$defined") || bad=1
	for stem in $listed; do
		file=$1/$stem.c
		if ! grep -qE "^(INDEX_DEFINE\(|const struct cache_ops cache_)${stem//-/_}\)? = \{" "$file" ||
			! grep -qF ".name = \"$stem\"," "$file"; then
			echo "$file: symbol and name are not $stem"
			bad=1
		fi
	done
}

compare replay/index INDEX '^INDEX_DEFINE\('
compare replay/cache CACHE '^const struct cache_ops cache_[a-z_]* ='
exit $bad
