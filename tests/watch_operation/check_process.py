#!/usr/bin/python3
"""`astray watch` as a process, against a small HTTPS server of two names: rounds, signals, kill -9 and the restart after it,
two watchers on one store, settings read again, a server that falls silent, --once with the past of the others."""
import argparse
import contextlib
import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from free_ports import free_port  # noqa: E402


PAGES = {"a.example": b"<h1>Tools</h1> for everybody who makes things", "b.example": b"<h1>Flowers</h1> from the garden"}


class Site:
    """a.example and b.example on one port of loopback, each with a page of its own; HTTP/1.1."""

    def __init__(self, folder):
        self.port = free_port()
        self.names = {"a.example", "b.example"}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
                        "-subj", "/CN=site", "-addext", "subjectAltName=DNS:a.example,DNS:b.example", "-keyout",
                        f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
        self.server = None

    def start(self):
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                host = (self.headers["Host"] or "").split(":")[0].lower().rstrip(".")
                owner = host if host in site.names else "a.example"
                body = PAGES[owner]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, address):
                try:
                    super().finish_request(site.context.wrap_socket(request, server_side=True), address)
                except OSError:
                    pass  # a handshake that was broken off

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None


class Watcher:
    def __init__(self, astray, settings, *words):
        self.process = subprocess.Popen([astray, "watch", "-c", settings, "--format", "jsonl", *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.events, self.notes = [], []
        for stream, kept in ((self.process.stdout, self.events), (self.process.stderr, self.notes)):
            threading.Thread(target=self._collect, args=(stream, kept), daemon=True).start()

    def _collect(self, stream, kept):
        for line in stream:
            kept.append(line.rstrip("\n"))

    def told(self):
        """Of the world; that rounds take long on a busy machine is none of it."""
        told = [(event["step"], event["problem"]["kind"]) for event in map(json.loads, self.events)]
        return [each for each in told if each[1] != "watcher-impaired"]

    def end(self, number=signal.SIGTERM, within=5):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=within)

    def end_at_once(self):
        """By a second signal. Two that come before a process has the processor are one to it: more are sent until it ends."""
        until = time.monotonic() + 10
        while self.process.poll() is None and time.monotonic() < until:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.2)
        return self.process.poll()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wait_until(what, holds, seconds=30):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def run(astray, *words):
    return subprocess.run([astray, "watch", *words], capture_output=True, text=True, timeout=60)


def round_schema():
    folder = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
    text = (folder / "watch-round.schema.json").read_text().replace("watch-event.schema.json#", "#")
    schema = json.loads(text)
    schema["$defs"] = json.loads((folder / "watch-event.schema.json").read_text())["$defs"]
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


