#!/usr/bin/python3
"""Holds `astray predict`, and where astray has no reader yet a table written by hand, against the real server, cell by cell.

    tests/differential/run.py --astray BINARY --work FOLDER [--server KIND] [CASE…]

A case is a folder below cases/: <server>-<slug>/ with the server's configuration (server.conf and its like, where @DIR@, @MODULES@,
@PORT1@ …, @ORIGIN:label@ stand for what is known only at run time, and @PREAMBLE@ for preambles/<server>.conf) and `certificates`
(certificates.py). Every virtual host answers with an X-Virtual-Host field that says its label. expected.yaml: expectations.py.
Accepted differences stand in quirks.yaml with a sentence each; one that no longer happens fails the run.
"""
import argparse
import concurrent.futures
import os
import re
import sys

import yaml

import certificates
import expectations
import live_cell
import real_servers
from certificates import certificate_names, make_certificates  # pylint: disable=unused-import # for other tests
from expectations import spelled
from server_case import HERE, Case


NOT_ASKED = "127.0.0.2:"  # where a case's other listeners are at the port of an asked one
ASKERS = 4  # at a time: servers let one wait for a few milliseconds now and then


def differences(cell, live, names):
    """What the prediction says and the server does not: a list of "field: predicted X, was Y"."""
    if cell["outcome"] == "unknowable" or cell["handshake"] == "unknowable":
        return ["unknowable"]
    found = []

    def compare(field, predicted, was):
        if predicted != was:
            found.append(f"{field}: predicted {predicted}, was {was}")

    # Without a status the connection ends without an answer; over h2 the stream alone, which has no status then.
    ends = not cell.get("exact") and cell["outcome"] == "reject" and cell["handshake"] == "ok" and cell["status"] is None
    if cell.get("closed") or (ends and cell["protocol"] == "h1"):
        compare("closed", True, bool(live.get("closed")))
        return found
    compare("handshake", cell["handshake"], live["handshake"])
    if not found and cell["handshake"] != "ok" and cell.get("alert"):
        # An alert after the handshake, as TLS 1.3 refuses a client's certificate with, can be lost to the reset that follows.
        if live["alert"] or not live.get("closed"):
            compare("alert", None if cell["alert"] == "none" else cell["alert"], live["alert"])
    if found or live["handshake"] not in ("ok", "cleartext"):
        return found
    if cell["handshake"] == "ok":
        compare("certificate", {n.lower() for n in cell["certificate"]}, names.get(live["fingerprint"], "unknown"))
    compare("protocol", cell["protocol"], live["protocol"])
    if cell.get("exact"):
        compare("TLS version", cell["tls_version"] or live["tls_version"], live["tls_version"])
        compare("status", cell["status"], live["status"])
        compare("virtual_host", cell["virtual_host"], live["virtual_host"])
        compare("reset", cell["reset"], live.get("reset"))
    elif cell["outcome"] == "reject":
        compare("status", cell["status"], live["status"])
    elif cell["status"]:
        compare("status", cell["status"], live["status"])
    else:
        compare("status", 200, live["status"])
        compare("virtual_host", cell["virtual_host"], live["virtual_host"])
    return found


# Spellings that stand in no configuration. `*` is replaced by each case's first name.
ODD_HOSTS = ["*", "*.", "UPPER(*)", "*:443", "*:99", "*:", "127.0.0.1", "[::1]", "[::1]:443", "", "none", "..", "a..b.test",
             "under_score.test", "*/x", "*%20", "user@*", "bad port.test:x", "*..", ".*"]
ODD_SNIS = ["none", "*", "UPPER(*)", "*.", "unknown.invalid"]


def first_name(case):
    with open(case.config, encoding="utf-8") as text:
        config = text.read()
    if case.kind == real_servers.MANIFESTS:
        return re.search(r"^  hostnames: \[([a-z0-9][a-z0-9.]*)", config, re.MULTILINE).group(1)
    if case.kind == real_servers.OWN:
        hosts = yaml.safe_load(config)["virtual_hosts"].values()
        return next(name for host in hosts for name in host["names"] if not name.startswith("*"))
    if case.kind == "haproxy":
        # Its names stand in conditions, lists and maps: those of the certificates are the same ones.
        with open(os.path.join(case.source, "certificates"), encoding="utf-8") as text:
            return re.search(r"[:,] *([a-z0-9][a-z0-9.-]*)", text.read()).group(1)
    if case.kind == "caddy":
        return re.search(r"^https?://([a-z0-9][a-z0-9.]*)[:\s]", config, re.MULTILINE).group(1)
    if case.kind == "trafficserver":
        with open(os.path.join(case.source, "remap.config"), encoding="utf-8") as text:
            return re.search(r"https?://([a-z0-9][a-z0-9.]*)[:/]", text.read()).group(1)
    if case.kind == "h2o":
        return re.search(r'^  "([a-z0-9][a-z0-9.]*)[:"]', config, re.MULTILINE).group(1)
    start = config.find("listen" if case.kind == "nginx" else "<Virt")
    return re.search(r"(?:server_name|ServerName)\s+([a-z0-9][a-z0-9.]*)[;:\s]", config[start:]).group(1)


