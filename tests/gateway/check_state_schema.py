#!/usr/bin/env python3
"""docs/schema/gateway-state.schema.json accepts what /admin/state.json shows (state.json, which a unit test writes),
and refuses what it never shows."""
import argparse
import copy
import json
import pathlib
import sys

import jsonschema


def changed(state, change):
    other = copy.deepcopy(state)
    change(other)
    return other


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    source = parser.parse_args().source
    schema = json.loads((source / "docs/schema/gateway-state.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    state = json.loads((source / "tests/gateway/state.json").read_text())
    wrong = [f"refused: {error.message}" for error in validator.iter_errors(state)]
    for key, items in schema["properties"].items():
        known = set(items.get("items", {}).get("properties", {}))
        seen = set().union(*state[key]) if known else set()
        if seen != known:
            wrong.append(f"{key}: shown are {sorted(seen)}, the schema has {sorted(known)}")
    bad = [
        changed(state, lambda s: s.pop("serving")),
        changed(state, lambda s: s.update(serving="asleep")),
        changed(state, lambda s: s["refusals"][0].update(status=200)),
        changed(state, lambda s: s["refusals"][0].update(cookie="x")),
        changed(state, lambda s: s["refusals"][0].pop("reason")),
        changed(state, lambda s: s["pools"][0].update(connections=-1)),
        changed(state, lambda s: s["listeners"][0].update(address="[::]")),
        changed(state, lambda s: s["configuration"].update(since="yesterday")),
        changed(state, lambda s: s["refusals"].extend(s["refusals"] * 200)),
    ]
    wrong += [f"accepted: number {number}" for number, each in enumerate(bad) if validator.is_valid(each)]
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
