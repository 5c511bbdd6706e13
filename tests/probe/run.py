#!/usr/bin/python3
"""Runs `astray probe` against the real servers of tests/differential.

    tests/probe/run.py --astray BINARY --work FOLDER --server KIND [CASE…]

Where astray reads the server's configuration, `--against` it must agree in every cell, and name the drift once a virtual host is
edited behind the server's back (drift.yaml). Where sessions of one name open another, it must say so (resumption.yaml). For the others the probe must see, cell by cell, what the case's expected.yaml says.
"""
import argparse
import json
import os
import re
import subprocess
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../differential"))

import certificates  # pylint: disable=wrong-import-position
import expectations  # pylint: disable=wrong-import-position
import real_servers  # pylint: disable=wrong-import-position
import run as differential  # pylint: disable=wrong-import-position
from server_case import Case  # pylint: disable=wrong-import-position

OWNER = ["--owner-field", "X-Virtual-Host"]
PACE = ["--rate", "0", "--timeout", "5", "--ca", "none", "--format", "jsonl", "--fail-on", "never"]


def probe(astray, arguments):
    """(cells, other objects, exit status)"""
    output = subprocess.run([astray, "probe", *arguments, *OWNER, *PACE], capture_output=True, text=True, timeout=120, check=False)
    objects = [json.loads(line) for line in output.stdout.splitlines()]
    if not objects:
        raise RuntimeError(f"astray probe {' '.join(arguments)} exited with {output.returncode}:\n{output.stderr}")
    cells = [each for each in objects if each["type"] == "cell"]
    return cells, [each for each in objects if each["type"] != "cell"], output.returncode


def authorities(case):
    return sorted(entry for entry in os.listdir(case.folder) if re.fullmatch(r"ca\d*\.pem", entry))


def describe(cell):
    connection = cell["connection"]["use"]
    return (f'{cell["address"]} sni={cell["sni"]} host={cell["host"]!r} alpn={cell["alpn"]} {connection} {cell["placement"]} '
            f'client={cell["client_certificate"]}: {cell["sentence"]}')


def against(case, astray, version):
    """[complaint], number of cells: every cell of a truthful configuration agrees."""
    arguments = ["--against", case.config, "--server", f"{case.kind}@{version}"]
    for entry in authorities(case):
        arguments += ["--client-cert", case.client_certificate(entry), "--client-ca", os.path.join(case.folder, entry)]
    cells, _, _ = probe(astray, [*arguments, "--axes", "full"])
    complaints, unasked = [], 0
    for cell in cells:
        prediction = cell["prediction"]
        if cell["failure"] == "not-reusable" or "before it was asked for" in describe(cell):
            unasked += 1  # the server closes behind its first answer, as nginx does behind a 400, or in place of it
        elif prediction is None:
            complaints.append(f"not predicted: {describe(cell)}")
        elif prediction["agreement"] != "agrees":
            complaints.append(f'{prediction["agreement"]}: {prediction["difference"]}: {describe(cell)}')
    return complaints, len(cells) - unasked


def drifted(case, astray, version, edits):
    """[complaint], number of edits: the configuration is changed, the server is not."""
    complaints = []
    with open(case.config, encoding="utf-8") as text:
        truthful = text.read()
    for edit in edits:
        if edit["replace"] not in truthful:
            raise ValueError(f'drift.yaml: {case.name}: nothing to replace: {edit["replace"]}')
        with open(case.config, "w", encoding="utf-8") as text:
            text.write(truthful.replace(edit["replace"], edit["by"], 1))
        _, others, _ = probe(astray, ["--against", case.config, "--server", f"{case.kind}@{version}"])
        found = [each["sentence"] for each in others if each["type"] == "finding" and each["kind"] == "drift"]
        if not any(edit["names"] in sentence for sentence in found):
            complaints.append(f'no drift finding names {edit["names"]} after "{edit["replace"]}" became "{edit["by"]}": {found}')
    with open(case.config, "w", encoding="utf-8") as text:
        text.write(truthful)
    return complaints, len(edits)


def resumed(case, astray, open_names):
    """[complaint], number of cells: a session of another name opens exactly the names that it is known to open."""
    names = certificates.certificate_names(case.folder)
    known = sorted({name for found in names.values() for name in found if "*" not in name})
    cells, others, status = probe(astray, [*(f"{name}@127.0.0.1:{case.ports[0]}" for name in known), "--resume"])
    offered = [cell for cell in cells if cell["session_of"]]
    passed = sorted({cell["host"] for cell in offered if cell["verdict"] == "authentication-bypass"})
    complaints = [] if passed == open_names else [f"sessions of other names open {passed}, and not {open_names}"]
    told = any(each["type"] == "finding" and each["kind"] == "authentication-bypass" and "session" in each["sentence"] for each in others)
    if told != bool(open_names):
        complaints.append("no finding says so" if open_names else "a finding says that sessions open a name")
    if status not in (0, 2):
        complaints.append(f"exit status {status}")
    return complaints, len(offered)


