#!/usr/bin/python3
"""The harness itself, without any client or server: what a client did not do has to be noticed, and nothing is waited for without end.

    tests/ladders/harness_test.py --judge BINARY
"""
import argparse
import os
import socket
import sys
import tempfile
import types

import certificates
import results
from clients.marionette import Marionette, MarionetteError
from comparison import Observation, compare
from judge import Judge
from lab_server import Attempt, Connection
from scenario import TEXT, Scenario

ADDRESS = "198.18.1.1"


class KnownDns:
    """Everybody was told everything."""

    def __init__(self, scenario):
        self.addresses = scenario.addresses

    def answers_until(self, name, _moment):
        return self.addresses[name]

    def count_asked(self, _name, since, _until):
        """Once, before everything."""
        return 1 if since == 0.0 else 0


def observed(scenario, story, bodies=()):
    """An Observation of a story: for each request the attempts, each (number of the connection, status). A connection belongs to the
    name that first used it."""
    site = types.SimpleNamespace(connections=[], attempts=[])
    outcomes, moment = {}, 1.0
    for request, attempts in zip(scenario.requests, story):
        host = scenario.host(request.label)
        for place, (number, status) in enumerate(attempts):
            moment += 1
            if number > len(site.connections):
                site.connections.append(Connection(number, ADDRESS, 443, host, "h2", scenario.certificate_names()[host], False, None,
                                                   False, moment))
            body = TEXT.encode() if request.body != "none" and (request.id, place) not in bodies else b""
            site.attempts.append(Attempt(request.id, site.connections[number - 1], host, "GET", body, status, moment + 0.1, moment + 0.2))
        outcomes[request.id] = {"status": attempts[-1][1]}
    return Observation(site, KnownDns(scenario), outcomes, {}, True, moment + 1)


def scenario_of(**words):
    return Scenario({"name": "test", "says": "", "names": {"a": ["v4-1"], "b": ["v4-1"]}, "requests": ["a", "b"], **words}, 1)


REUSE = [[(1, 200)], [(1, 200)]]
NEW = [[(1, 200)], [(2, 200)]]
RETRY = [[(1, 200)], [(1, 421), (2, 200)]]
NOT_COVERING = {"certificates": {"a": ["a"], "b": ["b"]}}
POST = {"requests": ["a", {"to": "b", "body": "text"}]}
STREAM = {"requests": ["a", {"to": "b", "body": "stream"}]}

# What is told of whom, and what has to be noticed about it; "" where all is well.
CASES = [
    ("chromium-h2", {}, REUSE, ""),
    ("chromium-h2", {}, NEW, "opened a connection, predicted was reuse"),
    ("chromium-h2", NOT_COVERING, NEW, ""),
    ("chromium-h2", NOT_COVERING, REUSE, "predicted was a new one (certificate-gap"),
    ("chromium-h2", {"names": {"a": ["v4-1"], "b": ["v4-2"]}}, REUSE, "predicted was a new one (address-differs"),
    ("curl", {}, NEW, ""),
    ("curl", {}, REUSE, "predicted was a new one (never-coalesces"),
    ("chromium-h2", {}, RETRY, ""),
    ("chromium-h2", {}, [[(1, 200)], [(1, 421)]], "return-to-caller, predicted was retry-on-fresh-connection"),
    ("chromium-h2", {}, [[(1, 200)], [(1, 421), (1, 200)]], "retry-on-same-connection, predicted was retry-on-fresh-connection"),
    ("chromium-h2", {}, [[(1, 200)], [(1, 421), (2, 421), (3, 200)]], "after 421 number 2"),
    ("chromium-h2", {"requests": ["a"]}, [[(1, 421), (1, 421)]], ""),
    ("chromium-h2", {"requests": ["a"]}, [[(1, 421), (2, 200)]], "predicted was retry-on-same-connection"),
    ("chromium-h2", {}, [[(1, 200), (1, 200)], [(1, 200)]], "asked again after 200"),
    ("chromium-h2", POST, RETRY, ""),
    ("chromium-h2", STREAM, RETRY, "predicted was return-to-caller (body-not-replayable)"),
    ("chromium-h2", STREAM, [[(1, 200)], [(1, 421)]], ""),
    ("firefox-h2", {}, RETRY, "did not ask DNS again before the retry"),
    ("firefox-h2", {}, RETRY, "did not close the connection that answered 421"),
    ("curl", {}, [[(1, 200)], [(2, 421), (3, 200)]], "predicted was return-to-caller (client-never-retries)"),
    ("safari", {}, RETRY, "predicted was could-not-tell"),
]


