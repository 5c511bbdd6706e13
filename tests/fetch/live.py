#!/usr/bin/python3
"""`astray fetch` against servers that share an address: what is coalesced, what a 421 leads to, and what the trace says of it."""
import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import jsonschema

import application
import servers

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema" / "trace.schema.json"
FAILURES = []


def expect(condition, message):
    if not condition:
        FAILURES.append(f"{sys._getframe(1).f_code.co_name}: {message}")


class Application(application.Application):
    """Answers 421 to requests for names that the connection was not opened for, where `strict` is set, and to those for b.test always where
    it is "always"."""

    def __init__(self, strict=""):
        super().__init__()
        self.strict = strict
        self.requests = []

    def answer(self, request):
        name = request.authority.split(":")[0]
        self.requests.append((request.sni, name))
        if (self.strict and request.sni != name) or (self.strict == "always" and name == "b.test"):
            return application.text("misdirected\n", 421)
        return super().answer(request)

    def at_names(self, request, rest):
        return application.text(f"sni {request.sni} host {request.authority.split(':')[0]}\n")


class Lab:
    def __init__(self, stack, astray, folder, schema, memory=0):
        self.astray, self.folder, self.stack, self.schema, self.memory = astray, folder, stack, schema, memory

    def server(self, strict="", protocols=("h2", "http/1.1")):
        app = Application(strict)
        listener = self.stack.enter_context(servers.Listener(servers.serve_by_alpn(app), servers.context(self.folder, "site", list(protocols))))
        listener.app = app
        return listener

    def command(self, listener, *words):
        pins = [word for name in ("a.test", "b.test", "c.test") for word in ("--resolve", f"{name}:{listener.port}:127.0.0.1")]
        return [self.astray, "fetch", "--cacert", os.path.join(self.folder, "authority.pem"), *pins,
                *(word.replace("PORT", str(listener.port)) for word in words)]

    def fetch(self, listener, *words):
        """The finished process, with the trace's events as `events`."""
        trace = os.path.join(self.folder, "trace.jsonl")
        done = subprocess.run(self.command(listener, "--trace=json", "--trace-file", trace, *words), capture_output=True, timeout=30,
                              check=False, stdin=subprocess.DEVNULL)
        with open(trace, encoding="ascii") as lines:
            done.events = [json.loads(line) for line in lines]
        for event in done.events:
            for error in self.schema.iter_errors(event):
                expect(False, f"trace against its schema: {error.message} in {event}")
        return done


def of_kind(done, *kinds):
    return [event for event in done.events if event["event"] in kinds]


def two_names_share_a_connection(lab):
    server = lab.server()
    done = lab.fetch(server, "-w", "%{astray_coalesced} %{conn_id} %{astray_sni}\n", "https://a.test:PORT/hello/1", "https://b.test:PORT/hello/2")
    expect(done.returncode == 0, f"ends with {done.returncode}: {done.stderr}")
    expect(done.stdout == b"hello 1\n0 1 a.test\nhello 2\n1 1 a.test\n", f"standard output is {done.stdout}")
    expect(server.connections == 1, f"{server.connections} connections at the server")
    expect(len(of_kind(done, "opened")) == 1, f"opened: {of_kind(done, 'opened')}")
    (event,) = of_kind(done, "coalesced") or [{}]
    told = {key: event.get(key) for key in ("request", "astray.connection.id", "astray.tls.sni", "astray.reason", "protocol")}
    expect(told == {"request": 2, "astray.connection.id": 1, "astray.tls.sni": "a.test", "astray.reason": "coalesced", "protocol": "h2"},
           f"the trace says {event}")
    expect(server.app.requests == [("a.test", "a.test"), ("a.test", "b.test")], f"the server saw {server.app.requests}")