def passes(case):
    """The argument lists of the predictions that a case is held to, each with the client's certificate or None."""
    yield [], None
    first = first_name(case)
    odd = []
    for sni in spelled(ODD_SNIS, first):
        odd += ["--sni", sni]
    for host in spelled(ODD_HOSTS, first):
        odd += ["--host", host]
    yield odd, None
    for entry in sorted(os.listdir(case.folder)):
        if re.fullmatch(r"ca\d*\.pem", entry):
            path = os.path.join(case.folder, entry)
            yield ["--client-cert", path], case.client_certificate(entry)


def predicted_questions(case, astray, version):
    """[(cell, client certificate or None, "fresh" or "reused")]: each prediction is asked on a connection of its own; what a
    client with the case's names asks is also asked on a connection that another name opened, which changes nothing, and with a
    Host field that contradicts the request's target."""
    questions = []
    left_to_table = expectations.cannot_be_told(case)
    for number, (arguments, holding) in enumerate(passes(case)):
        cells = [cell for cell in case.predictions(astray, version, arguments) if not cell["address"].startswith(NOT_ASKED)]
        if left_to_table:
            cells = [cell for cell in cells if "unknowable" not in (cell["outcome"], cell["handshake"])]
        questions += [(cell, holding, "fresh") for cell in cells]
        odd = number == 1
        if odd:
            continue
        cells = [cell for cell in cells if cell["handshake"] != "cleartext"]
        questions += [(cell, holding, "reused") for cell in cells]
        other = first_name(case)
        named = {(cell["address"], cell["sni"], cell["alpn"]): cell for cell in cells if cell["host"] == other}
        questions += [(contradicted(case.kind, cell, other, named.get((cell["address"], cell["sni"], cell["alpn"]))), holding, "fresh") for cell in cells
                      if re.fullmatch(r"[a-z0-9.-]+", cell["host"] or "") and cell["host"] != other]
    return questions


def contradicted(kind, cell, field, of_field=None):
    """`of_field`: the cell of the name in the field. The cell with a Host field for another name. A target in absolute form and :authority win, as RFC 9112 §3.2.2 and RFC 9113
    §8.3.1 want; but nginx refuses two names over h2, after the check that answers 421 and before the configuration can answer. The gateway refuses
    them always."""
    cell = {**cell, "host": f'{cell["host"]} (Host: {field})'}
    if kind in real_servers.OWN_KINDS and cell["handshake"] == "ok":
        cell.update(outcome="reject", status=400)
    if kind == "haproxy" and cell["protocol"] == "h1" and cell["handshake"] == "ok":
        cell.update(outcome="reject", status=400)  # a target in absolute form must name the Host (h1_headers_to_hdr_list)
    # h2o takes a target in absolute form for a path: no host has such a page, but some redirect whatever it is.
    if kind == "h2o" and cell["protocol"] == "h1" and cell["handshake"] == "ok":
        status = of_field["status"] if of_field and of_field["status"] else 404
        cell.update(outcome="serve" if status < 400 else "reject", status=status)
    checked = cell["status"] == 421 and cell["reason"] != "unowned"
    if kind == "nginx" and cell["protocol"] == "h2" and cell["handshake"] == "ok" and not checked:
        cell.update(outcome="reject", status=400)
    return cell


def table_questions(case):
    """The same of the case's expected.yaml."""
    names = certificate_names(case.folder)
    names_of = {}
    for entry in os.listdir(case.folder):
        if entry.endswith(".pem.crt"):
            names_of[entry[:-len(".crt")]] = sorted(names[certificates.fingerprint(os.path.join(case.folder, entry))])
    holders = {}
    questions = []
    for cell, authority, connection in expectations.table_cells(case, names_of):
        if authority and authority not in holders:
            holders[authority] = case.client_certificate(authority)
        questions.append((cell, holders.get(authority), connection))
    return questions


def answers(case, questions):
    """Yields each question with the server's answer; reused connections are shared by neighbours and None where none can be."""
    together = {}
    for cell, holding, connection in questions:
        port = int(cell["address"].rsplit(":", 1)[1])
        if connection == "fresh":
            together[len(together)] = port, holding, [cell]
        else:
            opened_for = (port, cell["sni"], cell["alpn"], holding, cell.get("offered_tls_version"))
            together.setdefault(opened_for, (port, holding, []))[2].append(cell)

    def ask(item):
        key, (port, holding, cells) = item
        cell = cells[0]
        version = cell.get("offered_tls_version")
        if isinstance(key, int):
            if cell["handshake"] == "cleartext":
                return [(cell, holding, "fresh", live_cell.ask_in_clear(port, cell["host"]))]
            return [(cell, holding, "fresh", live_cell.ask(port, cell["sni"], cell["host"], cell["alpn"], holding, version))]
        hosts = [cell["host"] for cell in cells]
        first = cell["sni"] or next(host for host in hosts if host)
        live = live_cell.ask_reused(port, cell["sni"], first, hosts, cell["alpn"], holding, version)
        return [(cell, holding, "reused", answer) for cell, answer in zip(cells, live)]

    with concurrent.futures.ThreadPoolExecutor(ASKERS) as askers:
        for answered in askers.map(ask, together.items()):
            yield from answered


