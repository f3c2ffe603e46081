#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every JSON output of every command parses as strict JSON, without NaN or Infinity and without a key that stands twice.
set -eu -o pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

parse() { # what, file: whole, or a line at a time
	python3 - "$1" "$2" <<'PY'
import json, sys
def no_constant(name):
    raise ValueError(name)
def once(pairs):
    assert len(dict(pairs)) == len(pairs), "a key stands twice: %s" % [k for k, _ in pairs]
    return dict(pairs)
def parse(text):
    return json.loads(text, parse_constant=no_constant, object_pairs_hook=once)
what, path = sys.argv[1:]
text = open(path, encoding="utf-8").read()
assert text.endswith("\n"), what + ": no line end"
try:
    parse(text)
except ValueError:
    assert text.count("\n") > 1, what + ": no JSON"
    for nr, line in enumerate(text.splitlines(), 1):
        try:
            parse(line)
        except ValueError as e:
            sys.exit("%s: line %d: %s" % (what, nr, e))
PY
}

run() { # arguments...
	"$SLOTSIM" "$@" >out.json 2>err || { echo "slotsim $*:" && cat err && exit 1; }
	parse "slotsim $*" out.json
}

"$SLOTSIM" generate -q -n 3000 -o churn.json "$ROOT/workloads/recipes/churn.json"
parse 'slotsim generate' churn.json
"$SLOTSIM" convert -q churn.json churn.pack
"$SLOTSIM" convert -q churn.pack back.json
parse 'slotsim convert' back.json
run info -f json churn.json churn.pack
for what in indexes caches eras modes counters recipes; do
	run list -f json "$what"
done
run env -f json
"$SLOTSIM" replay -q -r 1 --processes 1 --force --cache none/mmio-vcpu,mmio-spte --mode batch,chain,single,cold,paced,update,threads \
	-o results.json churn.json 2>err
parse 'slotsim replay' results.json
run report -f json results.json
run answer -q -r 1 --processes 1 --force -f json churn.json
"$SLOTSIM" selftest -f json -n 1 --processes 3 >out.json || [ $? = 5 ] # a verdict is not what is asked here
parse 'slotsim selftest' out.json
[ ! -e /dev/kvm ] || run guest --accesses 500

# The checker itself: NaN and a doubled key are found.
echo '{"a":NaN}' >bad.json
if parse bad bad.json 2>/dev/null; then echo 'NaN passes' && exit 1; fi
echo '{"a":1,"a":2}' >bad.json
if parse bad bad.json 2>/dev/null; then echo 'a doubled key passes' && exit 1; fi
