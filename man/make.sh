#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Make the manual pages: man/make.sh PROGRAM FOLDER. Section 1 is made of the program's own --help, section 5 of docs/.
set -eu -o pipefail
program=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)
version=$("$program" --version | cut -d' ' -f2)
date=$(date -u -r "$program" +'%B %-d, %Y')
mkdir -p "$folder"

commands=$("$program" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
{
	printf '.Dd %s\n.Dt SLOTSIM 1\n.Os slotsim %s\n.Sh NAME\n.Nm slotsim\n' "$date" "$version"
	printf '.Nd trace-driven simulator of KVM memory slot lookups\n.Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op options\n'
	printf '.Sh DESCRIPTION\n%s\n.Sh COMMANDS\n.Bl -tag -width Ds\n' "$("$program" help | sed -n 2p)"
	"$program" help | sed -n 's/^  \([a-z]*\)  *\(.*\)/.It Xr slotsim\\-\1 1\n\2/p'
	printf '.El\n.Sh EXIT STATUS\n'
	"$program" help | sed -n 's/^Exit codes: //p; /^[it5].*[,.]$/p'
	printf '.Sh SEE ALSO\n.Xr slotsim-recipe 5 ,\n.Xr slotsim-results 5 ,\n.Xr slotsim-trace 5\n'
} >"$folder/slotsim.1"

for command in $commands; do
	"$program" "$command" --help | LC_ALL=C awk -f "$here/page1.awk" -v command="$command" -v version="$version" \
		-v date="$date" >"$folder/slotsim-$command.1"
done
for name in trace recipe results; do
	awk -f "$here/page5.awk" -v name="$name" -v version="$version" -v date="$date" \
		<"$here/../docs/$name-format.md" >"$folder/slotsim-$name.5"
done
