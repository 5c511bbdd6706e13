#!/usr/bin/env python3
"""Audits the configurations of known incidents, broken and repaired, with the built astray.

Each folder beside this file is one incident:
  incident.md      what people saw, why, and what astray says
  command          the arguments of `astray audit`, relative to broken/ and repaired/
  expected         lines "AST006 from -> to" (or "AST016 from"): found in broken/, and none of them in repaired/
  broken/          complete configurations; `certificates` says which certificates to make for them:
  repaired/          path: name, name            path: CA "CN=subject"            path = other path (the same file)

The repaired configurations have to audit with exit status 0: nothing of warning severity or above is left.
"""
import argparse
import hashlib
import json
import pathlib
import shlex
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent


class Problem(Exception):
    """What is wrong with an incident, for people."""


def make_certificate(path, specification, cache):
    """Writes path and, beside it, its key. Equal specifications of different paths are different certificates."""
    kept = cache / hashlib.sha256(f"{path.name} {path.parent.name} {specification}".encode()).hexdigest()
    if not (kept / "certificate").exists():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-days", "3650", "-keyout", kept / "key", "-out", kept / "certificate.part"]
        if specification.startswith("CA "):
            subject = specification[3:].strip()
            if not (subject.startswith('"CN=') and subject.endswith('"')):
                raise Problem(f'{path}: expected CA "CN=subject", found {specification}')
            command += ["-subj", "/" + subject[1:-1], "-addext", "basicConstraints=critical,CA:TRUE"]
        else:
            names = [name.strip() for name in specification.split(",")]
            command += ["-subj", "/CN=" + names[0], "-addext",
                        "subjectAltName=" + ",".join("DNS:" + name for name in names)]
        subprocess.run(command, check=True, capture_output=True)
        (kept / "certificate.part").rename(kept / "certificate")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept / "certificate", path)
    shutil.copyfile(kept / "key", path.with_suffix(".key"))


def make_certificates(folder, cache):
    for number, line in enumerate((folder / "certificates").read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if " = " in line:
            path, other = (folder / part.strip() for part in line.split(" = "))
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(other, path)
            shutil.copyfile(other.with_suffix(".key"), path.with_suffix(".key"))
        elif ": " in line:
            path, specification = line.split(": ", 1)
            make_certificate(folder / path.strip(), specification.strip(), cache)
        else:
            raise Problem(f"{folder}/certificates:{number}: expected 'path: name, name', found {line!r}")


def finding_text(finding):
    names = [finding[key] for key in ("from_name", "to_name") if finding.get(key)]
    return f"{finding['rule']} {' -> '.join(names)}"


def audit(astray, folder, arguments):
    """The findings, as text, and the exit status."""
    run = subprocess.run([astray, "audit", "--no-waivers", "--format", "jsonl", *arguments], cwd=folder,
                         capture_output=True, text=True, timeout=60, check=False)
    if run.returncode not in (0, 1):
        raise Problem(f"{folder}: astray audit ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    records = [json.loads(line) for line in run.stdout.splitlines()]
    summaries = [record for record in records if record["type"] == "summary"]
    if len(summaries) != 1 or not summaries[0]["complete"]:
        raise Problem(f"{folder}: the audit is not complete:\n{run.stdout}{run.stderr}")
    return [record for record in records if record["type"] == "finding"], run.returncode


def check(incident, astray, work):
    """What is wrong, as lines."""
    arguments = shlex.split((incident / "command").read_text())
    expected = [line.strip() for line in (incident / "expected").read_text().splitlines() if line.strip()]
    if not expected:
        return ["the file `expected` is empty"]
    wrong = []
    for variant in ("broken", "repaired"):
        folder = work / incident.name / variant
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(incident / variant, folder)
        make_certificates(folder, work / "certificates")
        findings, status = audit(astray, folder, arguments)
        texts = [finding_text(finding) for finding in findings]
        listing = "".join(f"\n      {finding['severity']} {text}" for finding, text in zip(findings, texts)) or " nothing"
        for text in expected:
            if variant == "broken" and text not in texts:
                wrong.append(f"broken: {text} is not found, but:{listing}")
            if variant == "repaired" and text in texts:
                wrong.append(f"repaired: {text} is still found")
        if variant == "repaired" and status != 0:
            wrong.append(f"repaired: something is left:{listing}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--astray", required=True, type=pathlib.Path, help="the binary")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="a folder for certificates and copies")
    parser.add_argument("incidents", nargs="*", help="names of incidents; all without any")
    arguments = parser.parse_args()
    names = arguments.incidents or sorted(path.parent.name for path in SOURCE.glob("*/command"))
    if not names:
        print("no incident found", file=sys.stderr)
        return 2
    failures = 0
    for name in names:
        try:
            wrong = check(SOURCE / name, arguments.astray.resolve(), arguments.work.resolve())
        except (Problem, OSError, subprocess.SubprocessError) as problem:
            wrong = [str(problem)]
        print(f"{'FAILED' if wrong else 'ok':6} {name}")
        for line in wrong:
            print(f"    {line}")
        failures += bool(wrong)
    print(f"{len(names) - failures} of {len(names)} incidents as expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
