# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# bash completion of slotsim. Commands and options are asked of the program itself, so they cannot differ from it.
_slotsim() {
	local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} words=''

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ] || { [ "${COMP_WORDS[1]}" = help ] && [ "$COMP_CWORD" = 2 ]; }; then
		words="help $("$program" help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p')"
	elif [ "${word#-}" != "$word" ]; then
		words=$("$program" help "${COMP_WORDS[1]}" 2>/dev/null | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p')
	fi
	[ -z "$words" ] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _slotsim slotsim