def nothing_is_shared_where_that_is_off(lab):
    for words in (["--coalesce", "off"], ["--http1.1"], ["-k"], ["--coalesce", "origin-frame"]):
        server = lab.server()
        done = lab.fetch(server, *words, "https://a.test:PORT/names", "https://b.test:PORT/names")
        expect(done.returncode == 0, f"{words}: ends with {done.returncode}: {done.stderr}")
        expect(server.connections == 2 and not of_kind(done, "coalesced"), f"{words}: {server.connections} connections, {done.events}")
        expect(done.stdout == b"sni a.test host a.test\nsni b.test host b.test\n", f"{words}: {done.stdout}")


def a_name_beyond_the_certificate_is_not_shared(lab):
    server = lab.server()
    done = lab.fetch(server, "https://a.test:PORT/hello/1", "https://c.test:PORT/hello/2")
    expect(done.returncode == 2, f"ends with {done.returncode}")
    expect(done.stdout == b"hello 1\n", f"standard output is {done.stdout}")
    reasons = {event["astray.reason"] for event in of_kind(done, "not-coalesced")}
    expect(reasons == {"certificate-gap"}, f"reasons are {reasons}")
    expect(b"c.test" in done.stderr and b": handshake: " in done.stderr, f"it says {done.stderr}")


def a_421_is_asked_again_on_a_fresh_connection(lab):
    server = lab.server(strict="yes")
    done = lab.fetch(server, "-w", "%{http_code} %{conn_id} %{astray_sni} %{astray_421s}\n", "https://a.test:PORT/hello/1",
                     "https://b.test:PORT/hello/2")
    expect(done.returncode == 0, f"ends with {done.returncode}: {done.stderr}")
    expect(done.stdout == b"hello 1\n200 1 a.test 0\nhello 2\n200 2 b.test 1\n", f"standard output is {done.stdout}")
    expect(server.app.requests == [("a.test", "a.test"), ("a.test", "b.test"), ("b.test", "b.test")], f"the server saw {server.app.requests}")
    story = [(event["event"], event.get("astray.connection.id")) for event in done.events if event.get("request") == 2 or event["event"] == "opened"]
    wanted = [("coalesced", 1), ("misdirected", 1), ("retried", None), ("opened", 2)]
    places = [next((at for at, (kind, connection) in enumerate(story) if kind == want[0] and want[1] in (None, connection)), -1) for want in wanted]
    expect(-1 not in places and places == sorted(places), f"the trace's story is {story}")
    expect(not of_kind(done, "returned"), "nothing is returned")


def a_421_of_its_own_connection_is_returned(lab):
    server = lab.server(strict="always")
    done = lab.fetch(server, "--retry", "3", "--retry-delay", "0.01", "https://b.test:PORT/hello/1")
    expect(done.returncode == 1, f"ends with {done.returncode}: {done.stderr}")
    expect(done.stdout == b"misdirected\n", f"standard output is {done.stdout}")
    expect(b"421 Misdirected Request" in done.stderr and done.stderr.count(b"\n") == 1, f"it says {done.stderr}")
    expect(len(of_kind(done, "returned")) == 1, f"the trace says {done.events}")
    expect(len(server.app.requests) <= 2, f"the server saw {server.app.requests}")
    silent = lab.fetch(server, "-s", "-f", "-w", "%{exitcode}", "https://b.test:PORT/hello/1")
    expect((silent.returncode, silent.stdout, silent.stderr) == (1, b"22", b""), f"-s -f: {silent}")


def another_identity_is_sent_where_it_is_asked_for(lab):
    server = lab.server()
    done = lab.fetch(server, "--connect-identity", "b.test", "https://a.test:PORT/names")
    expect((done.returncode, done.stdout) == (0, b"sni b.test host a.test\n"), f"{done}")
    done = subprocess.run(lab.command(server, "-H", "Host: b.test", "https://a.test:PORT/names"), capture_output=True, timeout=30, check=False)
    expect(done.returncode == 2 and b"--connect-identity a.test" in done.stderr, f"{done}")
    expect(server.connections == 1, "a refused Host goes nowhere")