def failures(judge):
    for profile, words, story, expected in CASES:
        scenario = scenario_of(**words)
        _, complaints = compare(scenario, observed(scenario, story), judge, profile)
        noticed = any(expected in complaint for complaint in complaints) if expected else not complaints
        if not noticed:
            yield f"{profile} {words} {story}: noticed {complaints}, expected {expected or 'nothing'!r}"
    scenario = scenario_of(**POST)
    _, complaints = compare(scenario, observed(scenario, RETRY, bodies=[("test.2", 1)]), judge, "chromium-h2")
    if not any("0 bytes of body arrived" in complaint for complaint in complaints):
        yield f"a body that was lost on its second way: noticed {complaints}"
    # A profile that lacks a rung has to be noticed by the scenario of that rung.
    scenario = scenario_of(**NOT_COVERING)
    if not compare(scenario, observed(scenario, NEW), judge, "chromium-h2", without="certificate-covers")[1]:
        yield "a chromium-h2 that does not look at certificates went unnoticed"


def races():
    """Of a race any outcome that results/ has is as it should be, and --update forgets none."""
    entry = {"says": "", "seen": ["a: new 200", "b: on a 200"], "or": [["a: new 200", "b: on b 200"]]}
    known = {"scenarios": {"race": entry}}
    for outcome in results.outcomes(entry):
        if found := list(results.changes(known, {"scenarios": {"race": {"says": "", "seen": outcome}}, "proof": {}})):
            yield f"{outcome} was a change: {found}"
        if results.entry_of("", outcome, entry) != entry:
            yield f"--update made {results.entry_of('', outcome, entry)} of {outcome}"
    other = ["a: new 200", "b: new 200"]
    for scenarios in (known["scenarios"], {}):
        if not list(results.changes({"scenarios": scenarios}, {"scenarios": {"race": {"says": "", "seen": other}}, "proof": {}})):
            yield f"{other} was no change of {scenarios}"
    if results.outcomes(results.entry_of("", other, entry)) != [other, *entry["or"]]:
        yield f"--update made {results.entry_of('', other, entry)} of {other}"
    if results.entry_of("new", other, None) != {"says": "new", "seen": other}:
        yield f"a first entry is {results.entry_of('new', other, None)}"


def endless_waits():
    """A run that waits for what does not come must end, and say what that was."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        try:
            Marionette(silent.getsockname()[1], 0.1, 0.1)
            yield "a Firefox without a greeting was taken for one"
        except MarionetteError as error:
            if "greeting" not in str(error):
                yield f"the error does not name what did not come: {error}"
    with tempfile.TemporaryDirectory() as folder:
        authority = certificates.Authority(folder, "known")
        client, database = authority.client(), os.path.join(folder, "nssdb")
        certificates.make_nss_database(database, authority, client)
        try:
            certificates.make_nss_database(database, authority, client)
            yield "a database that is there was made anew"
        except FileExistsError:
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", required=True, help="the program judge_ladder")
    judge = Judge(parser.parse_args().judge)
    found = [*failures(judge), *races(), *endless_waits()]
    judge.close()
    for line in found:
        print("FAILED: " + line)
    print(f"{len(CASES) + 2} stories, {len(found)} failures")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
