#!/usr/bin/python3
"""Holds the predictions for two servers in a row against what comes out at the front.

    tests/differential/chains.py --astray BINARY --work FOLDER [CHAIN…]

A chain is a folder below chains/: front/ and back/ are cases (the front's configuration has the back's port as @BACK@), chain.yaml
says of which kind they are and what the front sends to its back: sni and host, each `none`, a name, or $host, the name that the
client asked for. `astray predict` is asked for the front; where that serves, it is asked for the back with the SNI and Host that
the front sends, and with no ALPN, as nginx does. What the back answers has to come out in front, with the back's X-Virtual-Host; a
handshake that the back refuses comes out as 502.
Each cell is asked twice, so that the front also offers the back sessions that it has from other names (proxy_ssl_session_reuse).
"""
import argparse
import os
import sys

import yaml

import certificates
import live_cell
import real_servers
import run
from server_case import HERE, Case

HOSTS = ["a.test", "b.test"]


class Chain:
    def __init__(self, name, folder, binaries):
        self.name = name
        source = os.path.join(HERE, "chains", name)
        with open(os.path.join(source, "chain.yaml"), encoding="utf-8") as text:
            facts = yaml.safe_load(text)
        self.sends = facts["sends"]
        places = [os.path.join(folder, place) for place in ("front", "back")]
        for place in places:
            os.mkdir(place, 0o755)
        self.back = Case(facts["back"], places[1], binaries, os.path.join(source, "back"))
        values = {"@BACK@": str(self.back.ports[0])}
        self.client = []
        if "presents" in facts:
            self.client = ["--client-cert", os.path.join(places[1], facts["presents"])]
            values["@BACK_CLIENT@"] = self.back.client_certificate(facts["presents"])
        self.front = Case(facts["front"], places[0], binaries, os.path.join(source, "front"), values)

    def sent(self, field, host):
        return host if self.sends[field] == "$host" else self.sends[field]

    def expected(self, astray, versions, front_cell):
        """{"status", "virtual_host"} of a cell at the front."""
        if front_cell["outcome"] != "serve":
            return {"status": front_cell["status"], "virtual_host": None}
        sni, host = (self.sent(field, front_cell["host"]) for field in ("sni", "host"))
        cells = self.back.predictions(astray, versions[self.back.kind],
                                      ["--sni", sni, "--host", host, "--alpn", "none", *self.client])
        if len(cells) != 1:
            raise RuntimeError(f"{self.name}: {len(cells)} predictions for one cell of the back")
        if cells[0]["handshake"] != "ok":
            return {"status": 502, "virtual_host": None}
        return {"status": cells[0]["status"] or 200, "virtual_host": cells[0]["virtual_host"] if not cells[0]["status"] else None}


def run_chain(chain, astray, versions, quirks):
    """(cells, agreements, quirks met, complaints)"""
    arguments = []
    for host in HOSTS:
        arguments += ["--sni", host, "--host", host]
    cells = chain.front.predictions(astray, versions[chain.front.kind], arguments)
    wanted = [(cell, chain.expected(astray, versions, cell)) for cell in cells]
    count, agreed, met, complaints = 0, 0, {}, []
    with chain.back.running(), chain.front.running():
        for cell, expected in wanted + wanted:
            live = live_cell.ask(chain.front.ports[0], cell["sni"], cell["host"], cell["alpn"])
            was = {key: live.get(key) for key in expected}
            if expected["virtual_host"] is None:
                was["virtual_host"] = None  # a refusal may name it or not
            count += 1
            found = [f"{key}: predicted {expected[key]}, was {was[key]}" for key in expected if was[key] != expected[key]]
            quirk = run.quirk_of(quirks, chain.name, run.describe(cell), found) if found else None
            if not found:
                agreed += 1
            elif quirk:
                met[quirk["id"]] = met.get(quirk["id"], 0) + 1
            else:
                complaints.append(f"{chain.name}: {run.describe(cell)}: {'; '.join(found)}")
    return count, agreed, met, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--work", required=True, help="folder for unpacked servers")
    parser.add_argument("chains", nargs="*")
    options = parser.parse_args()
    real_servers.end_on_signal()
    work = os.path.abspath(options.work)
    certificates.store = os.path.join(work, "certificates")
    binaries, versions = run.unpacked({"nginx", "httpd"}, work)
    every = sorted(os.listdir(os.path.join(HERE, "chains")))
    chosen, quirks = options.chains or every, run.read_quirks()
    totals, all_met, failed = {}, {}, False
    for name in chosen:
        with real_servers.served_folder() as folder:
            chain = Chain(name, folder, binaries)
            count, agreed, met, complaints = run_chain(chain, options.astray, versions, quirks)
        print(f"{name}: {count} cells, {agreed} agree, {sum(met.values())} quirks, {len(complaints)} differ")
        for line in complaints:
            print("  " + line)
        both = " -> ".join(f"{case.kind} {versions[case.kind]}" for case in (chain.front, chain.back))
        for index, number in enumerate((count, agreed, sum(met.values()))):
            totals.setdefault(both, [0, 0, 0])[index] += number
        all_met.update(met)
        failed = failed or bool(complaints) or count == 0
    for line in [] if options.chains else run.stale(quirks, every, all_met):
        print(line)
        failed = True
    run.print_totals(totals)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