def key(cell, client, use):
    return (cell["address"], cell["sni"], cell["host"], cell["alpn"], client, use)


def documented(case, astray):
    """[complaint], number of cells: what the case's table says is what the probe sees."""
    expected = {}
    axes = {"sni": [], "host": [], "alpn": [], "client": []}
    for cell, holder, use in differential.table_questions(case):
        host = cell["host"]
        if host is not None and " (Host: " in host:
            continue  # two names that contradict each other: the differential run asks those
        if cell.get("offered_tls_version"):
            continue  # of a client with fewer TLS versions
        expected[key(cell, holder, use)] = cell
        for axis, value in (("sni", cell["sni"]), ("host", host), ("alpn", cell["alpn"]), ("client", holder)):
            if value not in axes[axis]:
                axes[axis].append(value)
    names = [sni for sni in axes["sni"] if sni is not None and sni == sni.lower() and not sni.endswith(".")]
    arguments = [f"{name}@127.0.0.1:{port}" for port in case.ports for name in names]
    for sni in axes["sni"]:
        arguments += ["--sni", "none" if sni is None else sni if sni in names else "=" + sni]
    for host in axes["host"]:
        arguments += ["--host", "missing" if host is None else host if host in names else "=" + host]
    for alpn in axes["alpn"]:
        arguments += ["--alpn", alpn]
    holders = [client for client in axes["client"] if client]
    for client in holders:
        arguments += ["--client-cert", client]
    complaints, held = [], 0
    for cell in probe(astray, arguments)[0]:
        client = cell["client_certificate"]
        use = cell["connection"]["use"]
        row = expected.get(key(cell, client, use))
        if row is None and cell["handshake"] != "ok":
            rejected = [e for k, e in expected.items() if k[:2] == (cell["address"], cell["sni"]) and k[3:5] == (cell["alpn"], client)]
            row = rejected[0] if rejected else None
        if row is None:
            continue
        held += 1
        complaints += [f"{difference}: {describe(cell)}" for difference in differences(row, cell)]
    if held < len(expected) / 3:
        complaints.append(f"only {held} of {len(expected)} rows were asked")
    return complaints, held


def differences(row, cell):
    def differs(field, expected, was):
        if expected != was:
            yield f"{field}: expected {expected}, was {was}"

    if row.get("closed") or row.get("reset"):
        yield from differs("status", None, cell["status"])
        return
    yield from differs("handshake", row["handshake"] == "ok", cell["handshake"] == "ok")
    if row["handshake"] != "ok" or cell["handshake"] != "ok":
        return
    yield from differs("certificate", sorted(row["certificate"]), sorted(name.lower() for name in cell["certificate"]))
    yield from differs("protocol", row["protocol"], cell["protocol"])
    yield from differs("status", row["status"], cell["status"])
    yield from differs("virtual host", row["virtual_host"], cell["owner"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--work", required=True, help="folder for unpacked servers")
    parser.add_argument("--server", required=True)
    parser.add_argument("case", nargs="*")
    options = parser.parse_args()
    real_servers.end_on_signal()
    work = os.path.abspath(options.work)
    certificates.store = os.path.join(work, "certificates")
    binaries, versions = differential.unpacked({options.server}, work)
    with open(os.path.join(HERE, "drift.yaml"), encoding="utf-8") as text:
        edits = yaml.safe_load(text)
    everything = sorted(name for name in os.listdir(os.path.join(HERE, "../differential/cases")) if name.split("-")[0] == options.server)
    total, complaints = 0, []
    for name in options.case or everything:
        with real_servers.served_folder() as folder:
            case = Case(name, folder, binaries)
            with case.running():
                if case.kind in expectations.READERS and not expectations.cannot_be_told(case):
                    found, held = against(case, options.astray, versions[case.kind])
                    drift, count = drifted(case, options.astray, versions[case.kind], edits.get(name, []))
                    found, held = found + drift, held + count
                else:
                    found, held = documented(case, options.astray)
        total += held
        complaints += [f"{name}: {each}" for each in found]
        print(f"{name}: {held} cells, {len(found)} complaints", flush=True)
    with open(os.path.join(HERE, "resumption.yaml"), encoding="utf-8") as text:
        labs = {name: names for name, names in yaml.safe_load(text).items() if name.split("-")[0] == options.server}
    for name, open_names in {} if options.case else labs.items():
        with real_servers.served_folder() as folder:
            case = Case(name, folder, binaries)
            with case.running():
                found, held = resumed(case, options.astray, open_names)
        total += held
        complaints += [f"{name}: {each}" for each in found]
        print(f"{name}: {held} cells, {len(found)} complaints", flush=True)
    for complaint in complaints[:40]:
        print(complaint)
    print(f"{options.server} {versions[options.server]}: {total} cells, {len(complaints)} complaints")
    sys.exit(1 if complaints or not total else 0)


if __name__ == "__main__":
    main()
