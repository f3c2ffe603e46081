#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every line of every trace in the repo, and of what the writer makes of it, fits docs/trace.schema.json; lines that the
# loader refuses by themselves do not.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mapfile -t traces < <(cd "$ROOT" && git ls-files 'tests/fuzz/corpus/*.json' 'workloads/traces/*.zst' 'tests/cli/recordings/*')
[ ${#traces[@]} -gt 0 ] || { echo "no traces to check" && exit 1; }
for trace in "${traces[@]}"; do
	"$SLOTSIM" convert -q "$ROOT/$trace" "$dir/$(basename "$trace").json" 2>/dev/null
done

/usr/bin/python3 - "$ROOT/docs/trace.schema.json" "$dir"/*.json <<'EOP'
import json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
check = jsonschema.Draft7Validator(schema)
LINES = 2000  # of each trace: its beginning, and its end

lines = 0
for path in sys.argv[2:]:
    text = open(path).read().splitlines()
    for line in text[:LINES] + text[LINES:][-LINES:]:
        error = next(check.iter_errors(json.loads(line)), None)
        if error:
            sys.exit(f"{path}: {line[:200]}: {error.message[:300]}")
        lines += 1

slot = {"as": 0, "id": 0, "base_gfn": 0, "npages": 1, "slot_flags": 0, "kind": "ram"}
change = {"slot": "create", "t_ns": 0, **slot}
footer = {"end": True, "events": 0, "slot_changes": 0, "lost": 0}
header = {"schema": "slotsim.trace", "version": 1, "slots": [slot],
          "fields": ["t_ns", "vcpu", "op", "gfn", "slot", "flags", "dur_ns"]}
event = [0, 0, "ram", 0, 0, 0, None]
for good in (change, footer, header, event):
    check.validate(good)

def without(line, key):
    return {k: v for k, v in line.items() if k != key}

bad = [7, "ram", {}, event[:6], [0, 0, "hva", 0, 0, 0, None]]
bad += [[*event[:i], wrong, *event[i + 1:]] for i, wrong in enumerate([-1, 65535, "rma", 1 << 52, 32767, 256, -1])]
bad += [[*event[:i], "5", *event[i + 1:]] for i in (0, 1, 3, 4, 5, 6)]
bad += [without(change, key) for key in change]
bad += [without(footer, key) for key in footer]
bad += [without(header, key) for key in header]
bad += [{**header, "version": 2}, {**change, "npages": 0}, {**change, "old": {}}, {**footer, "lost": None}]
for line in bad:
    if check.is_valid(line):
        sys.exit(f"the schema lets this through: {line}")
print(f"{lines} lines fit, {len(bad)} bad ones do not")
EOP
