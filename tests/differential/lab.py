#!/usr/bin/python3
"""Starts the server of one case for others to look at, and says where it is.

    tests/differential/lab.py [--work FOLDER] [--astray BINARY] CASE          (lab.py --list: the cases' names)

One line of JSON on standard output when the server answers:
    {"case", "kind", "version", "package", "config", "folder", "addresses": ["127.0.0.1:PORT", …], "names": [those in its certificates],
     "certificates": {file: [names]}, "client_certificates": {CA file: PEM file with certificate and key}, "pid"}
It runs until standard input ends (or SIGTERM), then stops the server and removes the folder.
"""
import argparse
import json
import os
import sys

import certificates
import real_servers
import run
from server_case import HERE, Case


def every_case():
    return sorted(name for place in ("cases", "resumption") for name in os.listdir(os.path.join(HERE, place)))


def description(case, server, version, release):
    names = run.certificate_names(case.folder)
    of_file = {entry[:-len(".crt")]: sorted(names[certificates.fingerprint(os.path.join(case.folder, entry))])
               for entry in sorted(os.listdir(case.folder)) if entry.endswith(".pem.crt")}
    authorities = [entry for entry, found in of_file.items() if not found]
    return {"case": case.name, "kind": case.kind, "version": version, "package": release, "config": case.config, "folder": case.folder,
            "addresses": [f"127.0.0.1:{port}" for port in case.ports], "names": sorted(set().union(*names.values())),
            "certificates": {os.path.join(case.folder, entry): found for entry, found in of_file.items() if found},
            "client_certificates": {os.path.join(case.folder, entry): case.client_certificate(entry) for entry in authorities},
            "pid": server.process.pid}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default=os.path.join(HERE, "../../build/differential"), help="folder for unpacked servers")
    parser.add_argument("--astray", default=os.path.join(HERE, "../../build/dev/src/astray"), help="the binary whose gateway astray-* start")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("case", nargs="?")
    options = parser.parse_args()
    if options.list:
        print("\n".join(every_case()))
        return
    if options.case not in every_case():
        parser.error(f"no case {options.case}: lab.py --list names them")
    real_servers.end_on_signal()
    work = os.path.abspath(options.work)
    certificates.store = os.path.join(work, "certificates")
    kind = options.case.split("-")[0]
    binaries, versions = run.unpacked({kind}, work, options.astray)
    with real_servers.served_folder() as folder:
        case = Case(options.case, folder, binaries)
        with case.running() as server:
            release = real_servers.release(kind, os.path.join(work, "servers"))
            print(json.dumps(description(case, server, versions[kind], release)), flush=True)
            while sys.stdin.buffer.read1(4096):
                pass


if __name__ == "__main__":
    main()
