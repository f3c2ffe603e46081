#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# --help, manual page and both completions know the same options and the same commands.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$ROOT/man/make.sh" "$SLOTSIM" "$tmp/man"
export PATH=${SLOTSIM%/*}:$PATH
# shellcheck source=man/slotsim.bash
. "$ROOT/man/slotsim.bash"

in_bash() { # words: what completion offers for the last of them
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_slotsim
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

in_zsh() { # command: the options that the completion describes
	zsh -fc 'function _describe { print -l -- ${${(@P)2}%%:*} }; function _files { }
		words=(slotsim "$1" -); CURRENT=3; source "$2"' zsh "$1" "$ROOT/man/_slotsim" | sort
}

commands=$("$SLOTSIM" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "$(wc -l <<<"$commands")" -ge 10 ]
diff <(printf '%s\nhelp\n' "$commands" | sort) <(in_bash slotsim '')
for command in $commands; do
	"$SLOTSIM" "$command" --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p' | sort >"$tmp/help"
	sed -n 's/\\-/-/g; s/^\.It .*\(--[a-z-]*\).*/\1/p' "$tmp/man/slotsim-$command.1" | sort >"$tmp/page"
	in_bash slotsim "$command" - >"$tmp/bash"
	[ "$(wc -l <"$tmp/help")" -ge 3 ]
	diff "$tmp/help" "$tmp/page"
	diff "$tmp/help" "$tmp/bash"
	if command -v zsh >/dev/null; then diff "$tmp/help" <(in_zsh "$command"); fi
	grep -qF "slotsim\\-$command 1" "$tmp/man/slotsim.1"
done
if command -v mandoc >/dev/null; then
	if mandoc -T lint -W error "$tmp"/man/* | grep .; then exit 1; fi
fi
