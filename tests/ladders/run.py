#!/usr/bin/python3
"""Holds judge_reuse and judge_retry for the profiles of real clients against those clients.

    tests/ladders/run.py --judge BINARY --client chromium|firefox|curl|node|astray [--update] [--netlog FILE] [SCENARIO…]

Every scenario of scenarios.yaml is played to the client, in a network of the test's own; README.md says how to read one. What the
client was seen to do has to be what the judge says of its profile; accepted differences stand in quirks.yaml with a sentence each, and
one that no longer happens fails the run. Then each rung is left out of the profile in turn: the scenarios that notice it prove it.
results/<client>-<major version>.yaml keeps what was seen; a run that sees anything else of that version fails. --update writes it anew,
to be reviewed.
"""
import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import time

import own_network
import results
from certificates import Authority
from clients import astray_client, chromium, command_line, firefox, node
from comparison import Observation, compare
from judge import Judge
from lab_server import Behaviour, LabServer
from name_server import NameServer
from scenario import HERE, Move, Release, Request, read_scenarios

CLIENTS = {"chromium": [chromium.Chromium], "firefox": [firefox.Firefox], "curl": [command_line.Curl],
           "node": [node.NodeHttp2, node.NodeFetch], "astray": astray_client.EVERY_POLICY}
PAGE_HOST, PAGE_ADDRESS = "page.lab.test", "198.18.0.1"
CLOSED_HOST, CLOSED_ADDRESS = "closed.lab.test", "198.18.0.2"  # nobody listens there
MEMORY = ["evicts-alias", "marks-connection", "closes-connection", "removes-from-origin-set", "refreshes-dns"]


class Lab:
    """What there is before any scenario: authorities, DNS, the page that browsers send their requests from."""

    def __init__(self, folder, netlog, library):
        self.folder, self.netlog, self.library = folder, netlog, library
        own_network.use_lab_resolver(folder)
        self.has_ipv6 = own_network.add_ipv6()
        self.authority = Authority(folder, "known")
        self.unknown_authority = Authority(folder, "unknown")
        self.clients_authority = Authority(folder, "clients")
        self.client_pem = self.clients_authority.client()
        self.dns = NameServer(own_network.RESOLVER)
        self.dns.addresses[PAGE_HOST] = [PAGE_ADDRESS]
        self.dns.addresses[CLOSED_HOST] = [CLOSED_ADDRESS]
        self.closed = f"https://{CLOSED_HOST}/"
        self.server = LabServer()
        self.server.open(Behaviour({PAGE_HOST: (self.authority.server([PAGE_HOST]), [PAGE_HOST])}, PAGE_HOST,
                                   self.clients_authority.certificate), [(PAGE_ADDRESS, 443)])
        self.page = f"https://{PAGE_HOST}/"

    def asked_for_closed(self):
        """How often DNS was asked for the host of `closed`: whether a client has forgotten it."""
        return self.dns.count_asked(CLOSED_HOST, 0.0, float("inf"))

    def play(self, client, scenario, profile):
        """The client's Observation."""
        began = time.monotonic()
        self.dns.addresses.update(scenario.addresses)
        self.dns.services.update(scenario.services)
        for address in scenario.every_address:
            own_network.add_address(address)
        authority = self.unknown_authority if scenario.overridden else self.authority
        site = self.server.open(scenario.behaviour(authority, self.clients_authority), scenario.endpoints())
        try:
            outcomes, finished = (self._step_by_step if client.interactive else self._at_once)(client, scenario, profile, site)
            self.server.wait_until_calm(site)
            # A command ends its connections when it ends.
            seen_until = time.monotonic() if client.interactive else max((a.answered for a in site.attempts), default=0.0)
        finally:
            self.server.close(site)
        return Observation(site, self.dns, outcomes, finished, client.interactive, seen_until, began)

    def _step_by_step(self, client, scenario, profile, site):
        client.begin_scenario(scenario, profile)
        outcomes, finished = {}, {}
        for step in scenario.steps:
            if isinstance(step, Move):
                client.forget_dns()
                self.dns.move(step.addresses)
            elif isinstance(step, Release):
                self.server.release(site)
                for request in scenario.requests:
                    if request.hold and request.id in outcomes:
                        finished[request.id] = client.finish(request)
            else:
                outcomes[step.id] = client.send(step)
                self.server.wait_until_calm(site)
        return outcomes, finished

    def _at_once(self, client, scenario, _profile, _site):
        if any(not isinstance(step, Request) or step.hold for step in scenario.steps):
            raise ValueError(f"{scenario.name}: {client.name} cannot be told its steps one by one; the scenario needs `only`")
        return {request.id: outcome for request, outcome in zip(scenario.requests, client.play(scenario))}, {}


def concerns(scenario, family):
    return family in scenario.data.get("only", [family])


