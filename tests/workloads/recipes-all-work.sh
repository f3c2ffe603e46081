#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every recipe of the project obeys the schema, says what it is for, has the slots its name promises, and makes
# a trace that passes check; one that shrinks and stretches does too.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0 seen=0

for recipe in "$ROOT"/workloads/recipes/*.json; do
	name=$(basename "$recipe" .json)
	seen=$((seen + 1))
	python3 - "$ROOT/docs/recipe.schema.json" "$recipe" <<-'PY' || bad=1
		import json, sys, jsonschema
		schema, recipe = (json.load(open(path)) for path in sys.argv[1:])
		jsonschema.Draft7Validator.check_schema(schema)
		jsonschema.validate(recipe, schema)
	PY
	jq -e --arg name "$name" '.name == $name and (.purpose | length > 20)' "$recipe" >/dev/null ||
		{ echo "$recipe: name or purpose" && bad=1; }
	for events in 1 40000; do
		"$SLOTSIM_ASAN" generate -q "$recipe" -n $events -o "$tmp/t.pack" --force || bad=1
		"$SLOTSIM" check -q "$tmp/t.pack" || bad=1
		"$SLOTSIM" info -f json "$tmp/t.pack" >"$tmp/info"
		[ "$(jq .events "$tmp/info")" = $events ] || { echo "$name: not $events events" && bad=1; }
	done
	case $name in
	slots-* | scattered-* | ladder-*)
		[ "$(jq .slots.start "$tmp/info")" = "${name##*-}" ] || { echo "$name: other slots" && bad=1; }
		;;
	esac
done
echo "$seen recipes"
[ "$seen" -ge 15 ]
exit $bad
