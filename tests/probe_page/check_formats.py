#!/usr/bin/env python3
"""Holds the machine-readable reports of `astray probe` against what their readers rely on: the schema in docs/schema,
SARIF 2.1.0 (OASIS), JUnit's XML, GitHub's workflow commands.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import jsonschema

RUNS = {"plain": (6, 2, "plain"), "hostile": (8, 2, "hostile"), "interrupted": (6, 1, "interrupted"), "empty": (0, 0, "plain")}


class Checker:
    def __init__(self, program, source, folder):
        self.program = program
        self.folder = folder
        schema = json.loads((source / "docs" / "schema" / "probe.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        self.line_schema = jsonschema.Draft202012Validator(schema)
        self.document_schema = jsonschema.Draft202012Validator({**schema, "oneOf": [{"$ref": "#/$defs/document"}]})
        self.predict_names = json.loads((source / "docs" / "schema" / "predict.schema.json").read_text())["required"]
        self.failures = []

    def expect(self, condition, message):
        if not condition:
            self.failures.append(message)

    def write(self, form, run):
        path = self.folder / "report"
        subprocess.run([self.program, form, path, *map(str, RUNS[run])], check=True, timeout=60)
        return path.read_bytes()

    def validate(self, schema, document, what):
        for error in list(schema.iter_errors(document))[:5]:
            self.expect(False, f"{what}: {error.json_path}: {error.message[:300]}")

    def check_json(self, run):
        document = json.loads(self.write("json", run).decode("utf-8"))
        self.validate(self.document_schema, document, f"json, {run}")
        lines = [json.loads(line) for line in self.write("jsonl", run).decode("utf-8").splitlines()]
        for line in lines:
            name = line["type"]
            schema = self.line_schema.evolve(schema={**self.line_schema.schema, "oneOf": [{"$ref": f"#/$defs/{name}_line"}]})
            self.validate(schema, line, f"jsonl, {run}, {name}")
        self.validate(self.line_schema, lines[-1], f"jsonl, {run}, any line")
        def of(kind):
            return [{k: v for k, v in line.items() if k != "type"} for line in lines if line["type"] == kind]
        self.expect(of("cell") == document["cells"], f"{run}: the cells of jsonl are those of json")
        self.expect(of("finding") == document["findings"], f"{run}: the findings too")
        self.expect(of("outlook") == document["outlook"], f"{run}: the outlook too")
        self.expect([note["message"] for note in of("note")] == document["notes"], f"{run}: the notes too")
        self.expect(of("summary") == [document["summary"]] and lines[-1]["type"] == "summary", f"{run}: one summary, at the end")
        summary = document["summary"]
        self.expect(sum(summary["verdicts"].values()) == summary["cells"] == len(document["cells"]), f"{run}: counts")
        # server, version and version_basis say whose prediction it is; everything else means the same here.
        for cell in document["cells"]:
            missing = [name for name in self.predict_names if name not in cell and name not in ("server", "version", "version_basis")]
            self.expect(not missing, f"{run}: names of `astray predict` that are missing: {missing}")
        return document

    def check_sarif(self, run, document):
        log = json.loads(self.write("sarif", run).decode("utf-8"))
        where, sarif = f"sarif, {run}", log["runs"][0]
        self.expect(log["version"] == "2.1.0" and len(log["runs"]) == 1, f"{where}: one run of version 2.1.0")
        rules = sarif["tool"]["driver"]["rules"]
        self.expect(len({rule["id"] for rule in rules}) == len(rules) == 7, f"{where}: a rule for each kind of finding")
        for rule in rules:
            self.expect(re.match(r"^[a-z][a-z0-9+.-]*:.", rule["helpUri"]), f"{where}: {rule['id']} has an absolute helpUri")
        verdicts = document["summary"]["verdicts"]
        successful = not document["summary"]["interrupted"] and verdicts["failed"] < document["summary"]["cells"]
        self.expect(sarif["invocations"][0]["executionSuccessful"] == successful, f"{where}: executionSuccessful")
        self.expect(len(sarif["results"]) == len(document["findings"]), f"{where}: a result for each finding")
        for result, finding in zip(sarif["results"], document["findings"]):
            self.expect(rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding["rule"], f"{where}: ruleIndex")
            self.expect(result["level"] == {"info": "note"}.get(finding["severity"], finding["severity"]), f"{where}: level")
            self.expect(result["properties"]["cells"] == finding["cells"], f"{where}: cells")
            for location in result["locations"]:
                uri = location["physicalLocation"]["artifactLocation"]["uri"]
                self.expect(re.match(r"^https://[A-Za-z0-9._~:%\[\]-]+/$", uri), f"{where}: {uri!r} is a URI")
        self.expect(len({r["partialFingerprints"]["astray/v1"] for r in sarif["results"]}) == len(sarif["results"]), f"{where}: fingerprints are unique")
        return sarif["results"]

    def check_junit(self, run, document):
        root = xml.fromstring(self.write("junit", run))
        where, cases = f"junit, {run}", root.findall(".//testcase")
        self.expect(int(root.get("tests")) == len(cases) > 0, f"{where}: tests")
        self.expect(int(root.get("failures")) == len(root.findall(".//failure")), f"{where}: failures")
        self.expect(int(root.get("errors")) == len(root.findall(".//error")), f"{where}: errors")
        for suite in root.findall("testsuite"):
            for counted, element in (("tests", "testcase"), ("failures", ".//failure"), ("errors", ".//error")):
                self.expect(int(suite.get(counted)) == len(suite.findall(element)), f"{where}: {counted} of {suite.get('name')}")
        # A name and use with a misdirected cell fails; whatever says nothing is an error, never a pass.
        bad, silent, all_groups = set(), set(), set()
        for cell in document["cells"]:
            group = (f"{cell['port_protocol']}://{cell['node']}", f"{cell['connection']['use']} {cell['host_name'] or 'other names'}")
            all_groups.add(group)
            if cell["verdict"] in ("misdirected", "authentication-bypass", "false-421"):
                bad.add(group)
            elif cell["verdict"] in ("failed", "could-not-tell"):
                silent.add(group)
        def groups(path):
            return {(case.get("classname"), case.get("name")) for case in cases
                    if case.get("classname", "").startswith("https://") and (path is None or case.find(path) is not None)}
        self.expect(groups(None) == all_groups, f"{where}: a case for each name and use at each node")
        self.expect(groups("failure") == bad, f"{where}: failures {groups('failure') ^ bad}")
        self.expect(groups("error") == silent - bad, f"{where}: errors {groups('error') ^ (silent - bad)}")
        if document["summary"]["interrupted"] or not document["cells"]:
            self.expect(root.find(".//testsuite[@name='run']//error") is not None, f"{where}: a run that did not end is no pass")
        return len(bad) + len(silent)

    def check_github(self, run, document):
        command = re.compile(r"^::(error|warning|notice) title=[^:,\r\n]+::[^\r\n]+$")
        lines = self.write("github", run).decode("utf-8").splitlines()
        for line in lines:
            self.expect(command.match(line), f"github, {run}: {line[:200]!r} is no workflow command")
        nothing = document["summary"]["cells"] == document["summary"]["verdicts"]["failed"]
        self.expect(sum(line.startswith("::error") for line in lines) == document["summary"]["errors"] + nothing, f"github, {run}: one ::error for each error")
        return len(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", required=True, help="the program make_probe_report")
    parser.add_argument("--source", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    totals = {"cells": 0, "results": 0, "cases": 0, "commands": 0}
    with tempfile.TemporaryDirectory(prefix="astray-probe-formats-") as temporary:
        checker = Checker(arguments.report, arguments.source, pathlib.Path(temporary))
        for run in RUNS:
            document = checker.check_json(run)
            totals["cells"] += len(document["cells"])
            totals["results"] += len(checker.check_sarif(run, document))
            totals["cases"] += checker.check_junit(run, document)
            totals["commands"] += checker.check_github(run, document)
    # A check of nothing would always pass.
    for name, total in totals.items():
        checker.expect(total > 0, f"the runs have no {name}")
    for failure in checker.failures:
        print(failure)
    return 1 if checker.failures else 0


if __name__ == "__main__":
    sys.exit(main())
