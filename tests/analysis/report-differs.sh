#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every format against its golden file; the mail table is pure ASCII, at most 72 columns and 40 lines for 5 x 3.
set -eu -o pipefail
here=$ROOT/tests/analysis tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

check_form() { # file: ASCII and narrow
	if LC_ALL=C grep -nP '[^\x20-\x7e]' "$1"; then echo "$1: not ASCII" && exit 1; fi
	awk 'length > 72 { print FILENAME ": " FNR ": " length " columns"; bad = 1 } END { exit bad }' "$1"
}

for format in lkml md csv json; do
	"$SLOTSIM_ASAN" report -f $format "$here/results.json" >"$tmp/report.$format"
	if [ $format = json ]; then jq . <"$tmp/report.json" >"$tmp/parsed" && mv "$tmp/parsed" "$tmp/report.json"; fi
	diff "$here/report.$format" "$tmp/report.$format"
	if grep -nwiE 'nan|inf' "$tmp/report.$format"; then exit 1; fi
done
check_form "$tmp/report.lkml"
[ "$(wc -l <"$tmp/report.lkml")" -le 40 ]
[ "$(jq '[.cells[] | keys_unsorted | join(",")] | unique | length' "$tmp/report.json")" = 1 ]

# A hostile name stays one ASCII line; missing numbers are dashes.
jq '(.traces[0].name, (.runs[] | select(.trace == "boot") | .trace)) = "b\u00f6\u001b[2J\noot" |
    (.runs[] | .cycles.samples) = [] | (.runs[] | .cycles.process) = [] | (.runs[] | .bytes) = null' \
	"$here/results.json" >"$tmp/hostile.json"
"$SLOTSIM_ASAN" report "$tmp/hostile.json" >"$tmp/hostile"
check_form "$tmp/hostile"
grep -qE '^rbtree +- +- +- +- +- +-$' "$tmp/hostile"

# -b puts another structure first.
"$SLOTSIM_ASAN" report -b linear "$here/results.json" | grep -A2 '^boot' | tail -n 1 | grep -q '^linear '

# The page: complete, with its figures, and nothing in it that the network would be asked for.
"$SLOTSIM_ASAN" report -f html -o "$tmp/page.html" "$here/results.json"
[ "$(grep -c '<table>' "$tmp/page.html")" = 3 ]
[ "$(grep -c '<svg' "$tmp/page.html")" = 3 ]
[ "$(grep -c '<td data-v="linear">linear</td>' "$tmp/page.html")" = 3 ]
if grep -nE '(src|href|url)[=(]["'\'']?[a-z]' "$tmp/page.html"; then exit 1; fi
if grep -nE '[^-]\b(nan|inf)\b' "$tmp/page.html"; then exit 1; fi
python3 - "$tmp/page.html" <<'PY'
import html.parser, sys
class Page(html.parser.HTMLParser):
    void = {"meta", "br", "stop"}
    def __init__(self):
        super().__init__()
        self.open = []
    def handle_starttag(self, tag, attrs):
        if tag not in self.void:
            self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        pass
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, "%s closed at %s" % (tag, self.getpos())
page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
assert not page.open, page.open
PY

# A hostile name is text in the page, not markup.
jq '(.traces[0].name, (.runs[] | select(.trace == "boot") | .trace)) = "<img onerror=x>"' "$here/results.json" >"$tmp/markup.json"
"$SLOTSIM_ASAN" report -f html "$tmp/markup.json" >"$tmp/markup.html"
if grep -n '<img' "$tmp/markup.html"; then exit 1; fi
