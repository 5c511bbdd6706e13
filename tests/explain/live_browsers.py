#!/usr/bin/python3
"""Chromium and Firefox are misdirected by the servers of cases/, and record it; `astray explain` has to say so from the NetLog, from
the MOZ_LOG, and from each of them together with the servers' logs.

A scenario.yaml with `browsed` says which names they ask for, one after the other:
  first, second  names
  retried        what became of the request on the connection of its own that each of them makes for it (members of "retries")
  with_logs      members that the story has where the servers' logs are given too
"""
import pathlib
import sys

import live_captures
import live_firefox
from live_logs import compare, configuration_of, explain, options_of, report_all, unpacked, until_written
from scenario import CASES, Scenario, real_servers

AUTHORITY = "known"


def shared_certificate(scenario, authority):
    """Signs anew what the scenario's servers show, by an authority that Firefox knows; the certificate's path."""
    name, names = (CASES / scenario.name / "certificates").read_text().splitlines()[0].split(": ")
    signed = authority.server([each.strip() for each in names.split(",")])
    for ending in ("", ".crt", ".key"):
        source = pathlib.Path(signed) if not ending else pathlib.Path(signed).with_suffix(ending)
        (scenario.folder / (name + ending)).write_bytes(source.read_bytes())
    return str(scenario.folder / (name + ".crt"))


def wanted(browsed):
    return {"cause": "coalesced-onto-another-virtual-host", "confidence": "certain", "sni": browsed["first"], "authority": browsed["second"],
            "connection_was": "reused", "protocol": "h2", "reused_by": "coalesced", "count": 1, "retried": browsed["retried"]}


def check(name, browser, astray, binaries):
    with real_servers.served_folder() as folder:
        scenario = Scenario(name, folder, binaries)
        browsed = scenario.told["browsed"]
        authority = live_firefox.certificates.Authority(folder, AUTHORITY)
        certificate = shared_certificate(scenario, authority)
        names = [browsed["first"], browsed["second"]]
        port = scenario.front.ports[0]
        with scenario.running():
            if browser == "chromium":
                capture = live_captures.browse(folder, port, names, certificate)
            else:
                capture = live_firefox.browse(folder, port, names, authority)[0]
            # For either name one, the retry, and Firefox's page; a server that ends may leave the last lines unwritten.
            until_written(scenario.folder / scenario.told["logs"][0], 3 + (browser == "firefox"), what=b"Mozilla/")
        expected = wanted(browsed)
        wrong = compare([expected], *explain(astray, [capture]))
        logs = [scenario.folder / log for log in scenario.told["logs"]]
        together = compare([expected | browsed["with_logs"]], *explain(astray, [capture, *logs], configuration_of(scenario)))
    return wrong + [f"with the servers' logs: {line}" for line in together]


def main():
    options = options_of(__doc__, ("--only", "one case"))
    binaries = unpacked(options, real_servers.PACKAGES)
    browsed = [case.name for case in sorted(CASES.iterdir()) if "\nbrowsed:" in (case / "scenario.yaml").read_text()]
    checks = {}
    for name in browsed:
        for browser in ("chromium", "firefox"):
            if options.only in (None, name):
                checks[f"{name} {browser}"] = check(name, browser, options.astray, binaries)
    return report_all(checks)


if __name__ == "__main__":
    sys.exit(main())
