#!/usr/bin/python3
"""What becomes of client authentication when a TLS session of one name is offered with another name's SNI.

    tests/differential/resumption.py --work FOLDER --server KIND [--update] [LAB…]

A lab is a folder below resumption/: a server with open.test, which asks for nothing, one.test, which wants a client certificate of
ca.pem, and two.test, which wants one of ca2.pem. Somebody without a certificate and somebody with one of ca.pem offer each session
that they can get with each SNI, and then ask for each Host, in TLS 1.2 and 1.3; "-" is no SNI. Every answer is compared with that of a fresh
handshake of the same client with the same SNI and Host:

    not resumed     the server makes a full handshake
    holds           it resumes and answers nothing that a fresh connection would not get (or refuses the offer outright: "refused")
    serves NAME     it resumes and serves NAME, which a fresh connection with this SNI does not get, but one with another SNI does
    bypass NAME     it resumes and serves NAME, which this client does not get on any fresh connection: authentication is passed by

results/<server>-<version>.yaml keeps what was found; a run that finds anything else fails. --update writes it anew, to be reviewed.
"""
import argparse
import glob
import os
import ssl
import sys

import yaml

import certificates
import live_cell
import real_servers
import run
from server_case import HERE, Case

NAMES = ["open.test", "one.test", "two.test"]
VERSIONS = list(live_cell.TLS_VERSIONS)


def served(answer, host):
    return answer.get("status") == 200 and answer.get("virtual_host") == host


def ask(port, sni, host, tls_context, session=None):
    """As live_cell.ask, and "resumed"; None in "resumed" where the handshake does not tell."""
    try:
        with live_cell.Connection(port, sni, tls_context, session) as connection:
            resumed = connection.tls.session_reused
            try:
                return {**connection.request(host), "resumed": resumed}
            except (ssl.SSLError, OSError):
                return {"status": "refused", "resumed": resumed}
    except (ssl.SSLError, OSError):
        return {"status": "refused", "resumed": None}


def session_of(port, name, tls_context):
    """A session from a connection that this client may have for `name`; None where it may not."""
    try:
        with live_cell.Connection(port, name, tls_context) as connection:
            answer = connection.request(name, last=False)  # TLS 1.3 sends tickets only with or before the answer
            return connection.tls.session if served(answer, name) else None
    except (ssl.SSLError, OSError):
        return None


def outcome(port, sni, tls_context, session_from, entitled):
    """The line of the results for one offer. entitled: the names that this client gets on some fresh connection."""
    resumed, bypassed, misdirected, refused = set(), [], [], []
    for host in NAMES:
        fresh = ask(port, sni, host, tls_context)
        session = session_of(port, session_from, tls_context)
        answer = ask(port, sni, host, tls_context, session)
        if answer["resumed"] is None:
            refused.append(host)
            continue
        resumed.add(answer["resumed"])
        if served(answer, host) and not served(fresh, host):
            (misdirected if host in entitled else bypassed).append(host)
    if bypassed:
        return "bypass " + ", ".join(bypassed)
    if misdirected:
        return "serves " + ", ".join(misdirected)
    if len(refused) == len(NAMES):
        return "refused"
    return {frozenset([True]): "holds", frozenset([False]): "not resumed"}.get(frozenset(resumed), "not always resumed")


def findings(case):
    """{TLS version: {"nobody: open.test -> one.test": outcome}}"""
    port = case.ports[0]
    found = {}
    holders = {"nobody": None, "ca.pem": case.client_certificate("ca.pem")}
    with case.running():
        for version in VERSIONS:
            lines = found.setdefault(version, {})
            for who, certificate in holders.items():
                tls_context = live_cell.context("h1", certificate, version)
                snis = [*NAMES, None]
                entitled = [host for host in NAMES if any(served(ask(port, sni, host, tls_context), host) for sni in snis)]
                for session_from in NAMES:
                    if session_of(port, session_from, tls_context) is None:
                        continue
                    for sni in snis:
                        lines[f"{who}: {session_from} -> {sni or '-'}"] = outcome(port, sni, tls_context, session_from, entitled)
    return found


def known_results(server, version):
    """What results/ has of this version; of another, where it has nothing of this one; {} without any."""
    paths = sorted(glob.glob(os.path.join(HERE, "results", server + "-*.yaml")), key=lambda path: (version in path, path))
    if not paths:
        return {}
    with open(paths[-1], encoding="utf-8") as text:
        return yaml.safe_load(text)


def changes(lab, known, found):
    complaints = []
    for version in VERSIONS:
        before, now = known.get(version, {}), found[version]
        for offer in sorted(set(before) | set(now)):
            if before.get(offer) != now.get(offer):
                complaints.append(f"{lab}, {version}, session of {offer}: was {before.get(offer, 'not asked')!r}, "
                                  f"is {now.get(offer, 'not asked')!r}")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, help="folder for unpacked servers")
    parser.add_argument("--astray", help="the binary whose gateway is asked, with --server astray")
    parser.add_argument("--server", required=True, choices=real_servers.KINDS)
    parser.add_argument("--update", action="store_true", help="write the results instead of comparing them")
    parser.add_argument("labs", nargs="*")
    options = parser.parse_args()
    real_servers.end_on_signal()
    work = os.path.abspath(options.work)
    certificates.store = os.path.join(work, "certificates")
    binaries, versions = run.unpacked({options.server}, work, options.astray)
    version = versions[options.server]
    release = real_servers.release(options.server, os.path.join(work, "servers"))
    path = os.path.join(HERE, "results", f"{options.server}-{version}.yaml")
    known = known_results(options.server, version)
    if not known and not options.update:
        sys.exit(f"nothing is known of {options.server}: run with --update, review {path} and commit it")
    every = [name for name in sorted(os.listdir(os.path.join(HERE, "resumption"))) if name.startswith(options.server + "-")]
    found, complaints = {}, []
    for lab in options.labs or every:
        with real_servers.served_folder() as folder:
            found[lab] = findings(Case(lab, folder, binaries))
        lines = [line for of_version in found[lab].values() for line in of_version.values()]
        print(f"{lab}: {len(lines)} offers, {sum(line == 'not resumed' for line in lines)} not resumed, "
              f"{sum(line in ('holds', 'refused') or 'serves' in line for line in lines)} hold, {sum('bypass' in line for line in lines)} bypasses")
        complaints += changes(lab, known.get("resumption", {}).get(lab, {}), found[lab])
    if not options.labs:
        complaints += [f"{lab} is in the results, but no longer in resumption/" for lab in set(known.get("resumption", {})) - set(found)]
    if options.update:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write("# Written by resumption.py --update, which says what the words mean.\n")
            yaml.safe_dump({"server": options.server, "version": version, "package": release, "resumption": found}, out, sort_keys=False,
                           width=130)
        return
    if known["version"] != version:
        print(f"compared with {known['version']}; --update writes the results of {version}")
    for complaint in complaints:
        print("  " + complaint)
    if complaints:
        sys.exit(f"{options.server} {version} (package {release}; the results are of {known['package']}) has changed: if that is "
                 "right, run with --update, review and commit")


if __name__ == "__main__":
    main()
