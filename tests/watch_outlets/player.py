"""The player of rounds (play_rounds.cc), and what the tests of outlets share."""
import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "differential"))
# pylint: disable=wrong-import-position,unused-import
import real_servers  # noqa: E402
from free_ports import free_port  # noqa: E402,F401
from real_servers import RunningProcess, unpacked_below  # noqa: E402,F401

RECEIVERS = {
    "prometheus": (["prometheus"], "usr/bin/promtool"),
    "alertmanager": (["prometheus-alertmanager"], "usr/bin/prometheus-alertmanager"),
    "nats": (["nats-server"], "usr/sbin/nats-server"),
    "clickhouse": (["clickhouse-server", "clickhouse-common"], "usr/sbin/clickhouse-server"),
}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--player", required=True)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--work", required=True)
    return parser.parse_args()


def unpack(kind, work):
    """The path of the receiver's binary, fetched once; its library packages are in scripts/packages.sh."""
    packages, binary = RECEIVERS[kind]
    return real_servers.unpack_packages(kind, packages, binary, work)


@contextlib.contextmanager
def folder():
    """Removed at the end; SIGTERM unwinds to there too."""
    real_servers.end_on_signal()
    path = tempfile.mkdtemp(prefix="astray-outlets-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Player:
    """One run of play_rounds; ended with its `with`."""

    def __init__(self, binary, store, **options):
        words = [f"{name}={value}" for name, value in {"store": store, **options}.items()]
        self.process = subprocess.Popen([binary, *words], stdout=subprocess.PIPE, text=True)
        self.lines = []

    def wait(self, seconds=90):
        """Its lines, once it has ended well."""
        patience = threading.Timer(seconds, self.process.kill)
        patience.start()
        self.wait_ended()
        patience.cancel()
        check(self.process.returncode == 0, f"the player ended with {self.process.returncode}: {self.lines[-5:]}")
        return self.lines

    def wait_ended(self):
        """Whatever it had still to print."""
        self.lines += [line.rstrip("\n") for line in self.process.stdout]
        self.process.wait()

    def read_until(self, beginning, seconds=60):
        """Up to the first line that begins so."""
        deadline = time.monotonic() + seconds
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(beginning):
                return self.lines[-1]
            check(time.monotonic() < deadline, f"no {beginning!r} within {seconds} s")
        raise SystemExit(f"the player ended before it said {beginning!r}: {self.lines[-5:]}")

    def stored(self):
        """(rounds, cells, events) that the store acknowledged."""
        rows = [line.split() for line in self.lines if line.startswith("stored ")]
        return len(rows), sum(int(row[2]) for row in rows), sum(int(row[3]) for row in rows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def check(holds, what):
    if not holds:
        raise SystemExit(f"failed: {what}")


def wait_for(condition, seconds, what):
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, f"{what}: not within {seconds} s")
        time.sleep(0.05)
