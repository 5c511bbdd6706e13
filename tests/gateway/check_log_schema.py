#!/usr/bin/env python3
"""docs/schema/gateway-log.schema.json accepts what the gateway logs (log_lines.jsonl, which a unit test writes), and
refuses what it never logs."""
import argparse
import json
import pathlib
import sys

import jsonschema


def changed(line, **changes):
    return {**line, **{key.replace("__", "."): value for key, value in changes.items()}}


def without(line, key):
    return {name: value for name, value in line.items() if name != key}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    source = parser.parse_args().source
    schema = json.loads((source / "docs/schema/gateway-log.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = []
    lines = [json.loads(line) for line in (source / "tests/gateway/log_lines.jsonl").read_text().splitlines()]
    for line in lines:
        wrong += [f"refused: {error.message}: {line}" for error in validator.iter_errors(line)]
    seen = set().union(*lines)
    if seen != set(schema["properties"]):
        wrong.append(f"fields that no line has, or the schema: {sorted(seen ^ set(schema['properties']))}")
    bad = [
        without(lines[0], "time"),
        without(lines[0], "astray.answer"),
        changed(lines[0], astray__cookie="x"),
        changed(lines[0], astray__http__status="502"),
        changed(lines[0], astray__duration=-1),
        changed(lines[0], astray__client__address="2001:db8::7:50000"),
        changed(lines[0], astray__reason="Certificate gap"),
        changed(lines[0], astray__http__path="x" * 3000),
    ]
    wrong += [f"accepted: {line}" for line in bad if validator.is_valid(line)]
    if len(lines) < 4:
        wrong.append("too few lines")
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
