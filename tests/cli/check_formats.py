#!/usr/bin/env python3
"""Holds every machine-readable format of astray against what its readers rely on.

Needs python3-jsonschema for the schemas in docs/schema. The other formats are held against the parts of
their specifications that a report can violate: SARIF 2.1.0 (OASIS), JUnit's XML, GitHub's workflow commands.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
WAIVERS = "- {rule: AST001, reason: accepted, owner: edge team, expires: 2099-12-31}\n"
# Configurations that together give findings of all kinds, waived ones, parts left out, odd bytes.
SAMPLES = {
    "finding": ["--server", "nginx@1.26.3", "client-authentication/nginx.conf"],
    "waived": ["--server", "nginx@1.26.3", "--waivers", "waivers.yaml", "--show-waived", "client-authentication/nginx.conf"],
    "two servers": ["--server", "nginx@1.26.3", "--server", "httpd@2.4.65", "proxy-without-sni/nginx.conf",
                    "proxy-without-sni/apache2.conf"],
    "clean": ["--server", "nginx@1.26.3", "clean/nginx.conf"],
    "left out": ["--server", "nginx@1.22.1", "broken/missing-certificate.conf"],
    "unread": ["--server", "nginx@1.26.3", "broken/utf16.conf", "clean/nginx.conf"],
    "odd bytes": ["--server", "nginx@1.22.1", "odd \xe9\x01%,:.conf"],
}
ODD = (b"events {}\nhttp { ssl_certificate certificates/wildcard.pem; ssl_certificate_key k;\n"
       b"server { listen 443 ssl http2; server_name a.example.test; }\n"
       b"server { listen 443 ssl http2; server_name b.example.test \xff\xfe\xed\xa0\x80.example.test; ssl_verify_client on;\n"
       b"ssl_client_certificate certificates/clients-ca.pem; access_log \"/\x1b[31m\x0c<&'>%0A::error::\"; } }\n")


class Checker:
    def __init__(self, astray, source, folder):
        self.astray = astray
        self.folder = folder
        self.audit_schema = self.schema(source, "audit")
        self.predict_schema = self.schema(source, "predict")
        self.comparison_schema = self.schema(source, "audit-comparison")
        self.failures = []

    @staticmethod
    def schema(source, name):
        schema = json.loads((source / "docs" / "schema" / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    def run(self, *words):
        done = subprocess.run([self.astray, *[w.encode("latin-1") if "\xe9" in w else w for w in words]],
                              cwd=self.folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        self.expect(done.returncode in (0, 1, 2), f"{words} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done

    def expect(self, condition, message):
        if not condition:
            self.failures.append(message)

    def validate(self, schema, document, what):
        for error in schema.iter_errors(document):
            self.expect(False, f"{what}: {'/'.join(map(str, error.absolute_path))}: {error.message}")

    def check_json(self, name, options):
        report = json.loads(self.run("audit", "--format", "json", "--now", "2026-01-01", *options).stdout.decode("utf-8"))
        self.validate(self.audit_schema, report, f"json, {name}")
        lines = [json.loads(line) for line in
                 self.run("audit", "--format", "jsonl", "--now", "2026-01-01", *options).stdout.decode("utf-8").splitlines()]
        self.expect(lines[-1]["type"] == "summary", f"jsonl, {name}: the summary is the last line")
        found = [{k: v for k, v in line.items() if k != "type"} for line in lines if line["type"] == "finding"]
        self.expect(found == report["findings"], f"jsonl, {name}: the findings are those of json")
        left_out = [{k: v for k, v in line.items() if k != "type"} for line in lines if line["type"] == "left_out"]
        self.expect(left_out == report["left_out"], f"jsonl, {name}: what is left out is that of json")
        return report

    def check_sarif(self, name, options, report):
        log = json.loads(self.run("audit", "--format", "sarif", "--now", "2026-01-01", *options).stdout.decode("utf-8"))
        where = f"sarif, {name}"
        self.expect(log["version"] == "2.1.0" and len(log["runs"]) == 1, f"{where}: one run of version 2.1.0")
        run = log["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        for rule in rules:
            self.expect(re.match(r"^AST\d{3}$", rule["id"]), f"{where}: id {rule['id']}")
            self.expect(rule["fullDescription"]["text"] and rule["help"]["markdown"], f"{where}: {rule['id']} has its texts")
            self.expect(re.match(r"^[a-z][a-z0-9+.-]*:.", rule["helpUri"]), f"{where}: {rule['id']} has an absolute helpUri")
        self.expect(len({rule["id"] for rule in rules}) == len(rules), f"{where}: ids are unique")
        self.expect(run["invocations"][0]["executionSuccessful"] == report["summary"]["complete"], f"{where}: executionSuccessful")
        for result in run["results"]:
            self.expect(rules[result["ruleIndex"]]["id"] == result["ruleId"], f"{where}: ruleIndex")
            self.expect(result["level"] in ("error", "warning", "note"), f"{where}: level {result['level']}")
            for location in result["locations"] + result["relatedLocations"]:
                physical = location["physicalLocation"]
                uri = physical["artifactLocation"]["uri"]
                self.expect(re.match(r"^[A-Za-z0-9._~/:%-]+$", uri), f"{where}: {uri!r} is a URI")
                self.expect(physical.get("region", {"startLine": 1})["startLine"] >= 1, f"{where}: lines count from 1")
            ids = [location["id"] for location in result["relatedLocations"]]
            self.expect(len(set(ids)) == len(ids), f"{where}: ids of related locations are unique")
            if "fromName" in result["properties"] and "toName" in result["properties"]:
                self.expect(len(ids) >= 2, f"{where}: both places of a pair are related locations")
        self.expect(len({r["partialFingerprints"]["astray/v1"] for r in run["results"]}) == len(run["results"]),
                    f"{where}: fingerprints are unique")
        suppressed = [r for r in run["results"] if r.get("suppressions")]
        self.expect(len(suppressed) == report["summary"]["waived"], f"{where}: waived findings are suppressed")
        return run

    def check_junit(self, name, options, report):
        root = xml.fromstring(self.run("audit", "--format", "junit", "--now", "2026-01-01", *options).stdout)
        where = f"junit, {name}"
        cases = root.findall(".//testcase")
        self.expect(int(root.get("tests")) == len(cases), f"{where}: tests")
        self.expect(int(root.get("failures")) == len(root.findall(".//failure")), f"{where}: failures")
        self.expect(int(root.get("errors")) == len(root.findall(".//error")), f"{where}: errors")
        counts = report["summary"]
        self.expect(int(root.get("failures")) == counts["errors"] + counts["warnings"] + counts["infos"], f"{where}: every finding fails")
        self.expect(int(root.get("errors")) == counts["left_out"], f"{where}: what was not read is an error")
        for suite in root.findall("testsuite"):
            self.expect(int(suite.get("tests")) == len(suite.findall("testcase")), f"{where}: tests of a suite")

    def check_github(self, name, options, report):
        text = self.run("audit", "--format", "github", "--now", "2026-01-01", *options).stdout.decode("utf-8")
        where = f"github, {name}"
        command = re.compile(r"^::(error|warning|notice) (?:file=[^:,\r\n]+,)?(?:line=\d+,)?title=[^:,\r\n]+::[^\r\n]+$")
        for line in text.splitlines():
            self.expect(command.match(line), f"{where}: {line[:200]!r} is no workflow command")
        self.expect(text.count("\n::error file=") + text.startswith("::error file=") == report["summary"]["errors"],
                    f"{where}: one ::error for each error")

    def check_drawings(self, name, options, report):
        """Every way is drawn, in all three; no text of a configuration can become markup."""
        def drawn(form):
            return self.run("audit", "--format", form, "--now", "2026-01-01", *options).stdout.decode("utf-8")
        where = f"drawings, {name}"
        ways, tiers = len(report["ways"]), len(report["inputs"])
        dot = drawn("dot")
        self.expect(len(re.findall(r"^  tier\d+ -> ", dot, re.M)) == ways, f"{where}: dot has {ways} ways")
        self.expect(len(re.findall(r"^  tier\d+ \[", dot, re.M)) == tiers, f"{where}: dot has {tiers} tiers")
        if shutil.which("dot"):
            done = subprocess.run(["dot", "-Tsvg"], input=dot.encode(), capture_output=True, check=False)
            self.expect(done.returncode == 0, f"{where}: Graphviz refuses it: {done.stderr.decode(errors='replace')}")
        mermaid = drawn("mermaid")
        self.expect(len(re.findall(r"^  tier\d+ -->", mermaid, re.M)) == ways, f"{where}: mermaid has {ways} ways")
        for label in re.findall(r'"(.*)"', mermaid):
            self.expect(not re.search(r'["<>`]', label.replace("<br/>", "")), f"{where}: {label!r} is no plain label")
        page = drawn("html")
        drawing = xml.fromstring(page[page.index("<svg"):page.index("</svg>") + 6])
        boxes = drawing.findall(".//{http://www.w3.org/2000/svg}rect")
        outside = {way["address"] for way in report["ways"] if way["to"] is None}
        self.expect(len(boxes) == 1 + tiers + len(outside), f"{where}: the page has a box for each tier and address")
        self.expect(page.count("<article") == len(report["findings"]), f"{where}: the page has every finding")
        self.expect("<script" not in page and "http://" not in page.replace("http://www.w3.org/2000/svg", ""),
                    f"{where}: the page runs nothing and loads nothing")
        for link in re.findall(r'href="#([^"]*)"', page):
            self.expect(f'id="{link}"' in page, f"{where}: #{link} leads nowhere")
        return ways

    def check_comparison(self):
        words = ["audit", "--compare", "--format", "json", "--now", "2026-01-01", "--server", "nginx@1.26.3", "--server", "httpd@2.4.65"]
        same = json.loads(self.run(*words, "proxy-without-sni", "proxy-without-sni").stdout)
        self.validate(self.comparison_schema, same, "comparison with itself")
        self.expect(same["summary"]["names"] == 2 and not same["differences"], f"comparison with itself: {same['summary']}")
        shutil.copytree(self.folder / "proxy-without-sni", self.folder / "mended")
        configuration = self.folder / "mended" / "nginx.conf"
        configuration.write_text(configuration.read_text().replace(
            "proxy_set_header Host $host;", "proxy_set_header Host $host; proxy_ssl_server_name on; proxy_ssl_name $host;"))
        done = self.run(*words, "proxy-without-sni", "mended")
        report = json.loads(done.stdout)
        self.validate(self.comparison_schema, report, "comparison")
        self.expect(done.returncode == 1, "two that differ end with 1")
        self.expect([(d["name"], [f["fact"] for f in d["facts"]]) for d in report["differences"]] ==
                    [("blog.example.test", ["toward the back"]), ("shop.example.test", ["toward the back"])],
                    f"comparison: {report['differences']}")
        self.expect([(f["only_in"], f["rule"]) for f in report["findings"]] == [("a", "AST006")], f"comparison: {report['findings']}")

    def check_predictions(self, name, options):
        configurations = [word for word in options if not word.startswith("--")]
        words = [o for o in options if o not in ("--show-waived", "--waivers", "waivers.yaml")]
        lines = self.run("predict", *words).stdout.decode("utf-8").splitlines()
        self.expect(configurations, name)
        for line in lines:
            self.validate(self.predict_schema, json.loads(line), f"predict, {name}")
        return len(lines)

    def check_stable_fingerprints(self):
        """A line that is put before everything moves every place and changes no fingerprint."""
        def prints(text):
            (self.folder / "client-authentication" / "moved.conf").write_text(text)
            report = self.run("audit", "--format", "json", "--server", "nginx@1.26.3", "--now", "2026-01-01", "client-authentication/moved.conf")
            findings = json.loads(report.stdout)["findings"]
            return [f["fingerprint"] for f in findings], [f["place"]["line"] for f in findings]
        text = (self.folder / "client-authentication" / "nginx.conf").read_text()
        before, lines = prints(text)
        after, moved_lines = prints("# one line more\n" + text)
        self.expect(before and before == after, f"fingerprints changed with a line move: {before} {after}")
        self.expect([line + 1 for line in lines] == moved_lines, "the lines did move")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--astray", required=True)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astray-formats-") as temporary:
        folder = pathlib.Path(temporary) / "work"
        shutil.copytree(HERE / "fixtures", folder)
        (folder / "waivers.yaml").write_text(WAIVERS)
        with open(os.path.join(os.fsencode(folder), b"odd \xe9\x01%,:.conf"), "wb") as odd:
            odd.write(ODD)
        checker = Checker(os.path.abspath(arguments.astray), arguments.source, folder)
        totals = {"findings": 0, "waived": 0, "left_out": 0, "unread": 0, "cells": 0, "ways": 0}
        for name, options in SAMPLES.items():
            report = checker.check_json(name, options)
            checker.check_sarif(name, options, report)
            checker.check_junit(name, options, report)
            checker.check_github(name, options, report)
            totals["ways"] += checker.check_drawings(name, options, report)
            totals["cells"] += checker.check_predictions(name, options)
            totals["findings"] += len(report["findings"])
            totals["waived"] += report["summary"]["waived"]
            totals["left_out"] += len(report["left_out"])
            totals["unread"] += len(report["unread"])
        checker.check_stable_fingerprints()
        checker.check_comparison()
        # A check of nothing would always pass.
        for name, total in totals.items():
            checker.expect(total > 0, f"the samples have no {name}")
    for failure in checker.failures:
        print(failure)
    return 1 if checker.failures else 0


if __name__ == "__main__":
    sys.exit(main())
