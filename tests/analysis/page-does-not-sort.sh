#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The html report in headless Chromium: drawn whole without script, and a click on a heading sorts its table, numbers as
# numbers, down on the second click.
set -eu -o pipefail
command -v chromium >/dev/null || { echo 'chromium is not installed' && exit 4; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

"$SLOTSIM" report -q -f html -o page.html "$ROOT/tests/analysis/results.json"

browse() { # arguments...
	HOME=$tmp timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$tmp/profile" "$@" 2>browser.log
}

# What stands in the first column of the first table, after the clicks on headings N...; the page itself is not touched.
order() {
	local clicks
	clicks=$(printf 'document.querySelectorAll("table th button")[%d].click();' "$@")
	sed "s|</body>|<script>$clicks</script></body>|" page.html >clicked.html
	browse --dump-dom "file://$tmp/clicked.html" >dom.html
	sed -n '/<tbody>/,/<\/tbody>/p' dom.html | sed '/<\/tbody>/q' | grep -o '<tr[^>]*><td data-v="[^"]*"' | sed 's/.*data-v="\(.*\)"/\1/' |
		paste -sd ' '
}

[ "$(order 0)" = 'bsearch g-flat linear rbtree size-sorted' ]
[ "$(order 1)" = 'g-flat size-sorted linear rbtree bsearch' ]
[ "$(order 1 1)" = 'bsearch rbtree linear size-sorted g-flat' ]
grep -q 'aria-sort="descending"' dom.html
# 1.1K, 128, 6.5K sort by their bytes
[ "$(order 6)" = 'g-flat linear size-sorted bsearch rbtree' ]

# Without script: text and figures are all there. The picture is 1000 x 1600 and no blank sheet.
sed '/<script>/,/<\/script>/d' page.html >still.html
browse --screenshot="$tmp/page.png" --window-size=1000,1600 "file://$tmp/still.html"
[ "$(head -c 24 page.png | od -An -tu1 -j 16 | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }')" = '1000 1600' ]
[ "$(wc -c <page.png)" -gt 50000 ]
