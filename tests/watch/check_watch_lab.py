#!/usr/bin/env python3
"""Breaks three real nodes in eight ways, one after the other, under the eyes of `astray watch`.

Each fault has to be told once, with its kind, node, name and cause, in the first or second round that began after it was
there; and resolved once when it is mended. What the watcher says beside that is a failure.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import queue
import sqlite3
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "differential"), str(HERE.parent / "support")]
import free_ports  # pylint: disable=wrong-import-position
import lab_nodes  # pylint: disable=wrong-import-position
import real_servers  # pylint: disable=wrong-import-position

PATIENCE = 120  # seconds for an event; rounds are counted apart from that
ROUNDS_TO_BE_TOLD_IN = 2
WITHOUT_API = tuple(name for name in lab_nodes.NAMES if name != "api.test")


@dataclasses.dataclass
class Fault:
    """What is changed on which nodes, and what has to be told."""
    what: str
    changes: dict       # node -> arguments of lab_nodes.Node
    kind: str
    names: tuple
    cause: tuple        # parts of the told cause
    sentence: str = ""  # part of the told sentence


FAULTS = [
    Fault("certificate renewed without a name", {1: {"certificate": "without-blog"}}, "certificate-gap", ("blog.test",),
          ("renewed without blog.test", "for api.test and shop.test")),
    Fault("virtual host removed on one node", {1: {"names": WITHOUT_API}}, "default-answering", ("api.test",),
          ("virtual host of api.test is gone", "alone")),
    Fault("client authentication added", {1: {"protected": ("blog.test",)}}, "authentication-changed", ("blog.test",),
          ("Client authentication was turned on",)),
    Fault("h2 turned off", {3: {"h2": False}}, "protocol-changed", lab_nodes.NAMES, ("h2 was turned off", "coalesce")),
    Fault("SNI dropped by a proxy", {2: {"sends_sni": False}}, "refused", ("api.test", "blog.test"),
          ("written by httpd", "no longer sends the name in SNI to its back")),
    Fault("wrong back", {3: {"backs": {"shop.test": "blog.test"}}}, "misdirected", ("shop.test",), ("that of blog.test", "wrong back")),
    Fault("default virtual host answering", {node: {"names": WITHOUT_API} for node in (1, 2, 3)}, "default-answering", ("api.test",),
          ("virtual host of api.test is gone",)),
    Fault("certificate whose time is over", {2: {"certificate": "expired"}}, "certificate-expired", lab_nodes.NAMES,
          ("not renewed in time",), "expired at 2020-02-01"),
]


class Watcher:
    """`astray watch` on the lab; its events as they come."""

    def __init__(self, astray, lab, folder):
        self.store = os.path.join(folder, "watch.db")
        settings = pathlib.Path(folder) / "watch.yaml"
        targets = ", ".join(f"https://{name}:{lab.port}" for name in lab_nodes.NAMES)
        nodes = ", ".join(f'"{lab.address(number)}"' for number in (1, 2, 3))
        settings.write_text(f"targets: [{targets}]\nnodes: [{nodes}]\n"
                            "pace: {interval: 2s, jitter: 0%, connections_per_second: 0, connections_per_node: 6}\n"
                            f"store: {{path: {self.store}}}\npage: {{address: \"127.0.0.1:{free_ports.free_port()}\"}}\n")
        self.errors = open(os.path.join(folder, "watch.log"), "wb")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([astray, "watch", "-c", str(settings), "--format", "jsonl"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        self.events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            # A machine that is too slow for the pace is no fault of the nodes.
            if event["problem"]["kind"] != "watcher-impaired":
                self.events.put(event)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()

    def said(self):
        with open(self.errors.name, encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def rounds(self):
        """When each stored round began, in seconds since 1970."""
        with contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=10)) as store:
            return [row[0] for row in store.execute("SELECT began FROM round ORDER BY number")]

    def wait_for_rounds(self, count):
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(sqlite3.Error):
                if len(self.rounds()) >= count:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the watcher (status {self.process.poll()}) did not come to {count} rounds:\n{self.said()}")
            time.sleep(0.1)

    def next_event(self):
        try:
            return self.events.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"nothing was told in {PATIENCE} s:\n{self.said()}") from None

    def expect_silence(self):
        if not self.events.empty():
            raise AssertionError(f"something was told that nobody did: {summary(self.events.get())}")


def summary(event):
    problem = event["problem"]
    return f"{event['step']} {problem['kind']} {','.join(problem['affected_names'])} on {','.join(problem['nodes'])}: {problem['sentence']}"


def expect(condition, event, why):
    if not condition:
        raise AssertionError(f"{why}: {summary(event)}\n{json.dumps(event, indent=2)[:4000]}")


def await_event(watcher, step, problem_id=None):
    """The next event of this step. Growth is no second report, as long as it is of the same problem."""
    while True:
        event = watcher.next_event()
        if event["step"] == "grown" and event["problem"]["id"] == problem_id:
            continue
        expect(event["step"] == step, event, f"expected an event '{step}'")
        expect(problem_id is None or event["problem"]["id"] == problem_id, event, f"expected that of the problem {problem_id}")
        return event


def change_between_rounds(lab, watcher, changes):
    """A round that sees a half of a change tells, rightly, what that half looks like."""
    watcher.wait_for_rounds(len(watcher.rounds()) + 1)
    for node, change in changes.items():
        lab.change(node, **change)


def check(fault, lab, watcher):
    before = len(watcher.rounds())
    change_between_rounds(lab, watcher, fault.changes)
    there_since = time.time()
    opened = await_event(watcher, "opened")
    problem = opened["problem"]
    expect(problem["kind"] == fault.kind, opened, f"expected the kind {fault.kind}")
    for part in fault.cause:
        expect(part in problem["cause"], opened, f"expected '{part}' in the cause")
    expect(fault.sentence in problem["sentence"], opened, f"expected '{fault.sentence}' in the sentence")
    expect("astray probe " in problem["next_step"], opened, "expected a command that shows it")
    # What reaches further nodes and names in the next rounds belongs to it.
    watcher.wait_for_rounds(len(watcher.rounds()) + 2)
    began = [moment for moment in watcher.rounds()[before:] if moment > there_since]
    told_in = sum(1 for moment in began if moment <= seconds_of(opened["at"]))
    expect(told_in <= ROUNDS_TO_BE_TOLD_IN, opened, f"told only in round {told_in} after the fault was there")

    change_between_rounds(lab, watcher, {node: {} for node in fault.changes})
    resolved = await_event(watcher, "resolved", problem["id"])
    touched = set(problem["nodes"]) | set(resolved["problem"]["nodes"])
    expect(touched <= {lab.address(node) for node in fault.changes}, resolved, "a node is named that nothing was done to")
    expect(set(problem["affected_names"]) <= set(fault.names), opened, f"expected the names {fault.names}")
    if len(fault.changes) == 1:
        expect(tuple(problem["affected_names"]) == fault.names, opened, f"expected the names {fault.names}")
    watcher.wait_for_rounds(len(watcher.rounds()) + 2)
    watcher.expect_silence()
    print(f"  {fault.what}: {problem['sentence']}", flush=True)


def seconds_of(text):
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--astray", required=True)
    parser.add_argument("--servers", required=True)
    parser.add_argument("--only", help="part of the name of a fault")
    arguments = parser.parse_args()
    real_servers.end_on_signal()
    binaries = lab_nodes.unpack_all(arguments.servers)
    began = time.monotonic()
    with real_servers.served_folder() as folder, contextlib.ExitStack() as stack:
        lab = stack.enter_context(lab_nodes.Lab(binaries, folder, [free_ports.free_port() for _ in range(3)]))
        watcher = stack.enter_context(Watcher(arguments.astray, lab, folder))
        watcher.wait_for_rounds(2)
        watcher.expect_silence()
        chosen = [fault for fault in FAULTS if not arguments.only or arguments.only in fault.what]
        for fault in chosen:
            check(fault, lab, watcher)
    print(f"{len(chosen)} faults, each told once and resolved once, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
