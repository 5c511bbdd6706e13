"""A scenario: real servers in a folder, and what a client asks them.

scenario.yaml, beside the server's configuration (placeholders as in tests/differential; @TEMPORARY@: nginx's temporary folders):
  back           kind of the server behind, whose files are in back/; its ports are @BACK1@ … in front
  connections    what a client does, one after the other: an SNI (null: none), ALPN, and on that one connection `requests`:
                   "HOST STATUS" or "HOST STATUS TIMES"
                   {raw: TEXT, status: STATUS}  sent as it is over HTTP/1
                   {runtime: COMMAND}  said to HAProxy on its socket @DIR@/admin.sock
                   {reload: FILE, until: TEXT}  FILE becomes the configuration, and the server is told to load it; it then says TEXT
                 client_certificate: an authority that signed the one that the client has; times: how many such connections
"""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sys
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("incidents", "differential", "support")]
import live_cell  # noqa: E402 pylint: disable=wrong-import-position
import real_servers  # noqa: E402 pylint: disable=wrong-import-position
from server_case import Case  # noqa: E402 pylint: disable=wrong-import-position

CASES = HERE / "cases"
PATIENCE = 10  # seconds
TEMPORARY = " ".join(f"{kind}_temp_path @DIR@/{kind}_temp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


def copy_files(source, target):
    for entry in pathlib.Path(source).iterdir():
        if entry.is_file() and entry.name != "scenario.yaml":
            shutil.copy(entry, target)


def in_place(name, kind, source, folder, binaries, values):
    """A Case of the files of `source`; scenario.yaml is about the case, and no file of the server."""
    with real_servers.served_folder() as files:
        copy_files(source, files)
        values = {"@TEMPORARY@": TEMPORARY.replace("@DIR@", str(folder)), **values}
        return Case(f"{kind}-{name}", str(folder), binaries, source=files, more_values=values)


class Scenario:
    """name, told (the file), folder, cases (front and then back), front."""

    def __init__(self, name, folder, binaries):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.told = yaml.safe_load((CASES / name / "scenario.yaml").read_text())
        self.cases = []
        values = {}
        if kind := self.told.get("back"):
            (self.folder / "back").mkdir(mode=0o755)
            self.cases.append(in_place(name, kind, CASES / name / "back", self.folder / "back", binaries, {}))
            values = {f"@BACK{number}@": str(port) for number, port in enumerate(self.cases[0].ports, 1)}
        self.front = in_place(name, name.split("-")[0], CASES / name, self.folder, binaries, values)
        self.cases.insert(0, self.front)
        self.server = None

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            for case in reversed(self.cases):
                self.server = stack.enter_context(case.running())
            yield self

    def speak(self):
        """Does what the scenario says; what was answered otherwise, as lines."""
        return [line for each in self.told["connections"] for _ in range(each.get("times", 1)) for line in self._connect(each)]

    def requests(self):
        """How many there are."""
        return sum(each.get("times", 1) * sum(asked(step)[2] or "raw" in step for step in each["requests"]) for each in self.told["connections"])

    def _connect(self, each):
        client = self.front.client_certificate(each["client_certificate"]) if "client_certificate" in each else None
        wrong = []
        with live_cell.Connection(self.front.ports[0], each["sni"], live_cell.context(each["alpn"], client)) as connection:
            for index, step in enumerate(each["requests"]):
                if isinstance(step, dict):
                    wrong += self._do(step, connection)
                host, status, times = asked(step)
                for turn in range(times):
                    last = index + 1 == len(each["requests"]) and turn + 1 == times
                    got = connection.request(host, last)["status"]
                    if got != status:
                        wrong.append(f"the server answered {got} to {host} on SNI {each['sni']}, expected {status}")
        return wrong

    def _do(self, step, connection):
        """Lines, as _connect."""
        if "raw" in step:
            connection.tls.sendall(step["raw"].encode())
            answer = connection.tls.recv(65536).decode()
            return [] if f" {step['status']} " in answer.partition("\r\n")[0] else [f"{step} was answered by {answer}"]
        if command := step.get("runtime"):
            with socket.socket(socket.AF_UNIX) as admin:
                admin.settimeout(live_cell.TIMEOUT)
                admin.connect(str(self.folder / "admin.sock"))
                admin.sendall(command.replace("@DIR@", str(self.folder)).encode() + b"\n")
                if said := admin.recv(4096).strip():
                    raise AssertionError(f"{command}: HAProxy said {said}")
            return []
        shutil.copy(self.folder / step["reload"], self.front.config)
        os.kill(self.server.process.pid, signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while step["until"] not in self.server.said():
            if time.monotonic() > deadline:
                raise AssertionError(f"the server did not say {step['until']}: {self.server.said()}")
            time.sleep(0.02)
        return []


def asked(step):
    """(host, status, times) of a step; no times where it is something else."""
    if isinstance(step, dict):
        return None, None, 0
    host, status, times = [*step.split(), "1"][:3]
    return host, int(status), int(times)