def peak_memory(pid):
    """In MiB, of the program alone: what wait4() says includes the script that it was forked from. 0 when it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii") as lines:
        return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)
    return 0


def bodies_come_in_order_and_take_little_memory(lab):
    for protocols in (("h2",), ("http/1.1",)):
        server = lab.server(protocols=protocols)
        sizes = [8_000_000 - 300_000 * at for at in range(20)]
        urls = [f"https://{'ab'[at % 2]}.test:PORT/large/{size}" for at, size in enumerate(sizes)]
        begun = time.monotonic()
        with subprocess.Popen(lab.command(server, "-s", *urls), stdout=subprocess.PIPE) as process:
            digest, count, memory = hashlib.sha256(), 0, 0
            while data := process.stdout.read(1 << 16):
                digest.update(data)
                memory = max(memory, peak_memory(process.pid))
                count += len(data)
        wanted = hashlib.sha256()
        for size in sizes:
            for piece in application.large_pieces(size):
                wanted.update(piece)
        expect(process.returncode == 0 and digest.digest() == wanted.digest(), f"{protocols}: {count} of {sum(sizes)} bytes, exit {process.returncode}")
        if lab.memory:
            expect(0 < memory < lab.memory, f"{protocols}: {memory} MiB at the peak")
        expect(time.monotonic() - begun < 60, f"{protocols}: {time.monotonic() - begun:.1f} s")


def a_reader_that_leaves_ends_it_quietly(lab):
    server = lab.server()
    words = lab.command(server, "https://a.test:PORT/large", "https://b.test:PORT/large")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(100)
        process.stdout.close()
        said = process.stderr.read()
        expect(process.wait(10) == 0 and said == b"", f"ends with {process.returncode} and says {said}")


def a_signal_ends_it_in_order(lab):
    server = lab.server()
    begun = time.monotonic()
    with subprocess.Popen(lab.command(server, "-w", "%{exitcode}\n", "https://a.test:PORT/hello/1", "https://a.test:PORT/slow/20"),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        expect([process.stdout.readline(), process.stdout.readline()] == [b"hello 1\n", b"0\n"], "the first answer comes, and ends")
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=10)
    expect(process.returncode == 2 and b"interrupted: " in said, f"ends with {process.returncode} and says {said}")
    expect(out == b"42\n", f"-w says {out}")
    expect(time.monotonic() - begun < 8, "at once")


def what_is_told_has_no_secrets(lab):
    server = lab.server()
    done = subprocess.run(lab.command(server, "-v", "-u", "user:pass word", "-b", "secret=1", "https://a.test:PORT/basic"), capture_output=True,
                          timeout=30, check=False)
    said = done.stderr.decode()
    for line in ("> GET /basic HTTP/2", "> Host: a.test", "> Authorization: (not shown)", "< HTTP/2 200", "* connection 1 to 127.0.0.1"):
        expect(line in said, f"-v lacks {line!r}: {said}")
    expect("secret=1" not in said and "dXNlc" not in said, f"-v tells secrets: {said}")


STEPS = [two_names_share_a_connection, nothing_is_shared_where_that_is_off, a_name_beyond_the_certificate_is_not_shared,
         a_421_is_asked_again_on_a_fresh_connection, a_421_of_its_own_connection_is_returned, another_identity_is_sent_where_it_is_asked_for,
         bodies_come_in_order_and_take_little_memory, a_reader_that_leaves_ends_it_quietly, a_signal_ends_it_in_order,
         what_is_told_has_no_secrets]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--memory", type=int, default=0, help="MiB that a fetch of large bodies may need; 0: not looked at")
    arguments = parser.parse_args()
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    with tempfile.TemporaryDirectory(prefix="astray-fetch-") as folder:
        servers.make_certificates(folder, {"site": ["a.test", "b.test"]})
        for step in STEPS:
            if arguments.only not in step.__name__:
                continue
            with contextlib.ExitStack() as stack:
                try:
                    step(Lab(stack, os.path.abspath(arguments.astray), folder, jsonschema.Draft202012Validator(schema), arguments.memory))
                except subprocess.TimeoutExpired as error:
                    FAILURES.append(f"{step.__name__}: {error}")
    for failure in FAILURES:
        print(failure)
    print(f"{len(STEPS)} stories, {len(FAILURES)} wrong things")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
