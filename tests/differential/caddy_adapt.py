#!/usr/bin/python3
"""What astray reads from a Caddyfile itself must be what it reads from the JSON that Caddy makes of the same file.

    tests/differential/caddy_adapt.py --astray BINARY --work FOLDER [CASE…]

`caddy adapt` of the real server is the oracle: both forms of every caddy case are predicted, and every cell has to be the same. Holders of
client certificates are left out: the JSON has the CAs themselves in it, which astray does not look into.
"""
import argparse
import os
import subprocess
import sys

import certificates
import real_servers
import run
from server_case import HERE, Case

COMPARED = ("address", "sni", "host", "alpn", "handshake", "alert", "certificate", "protocol", "outcome", "reason", "status", "virtual_host")


def adapt(case):
    """The path of the JSON that Caddy makes of the case's Caddyfile, in the same folder."""
    done = subprocess.run([case.binary, "adapt", "--config", case.config, "--adapter", "caddyfile"], capture_output=True, check=False,
                          timeout=30, cwd=case.folder, env=real_servers.environment(case.kind, case.binary, case.folder))
    if done.returncode != 0:
        raise RuntimeError(f"{case.name}: caddy adapt failed:\n{done.stderr.decode()}")
    path = os.path.join(case.folder, "adapted.json")
    with open(path, "wb") as out:
        out.write(done.stdout)
    return path


def cells(case, astray, version, arguments):
    """Sorted, since listeners and sites need not be in the same order."""
    return sorted(repr(tuple(cell.get(field) for field in COMPARED)) for cell in case.predictions(astray, version, arguments))


def check(case, astray, version):
    """(cells, lines to complain about)"""
    count, complaints = 0, []
    own = case.config
    for arguments, holding in run.passes(case):
        if holding:
            continue
        expected = cells(case, astray, version, arguments)
        case.config = adapt(case)
        adapted = cells(case, astray, version, arguments)
        case.config = own
        count += len(expected)
        complaints += [f"{case.name}: from the Caddyfile alone: {cell}" for cell in sorted(set(expected) - set(adapted))]
        complaints += [f"{case.name}: from the JSON alone: {cell}" for cell in sorted(set(adapted) - set(expected))]
    return count, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--work", required=True, help="folder for unpacked servers")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    certificates.store = os.path.join(os.path.abspath(options.work), "certificates")
    names = options.cases or sorted(name for name in os.listdir(os.path.join(HERE, "cases")) if name.startswith("caddy-"))
    binaries, versions = run.unpacked({"caddy"}, os.path.abspath(options.work), options.astray)
    failed = False
    for name in names:
        with real_servers.served_folder() as folder:
            count, complaints = check(Case(name, folder, binaries), options.astray, versions["caddy"])
        print(f"{name}: {count} cells, {len(complaints)} differ")
        for line in complaints[:20]:
            print("  " + line)
        failed = failed or bool(complaints) or count == 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