def describe(cell):
    version = cell.get("offered_tls_version")
    return f'sni={cell["sni"]} host={cell["host"]!r} alpn={cell["alpn"]}' + (f" tls={version}" if version else "")


def read_quirks():
    with open(os.path.join(HERE, "quirks.yaml"), encoding="utf-8") as text:
        return yaml.safe_load(text) or []


def quirk_of(quirks, name, cell, found):
    """The accepted difference that this is; None if it is not accepted."""
    return next((q for q in quirks if re.fullmatch(q["case"], name) and re.search(q["cell"], cell)
                 and re.search(q["difference"], "; ".join(found))), None)


def stale(quirks, names, met):
    """A line for each quirk of the cases `names` that did not happen."""
    return [f"quirk {quirk['id']} did not happen: remove it from quirks.yaml" for quirk in quirks
            if quirk["id"] not in met and any(re.fullmatch(quirk["case"], name) for name in names)]


def run_case(case, options, version, quirks):
    """(cells, agreements, quirks met, lines to complain about)"""
    questions = predicted_questions(case, options.astray, version) if case.kind in expectations.READERS else []
    questions += table_questions(case)
    names = certificate_names(case.folder)
    count, agreed, met, complaints, reused = 0, 0, {}, [], 0
    with case.running():
        for cell, holding, connection, live in answers(case, questions):
            if live is None:
                continue
            reused += connection == "reused"
            count += 1
            found = differences(cell, live, names)
            if not found:
                agreed += 1
                continue
            said = describe(cell) + (" reused" if connection == "reused" else "") + \
                (" with a certificate of " + os.path.basename(holding).replace("client-", "") if holding else "")
            quirk = quirk_of(quirks, case.name, said, found)
            if quirk:
                met[quirk["id"]] = met.get(quirk["id"], 0) + 1
            else:
                complaints.append(f"{case.name}: {said}: {'; '.join(found)}")
    if reused == 0:
        complaints.append(f"{case.name}: no connection could be reused")
    return count, agreed, met, complaints


def print_totals(totals):
    """{"nginx 1.22.1": [cells, agreements, quirks]} as a table."""
    width = max(len(server) for server in totals)
    print(f"{'server':{width}}  {'cells':>6} {'agree':>6} {'quirks':>6}")
    for server, row in sorted(totals.items()):
        print(f"{server:{width}}  " + " ".join(f"{number:6}" for number in row))


def unpacked(kinds, work, astray=None):
    """({kind: binary}, {kind: version}) of Debian's servers, and of the gateway that `astray` is."""
    binaries = {kind: os.path.abspath(astray) if kind in real_servers.OWN_KINDS else real_servers.unpack(kind, os.path.join(work, "servers"))
                for kind in kinds}
    return binaries, {kind: real_servers.version(kind, binary) for kind, binary in binaries.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--work", required=True, help="folder for unpacked servers")
    parser.add_argument("--server", choices=real_servers.KINDS, help="all cases of this server")
    parser.add_argument("--all-differences", action="store_true", help="print each, not the first twenty of a case")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    options.work = os.path.abspath(options.work)
    real_servers.end_on_signal()
    certificates.store = os.path.join(options.work, "certificates")
    quirks = read_quirks()
    every = sorted(os.listdir(os.path.join(HERE, "cases")))
    chosen = options.cases or [name for name in every if options.server in (None, name.split("-")[0])]
    binaries, versions = unpacked({name.split("-")[0] for name in chosen}, options.work, options.astray)
    totals, all_met, failed = {}, {}, False
    for name in chosen:
        with real_servers.served_folder() as folder:
            case = Case(name, folder, binaries)
            count, agreed, met, complaints = run_case(case, options, versions[case.kind], quirks)
        server = f"{case.kind} {versions[case.kind]}"
        row = totals.setdefault(server, [0, 0, 0])
        row[0] += count
        row[1] += agreed
        row[2] += sum(met.values())
        for key, times in met.items():
            all_met[key] = all_met.get(key, 0) + times
        if count == 0:
            complaints.append(f"{name}: no cell was predicted")
        print(f"{name}: {count} cells, {agreed} agree, {sum(met.values())} quirks, {len(complaints)} differ")
        for line in complaints if options.all_differences else complaints[:20]:
            print("  " + line)
        failed = failed or bool(complaints)
    for line in [] if options.cases else stale(quirks, chosen, all_met):
        print(line)
        failed = True
    print_totals(totals)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