class Run:
    """One client over all scenarios."""

    def __init__(self, lab, judge, client, family, quirks, expected):
        """`expected`: scenario name -> the outcomes that earlier runs have seen, each as lines."""
        self.lab, self.judge, self.client, self.family, self.expected = lab, judge, client, family, expected
        self.quirks = [quirk for quirk in quirks if quirk["client"] == client.name]
        self.met = set()
        self.played = {}  # scenario name -> (scenario, profile, observation)
        self.seen = {}  # scenario name -> lines
        self.failures = []

    def profile_for(self, scenario):
        return scenario.data.get("profile", {}).get(self.family, self.client.profiles[0])

    def compared(self, scenario, profile, observation, without=None):
        """(lines, differences that are not accepted, ids of the quirks that were met)"""
        rows, complaints = compare(scenario, observation, self.judge, profile, without)
        left, met = [], set()
        for complaint in complaints:
            quirk = next((q for q in self.quirks if re.fullmatch(q["scenario"], scenario.name) and
                          re.search(q["difference"], complaint)), None)
            if quirk:
                met.add(quirk["id"])
            else:
                left.append(complaint)
        return rows, left, met

    def play_one(self, scenario, profile):
        """Browsers race connections against each other, and a busy machine decides such a race the other way now and then:
        what is not as expected is looked at up to three times."""
        for _ in range(3):
            observation = self.lab.play(self.client, scenario, profile)
            rows, complaints, met = self.compared(scenario, profile, observation)
            if not complaints and rows in self.expected.get(scenario.name, [rows]):
                break
            print(f"  {scenario.name:38} unlike   {'; '.join(rows)}")
        return observation, rows, complaints, met

    def play(self, scenarios):
        for scenario in scenarios:
            if not concerns(scenario, self.family) or (scenario.data.get("only_h1") and not self.client.speaks_h1):
                continue
            if scenario.needs_ipv6 and not self.lab.has_ipv6:
                print(f"SKIPPED: {scenario.name}: this kernel has no IPv6")
                continue
            profile = self.profile_for(scenario)
            observation, rows, complaints, met = self.play_one(scenario, profile)
            self.played[scenario.name] = scenario, profile, observation
            self.met |= met
            self.seen[scenario.name] = rows
            mark = "differs" if complaints else "quirk" if met else "agrees"
            print(f"  {scenario.name:38} {mark:8} {'; '.join(rows)}")
            for complaint in complaints:
                print(f"    {complaint}")
                self.failures.append(f"{scenario.name}: {complaint}")

    def proof(self):
        """{profile: {"shown": [rungs that some scenario would miss], "not shown": [the others]}}"""
        found = {}
        untouched = {name: set(self.compared(*played)[1]) for name, played in self.played.items()}
        for profile in sorted({profile for _, profile, _ in self.played.values()}):
            parts = found.setdefault(profile, {"shown": [], "not shown": []})
            for part in [*self.judge.ladder(profile), *self._memory(profile)]:
                noticed = any(set(self.compared(scenario, profile, observation, part)[1]) - untouched[name]
                              for name, (scenario, used, observation) in self.played.items() if used == profile)
                parts["shown" if noticed else "not shown"].append(part)
        return found

    def _memory(self, profile):
        remembered = set()
        for carried_by in ("own-connection", "coalesced-connection"):
            remembered |= self.judge.retry(profile=profile, carried_by=carried_by, body="none", earlier=0, protocol="h2")[2]
        return [word for word in MEMORY if word in remembered]

    def stale_quirks(self):
        return [f"quirk {quirk['id']} did not happen: remove it from quirks.yaml" for quirk in self.quirks
                if quirk["id"] not in self.met and not quirk.get("sometimes")]


def test_client(lab, judge, options, kind):
    """Lines of failures. A run that has some is made once more: races between connections hide things from one run."""
    failures = play_client(lab, judge, options, kind)
    for failure in failures:
        print(f"  once more, for: {failure}")
    return failures and play_client(lab, judge, options, kind)


def play_client(lab, judge, options, kind):
    """Lines of failures of one run."""
    scenarios = [scenario for scenario in read_scenarios() if not options.scenarios or scenario.name in options.scenarios]
    started = time.monotonic()
    with kind(lab) as client:
        version = client.version()
        print(f"{client.name} {version}")
        path = results.path_of(client.name, version)
        known = results.read_yaml(path)
        entries = (known or {}).get("scenarios", {})
        expected = {} if options.update else {name: results.outcomes(entry) for name, entry in entries.items()}
        run = Run(lab, judge, client, options.client, results.read_yaml(os.path.join(HERE, "quirks.yaml")) or [], expected)
        run.play(scenarios)
    proof = run.proof()
    for profile, parts in proof.items():
        print(f"  {profile}: shown {', '.join(parts['shown']) or 'nothing'}; not shown {', '.join(parts['not shown']) or 'nothing'}")
    failures = list(run.failures)
    if not options.scenarios:
        failures += run.stale_quirks()
        seen = {"client": client.name, "version": version,
                "scenarios": {name: {"says": run.played[name][0].says, "seen": rows} for name, rows in run.seen.items()},
                "proof": proof}
        if options.update:
            kept = {name: results.entry_of(entry["says"], entry["seen"], entries.get(name)) for name, entry in seen["scenarios"].items()}
            results.write(path, seen | {"scenarios": kept})
        elif known is None:
            print(f"  results/ has nothing of this version: --update writes {os.path.basename(path)}")
        else:
            failures += results.changes(known, seen)
    print(f"  {len(run.seen)} scenarios in {time.monotonic() - started:.0f} s, {len(run.met)} quirks, {len(failures)} failures")
    return failures


def end_on_signal(*_):
    sys.exit(1)  # through every finally


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", required=True, help="the program judge_ladder")
    parser.add_argument("--client", required=True, choices=sorted(CLIENTS))
    parser.add_argument("--update", action="store_true", default=bool(os.environ.get("ASTRAY_UPDATE")), help="write results/ anew")
    parser.add_argument("--library", help="libastray.so, for the client astray")
    parser.add_argument("--netlog", help="where Chromium writes its NetLog, for a look at why")
    parser.add_argument("scenarios", nargs="*")
    options = parser.parse_args()
    own_network.enter()
    signal.signal(signal.SIGTERM, end_on_signal)
    folder = tempfile.mkdtemp(prefix="astray-ladders-")
    judge = Judge(options.judge)
    failures = []
    try:
        lab = Lab(folder, options.netlog, options.library)
        for kind in CLIENTS[options.client]:
            failures += test_client(lab, judge, options, kind)
    finally:
        judge.close()
        shutil.rmtree(folder, ignore_errors=True)
    for failure in failures:
        print("FAILED: " + failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