class Checks:
    def __init__(self, astray, folder):
        self.astray, self.folder = astray, folder
        self.schema = round_schema()
        self.site = Site(folder)
        self.page = free_port()
        self.settings = f"{folder}/watch.yaml"
        self.write(["a.example", "b.example"])

    def write(self, names, more=None):
        self.said = {"targets": [f"https://{name}:{self.site.port}" for name in names], "nodes": ["127.0.0.1"],
                     "questions": {"authorities": "certificate.pem", "timeout": "3s"},
                     "pace": {"interval": "1s", "jitter": "0%", "connections_per_second": 0},
                     "alerts": {"certificate_expiring": "1d"},
                     "store": {"path": "watch.db"}, "page": {"address": f"127.0.0.1:{self.page}"}, **(more or {})}
        with open(self.settings, "w", encoding="ascii") as file:
            json.dump(self.said, file)

    def state(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.page}/api/state", timeout=10) as answer:
            return json.load(answer)

    def rounds(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.page}/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("astray_watch_rounds_total"):
                    return float(line.rsplit(" ", 1)[1])
        raise AssertionError("/metrics has no rounds")

    def page_is_up(self):
        try:
            return self.rounds() >= 1
        except OSError:
            return False

    def once(self):
        """Nothing wrong is 0, something is 1, nobody there is 2; and the second run knows what the first one saw."""
        self.site.start()
        good = run(self.astray, "-c", self.settings, "--once", "--format", "json")
        assert good.returncode == 0, good
        assert json.loads(good.stdout)["problems"] == [], good.stdout
        self.site.names = {"a.example"}
        bad = run(self.astray, "-c", self.settings, "--once", "--format", "json")
        assert bad.returncode == 1, bad
        self.schema.validate(json.loads(bad.stdout))
        problems = json.loads(bad.stdout)["problems"]
        assert [problem["to"] for problem in problems] == ["b.example"], problems
        never = run(self.astray, "-c", self.settings, "--once", "--fail-on", "never")
        assert never.returncode == 0, never
        self.site.names = {"a.example", "b.example"}
        for _ in range(2):
            mended = run(self.astray, "-c", self.settings, "--once")
        assert mended.returncode == 0, mended
        self.site.stop()
        nobody = run(self.astray, "-c", self.settings, "--once")
        assert nobody.returncode == 2, nobody
        assert "1 problem" in nobody.stdout, nobody.stdout

    def rounds_and_signals(self):
        self.site.start()
        with Watcher(self.astray, self.settings) as watcher:
            wait_until("the page", self.page_is_up)
            # The outage of the last check is over: told once more.
            wait_until("resolved", lambda: ("resolved", "nothing-answers") in watcher.told())
            second = run(self.astray, "-c", self.settings, "--once")
            assert second.returncode == 2 and str(watcher.process.pid) in second.stderr, second
            self.write(["a.example"])
            watcher.process.send_signal(signal.SIGHUP)
            wait_until("one name", lambda: self.state()["names"] == ["a.example"] if "names" in self.state() else True)
            with open(self.settings, "w", encoding="ascii") as file:
                file.write("tragets: []\n")
            watcher.process.send_signal(signal.SIGHUP)
            wait_until("bad settings are said", lambda: any("tragets" in note for note in watcher.notes))
            before = self.rounds()
            wait_until("rounds go on", lambda: self.rounds() > before + 1)
            needs = "needs a restart: store.path, webhooks"
            self.write(["a.example", "b.example"], {"store": {"path": "elsewhere.db"}, "webhooks": ["http://127.0.0.1:1/"]})
            watcher.process.send_signal(signal.SIGHUP)
            wait_until("the log says what needs a restart", lambda: any(needs in note for note in watcher.notes))
            wait_until("so does the page", lambda: any(needs in trouble for trouble in self.state()["troubles"]))
            assert not os.path.exists(f"{self.folder}/elsewhere.db"), "a store of the new settings was opened all the same"
            self.write(["a.example", "b.example"])
            watcher.process.send_signal(signal.SIGHUP)
            wait_until("no longer", lambda: not any(needs in trouble for trouble in self.state()["troubles"]))
            assert watcher.end() == 0, watcher.notes

    def killed_and_restarted(self):
        """A fault is told by one of the two processes, and once; what it was stays known."""
        told = []
        with Watcher(self.astray, self.settings) as watcher:
            wait_until("the page", self.page_is_up)
            self.site.names = {"a.example"}
            wait_until("told", lambda: len(watcher.told()) >= 1)
            watcher.end(signal.SIGKILL)
            told += watcher.told()
        with Watcher(self.astray, self.settings) as watcher:
            wait_until("the page", self.page_is_up)
            before = self.rounds()
            wait_until("three more rounds", lambda: self.rounds() >= before + 3)
            told += watcher.told()
            opened = [kind for step, kind in told if step == "opened"]
            assert len(opened) == 1, told
            self.site.names = {"a.example", "b.example"}
            wait_until("resolved", lambda: ("resolved", opened[0]) in watcher.told())
            assert watcher.end(signal.SIGINT) == 0, watcher.notes

    def ask(self, path, members=None, host=None):
        """With the token, as the page does it: the status and the answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.page}{path}", data=None if members is None else json.dumps(members).encode(),
                                         headers={"Authorization": "Bearer sesame", "Content-Type": "application/json"})
        if host:
            request.add_header("Host", host)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def acted_on_with_a_token(self):
        """What people say is there after kill -9, is told on standard output and by `astray history`; and the page's own names."""
        with open(f"{self.folder}/page.token", "w", encoding="ascii") as file:
            file.write("sesame\n")
        self.write(["a.example", "b.example"], {"page": {"address": f"127.0.0.1:{self.page}", "token": "page.token", "names": ["watch.test"]}})
        with Watcher(self.astray, self.settings) as watcher:
            wait_until("the page", self.page_is_up)
            assert self.ask("/api/state", host="watch.test")[0] == 200
            assert self.ask("/api/state", host="evil.test")[0] == 421
            self.site.names = {"a.example"}
            wait_until("told", lambda: any(step == "opened" for step, _ in watcher.told()))
            problem = next(each for each in self.ask("/api/state")[1]["problems"] if each["state"] == "open" and each["kind"] != "watcher-impaired")
            assert self.ask("/api/acknowledge", {"problem": problem["id"], "by": "Ann", "why": "moving it"})[0] == 200
            assert self.ask("/api/silence", {"problem": problem["id"], "minutes": 5, "by": "Bob"})[0] == 200
            assert self.ask("/api/acknowledge", {"problem": "none", "by": "Ann"})[0] == 404
            watcher.end(signal.SIGKILL)
            wait_until("both are told", lambda: {"acknowledged", "silenced"} <= {step for step, _ in watcher.told()})
        with Watcher(self.astray, self.settings) as watcher:
            wait_until("the page", self.page_is_up)
            state = self.ask("/api/state")[1]
            known = next(each for each in state["problems"] if each["id"] == problem["id"])
            assert (known["acknowledged"]["by"], known["silenced"]["by"]) == ("Ann", "Bob"), known
            assert [silence["problem"] for silence in state["silences"]] == [problem["id"]], state["silences"]
            before = self.rounds()
            assert self.ask("/api/ask-soon", {"from": "a.example", "to": "b.example", "node": state["nodes"][0]})[0] == 200
            wait_until("the next round", lambda: self.rounds() > before)
            self.site.names = {"a.example", "b.example"}
            wait_until("resolved", lambda: any(step == "resolved" for step, _ in watcher.told()))
            assert watcher.end() == 0, watcher.notes
        history = subprocess.run([self.astray, "history", "--config", self.settings, "b.example"], capture_output=True, text=True, timeout=60)
        assert "acknowledged by Ann: moving it" in history.stdout, history
        assert "silenced until " in history.stdout, history

    @contextlib.contextmanager
    def _beside_a_tarpit(self):
        """A watcher that has begun to ask a node that says nothing."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent.settimeout(30)
            self.write(["a.example"], {"targets": [f"https://a.example:{silent.getsockname()[1]}"], "store": {"path": "other.db"}})
            with Watcher(self.astray, self.settings) as watcher, silent.accept()[0]:
                yield watcher

    def ends_beside_a_tarpit(self):
        """A node that says nothing holds up neither the end nor a second signal."""
        with self._beside_a_tarpit() as watcher:
            began = time.monotonic()
            assert watcher.end(within=10) == 0, watcher.notes
            assert time.monotonic() - began < 6, "the end waits longer than a cell may take"
        with self._beside_a_tarpit() as watcher:
            assert watcher.end_at_once() == 128 + signal.SIGTERM, watcher.notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astray-watch-") as folder:
        checks = Checks(os.path.abspath(options.astray), folder)
        try:
            for check in (checks.once, checks.rounds_and_signals, checks.killed_and_restarted, checks.acted_on_with_a_token, checks.ends_beside_a_tarpit):
                check()
                print(f"{check.__name__}: as it should be", flush=True)
        finally:
            checks.site.stop()


if __name__ == "__main__":
    main()
