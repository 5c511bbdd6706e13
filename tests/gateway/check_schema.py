#!/usr/bin/env python3
"""docs/schema/gateway.schema.json judges the documents of configuration_cases.txt as the reader does, which has the
same table as a unit test."""
import argparse
import json
import pathlib
import sys

import jsonschema


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    source = parser.parse_args().source
    schema = json.loads((source / "docs/schema/gateway.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = 0
    for line in (source / "tests/gateway/configuration_cases.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        verdict, document = line.split(" ", 1)
        found = list(validator.iter_errors(json.loads(document)))
        if (verdict == "good") == (not found):
            continue
        wrong += 1
        print(f"the schema judges otherwise: {line}", *(error.message for error in found), sep="\n  ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
