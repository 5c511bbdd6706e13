#!/usr/bin/python3
"""The gateway when others fail: backs that refuse, close, hang and talk nonsense, disks that are full, descriptors that run out. Loopback only."""
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time

import lab
from lab import Closed, expect, expect_equal, servers, site

ROUTES = """
      - {match: {prefix: /h2}, backs: [h2c]}
      - {match: {prefix: /silent}, backs: [silent]}
      - {match: {prefix: /stranger}, backs: [stranger]}
      - {match: {prefix: /plain}, backs: [plain]}
      - {match: {prefix: /half}, backs: [half]}
      - {match: {prefix: /nowhere}, backs: [nowhere]}
      - {match: {prefix: /watched}, backs: [watched]}
      - {backs: [raw]}
"""
BACKS = """
  raw: {addresses: ["127.0.0.1:<raw>"], timeouts: {response: 1s}, health: {passive: off}}
  h2c: {addresses: ["127.0.0.1:<h2c>"], protocol: h2c, timeouts: {response: 1s}, health: {passive: off}}
  silent: {addresses: ["127.0.0.1:<silent>"], protocol: https, verify: off, timeouts: {connect: 500ms}, health: {passive: off}}
  stranger: {addresses: ["127.0.0.1:<stranger>"], protocol: https, health: {passive: off}, verify: {authorities: CERTIFICATES/authority.pem, name: other.test}}
  plain: {addresses: ["127.0.0.1:<raw>"], protocol: https, verify: off, health: {passive: off}}
  half: {addresses: ["127.0.0.1:<nobody>", "127.0.0.1:<good>"], timeouts: {connect: 2s}}
  nowhere: {addresses: ["127.0.0.1:<nobody>"], health: {passive: {failures: 3, rest: 1s}}}
  watched: {addresses: ["127.0.0.1:<unwatched>"], health: {active: {interval: 100ms, timeout: 1s, healthy_after: 1, unhealthy_after: 2}}}
"""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

# what the back sends before it closes: status of the gateway's answer (0: it began well and is then cut), reason
ANSWERS = {
    "nothing": (b"", 502, "back-closed-early"),
    "half-a-line": (b"HTTP/1.1 2", 502, "back-closed-early"),
    "half-a-head": (b"HTTP/1.1 200 OK\r\nX: ", 502, "back-closed-early"),
    "interim-only": (b"HTTP/1.1 103 Early Hints\r\n\r\n", 502, "back-closed-early"),
    "half-a-body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", 0, ""),
    "half-a-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n0123456789", 0, ""),
    "no-last-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n", 0, ""),
    "bad-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n0123456789\r\n", 0, ""),
    "garbage": (b"\x16\x03\x01garbage\r\n\r\n", 502, "back-malformed"),
    "words": (b"I am no server\r\n\r\n", 502, "back-malformed"),
    "smtp": (b"220 mail.test ESMTP\r\n", 502, "back-malformed"),
    "status": (b"HTTP/1.1 abc OK\r\n\r\n", 502, "back-malformed"),
    "status-4": (b"HTTP/1.1 2000 OK\r\n\r\n", 502, "back-malformed"),
    "version-2": (b"HTTP/2 200 OK\r\n\r\n", 502, "back-malformed"),
    "two-lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", 502, "back-malformed"),
    "bad-length": (b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", 502, "back-malformed"),
    "nul": (b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok", 502, "back-malformed"),
    "splitting": (b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\nok", 502, "back-malformed"),
    "large-head": (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300000 + b"\r\n\r\n", 502, "back-malformed"),
    "many-fields": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n", 502, "back-malformed"),
    "many-interims": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100 + OK, 502, "back-malformed"),
    "unasked-101": (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbytes", 502, "back-malformed"),
    "until-close": (b"HTTP/1.1 200 OK\r\n\r\nall of it", 200, b"all of it"),
    "http10": (b"HTTP/1.0 200 OK\r\n\r\nall of it", 200, b"all of it"),
    "no-phrase": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
    "interim": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
    "body-with-304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nextra", 304, b""),
    "body-with-204": (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nextra", 204, b""),
}


class World:
    def __init__(self, made):
        self.lab = made
        self.h2_connections = 0
        self.asked = {}
        self.good = made.back()
        ports = lab.Ports()
        ports["raw"] = made.back(self.serve_raw).port
        ports["h2c"] = made.back(self.serve_h2).port
        ports["silent"] = made.back(lambda connection: connection.recv(1 << 16) and time.sleep(20)).port
        ports["stranger"] = made.tls_back(("http/1.1",)).port
        ports["good"] = self.good.port
        self.gateway = made.stack.enter_context(made.gateway(site(routes=ROUTES, backs=BACKS), ports))
        self.a = self.gateway.authority("a.test")

    def count(self, path):
        self.asked[path] = self.asked.get(path, 0) + 1
        return self.asked[path]

    def serve_raw(self, connection):
        reader = servers.Reader(connection)
        while True:
            path = reader.line().split(" ")[1]
            length = 0
            while line := reader.line():
                if line.lower().startswith("content-length:"):
                    length = int(line.split(":")[1])
            reader.exactly(length)
            self.count(path)
            word = path[1:]
            if word == "hang":
                time.sleep(4)
            elif word == "hang-in-head":
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                with lab.contextlib.suppress(OSError):
                    for _ in range(20):
                        time.sleep(0.2)
                        connection.sendall(b"X: y\r\n")
            elif word == "hang-in-body":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
                time.sleep(4)
            elif word == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            elif word == "more-than-asked":
                connection.sendall(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
                continue
            elif word == "later":
                connection.sendall(OK)
                time.sleep(0.2)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
                with lab.contextlib.suppress(OSError):
                    while connection.recv(1 << 16):
                        pass
                self.count("closed")
            elif word in ANSWERS:
                connection.sendall(ANSWERS[word][0])
                with lab.contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(1 << 16):
                        pass
            else:
                connection.sendall(OK)
                continue
            return

    def serve_h2(self, connection):
        self.h2_connections += 1
        made = lab.servers.h2.connection.H2Connection(lab.servers.h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        made.initiate_connection()
        connection.sendall(made.data_to_send())
        while data := connection.recv(1 << 16):
            for event in made.receive_data(data):
                if not isinstance(event, lab.servers.h2.events.RequestReceived):
                    continue
                stream, path = event.stream_id, dict(event.headers)[":path"]
                asked = self.count(path)
                def answer(status="200", body=b"ok", end=True, stream=stream):
                    made.send_headers(stream, [(":status", status)])
                    made.send_data(stream, body, end_stream=end)
                if path == "/h2/reset":
                    made.reset_stream(stream, 2)
                elif path == "/h2/refused-once" and asked == 1:
                    made.reset_stream(stream, 7)
                elif path == "/h2/refused":
                    made.reset_stream(stream, 7)
                elif path == "/h2/goaway-once" and asked == 1:
                    made.close_connection(0, last_stream_id=0)
                    connection.sendall(made.data_to_send())
                    return
                elif path == "/h2/reset-in-body":
                    answer(body=b"0123456789", end=False)
                    connection.sendall(made.data_to_send())
                    time.sleep(0.1)
                    made.reset_stream(stream, 2)
                elif path == "/h2/close-in-body":
                    answer(body=b"0123456789", end=False)
                    connection.sendall(made.data_to_send())
                    return
                elif path == "/h2/close":
                    return
                elif path == "/h2/garbage":
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
                elif path == "/h2/hang":
                    pass
                elif path == "/h2/early":  # answered, and the rest of the request declined: all is well (RFC 9113 section 8.1)
                    answer()
                    connection.sendall(made.data_to_send() + lab.frame(lab.RST_STREAM, 0, stream, bytes(4)))
                else:
                    answer()
            connection.sendall(made.data_to_send())


def outcome(world, protocol, path, method="GET", body=b""):
    """(status, reason or body); (0, ...) when it broke off behind a head."""
    headers = ["Accept: application/json"] if protocol == "h1" else [("accept", "application/json")]
    with (world.gateway.http1 if protocol == "h1" else world.gateway.http2)(timeout=10) as client:
        try:
            answer = client.ask(world.a, path, method, headers, body)
        except Closed as closed:
            return 0, str(closed)
        if answer.reset is not None:
            return (0, f"reset {answer.reset}") if answer.status else (-1, f"reset {answer.reset}")
        try:
            text = answer.json().get("reason", "")
        except (ValueError, AttributeError):
            text = answer.body
        if protocol == "h2" or "close" not in answer.header("connection"):
            again = client.ask(world.a, "/fine")
            expect_equal((again.status, again.body), (200, b"ok"), f"{protocol} {path}: the next request")
        return answer.status, text


def backs_that_answer_badly(world):
    for word, (_, status, reason) in ANSWERS.items():
        for protocol in ("h1", "h2"):
            found = outcome(world, protocol, "/" + word)
            if status == 0:
                expect(found[0] <= 0, f"{protocol} {word}: {found}")
            else:
                expect_equal(found, (status, reason), f"{protocol} {word}")
    for protocol in ("h1", "h2"):
        expect_equal(outcome(world, protocol, "/reset"), (502, "back-closed-early"), f"{protocol} reset")


def a_head_request_to_bad_backs(world):
    with world.gateway.http1() as client:
        for word in ("nothing", "garbage"):
            answer = client.ask(world.a, "/" + word, "HEAD")
            expect_equal((answer.status, answer.body), (502, b""), word)
        expect_equal(client.ask(world.a, "/half-a-body", "HEAD").status, 200, "a length without a body")
        expect_equal(client.ask(world.a, "/fine").body, b"ok", "and then")


def requests_are_not_sent_twice_for_nothing(world):
    for path, method in (("/nothing", "GET"), ("/nothing", "POST"), ("/half-a-head", "GET"), ("/garbage", "GET")):
        before = world.asked.get(path, 0)
        outcome(world, "h2", path, method, b"x" if method == "POST" else b"")
        expect(1 <= world.asked[path] - before <= (1 if method == "POST" else 2), f"{method} {path}: sent {world.asked[path] - before} times")


def more_than_was_asked_for(world):
    """What a back sends behind its answer is nobody's answer."""
    for path in ("/more-than-asked", "/later"):
        for _ in range(5):
            with world.gateway.http1() as client:
                closed = world.asked.get("closed", 0)
                expect_equal(client.ask(world.a, path).body, b"ok", path)
                if path == "/later":
                    expect(lab.wait_until(lambda: world.asked.get("closed", 0) > closed), "the gateway keeps a connection that said more")  # pylint: disable=cell-var-from-loop
                for _ in range(3):
                    expect_equal(client.ask(world.a, "/fine").body, b"ok", f"after {path}")


def backs_that_hang(world):
    results = {}

    def run(number):
        protocol, path = CASES[number]
        begun = time.monotonic()
        results[CASES[number]] = (outcome(world, protocol, path), time.monotonic() - begun)
    CASES = [(protocol, path) for protocol in ("h1", "h2") for path in ("/hang", "/hang-in-head", "/hang-in-body", "/h2/hang", "/silent")]
    for thread in lab.in_threads(len(CASES), run):
        thread.join(30)
    for case in CASES:
        (status, reason), seconds = results.get(case, ((None, None), 99))
        if case[1] == "/hang-in-body":
            expect_equal(status, 0, f"{case}: {reason}")
        elif case[1] == "/silent":
            expect(status in (502, 504) and reason in ("back-timed-out", "back-handshake", "back-unreachable"), f"{case}: {status} {reason}")
        else:
            expect_equal((status, reason), (504, "back-timed-out"), f"{case}")
        expect(0.4 < seconds < 8, f"{case}: after {seconds:.1f} s")


def backs_of_http2_that_fail(world):
    wanted = {"/h2/reset": (502, None), "/h2/refused": (502, None), "/h2/refused-once": (200, b"ok"), "/h2/goaway-once": (200, b"ok"), "/h2/reset-in-body": (0, None),
              "/h2/close-in-body": (0, None), "/h2/close": (502, "back-closed-early"), "/h2/garbage": (502, None), "/h2/early": (200, b"ok"), "/h2/fine": (200, b"ok")}
    for protocol in ("h1", "h2"):
        for path, (status, text) in wanted.items():
            world.asked.pop(path, None)
            found = outcome(world, protocol, path, *(("POST", bytes(50000)) if path == "/h2/early" else ()))
            expect(found[0] == status and text in (None, found[1]), f"{protocol} {path}: {found}, not {(status, text)}")
        expect(world.asked["/h2/refused"] <= 3, f"refused: asked {world.asked['/h2/refused']} times")


def backs_that_are_not_who_they_should_be(world):
    expect_equal(outcome(world, "h2", "/stranger"), (502, "back-handshake"), "another name in its certificate")
    expect(outcome(world, "h2", "/plain")[0] in (502, 504), "no TLS at all")
    (line,) = world.gateway.log(1, where=lambda line: line.get("astray.http.path") == "/stranger")[:1]
    expect("other.test" in line.get("astray.error.sentence", ""), f"the log says why: {line}")


def one_of_two_addresses_is_down(world):
    for _ in range(20):
        with world.gateway.http1() as client:
            answer = client.ask(world.a, "/half/x")
            expect_equal((answer.status, answer.body), (404, b"there is nothing here\n"), "the other one answers")


class At(servers.Listener):
    """At a port that was chosen before."""

    def __init__(self, serve, port):
        super().__init__(serve)
        self.socket.close()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.socket.listen(16)


def all_are_down_and_come_back(world):
    found = [outcome_alone(world, "/nowhere") for _ in range(8)]
    # Addresses that only rest are better than none.
    expect_equal(found, [(502, "back-unreachable")] * 8, "nobody is there")
    expect(lab.wait_until(lambda: outcome_alone(world, "/watched") == (503, "back-unavailable"), 8), f"nobody passes checks: {outcome_alone(world, '/watched')}")
    for label, path in (("nobody", "/nowhere"), ("unwatched", "/watched")):
        with At(world.serve_raw, world.gateway.ports[label]):
            expect(lab.wait_until(lambda path=path: outcome_alone(world, path)[0] == 200, 8), f"{path} comes back")
        expect(lab.wait_until(lambda path=path: outcome_alone(world, path)[0] in (502, 503), 8), f"{path} goes")


def outcome_alone(world, path):
    with world.gateway.http1() as client:
        answer = client.ask(world.a, path, headers=["Accept: application/json"])
        return answer.status, answer.json()["reason"] if answer.status >= 500 else answer.body


# ---- the machine

def a_full_disk_holds_nobody_up(world):
    ports = lab.Ports()
    ports["app"] = world.good.port
    with world.lab.gateway(site().replace("ACCESS_LOG", "/dev/full"), ports) as gateway:
        with gateway.http2() as client:
            for _ in range(300):
                expect_equal(client.ask(gateway.authority("a.test")).status, 200, "a request")
        expect(lab.wait_until(lambda: "/dev/full" in gateway.said(), 5), f"it says so: {gateway.said()}")
        expect(gateway.said().count("/dev/full") <= 3, "but not again and again")
        expect_equal(gateway.end(), 0, "exit status")


def descriptors_run_out(world):
    if world.lab.sanitized:
        return  # UBSan asks by a pipe whether it may read an object, and takes a pipe that it cannot have for a bad object
    ports = lab.Ports()
    ports["app"] = world.good.port
    with world.lab.gateway(site(operation="peers: {timeouts: {idle: 20s}}"), ports, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))) as gateway:
        clients = []
        for _ in range(80):
            raw = socket.socket()
            raw.settimeout(10)
            raw.connect(("127.0.0.1", gateway.ports["https"]))
            clients.append(raw)
        lab.wait_until(lambda: gateway.descriptors() >= 58)
        before = processor_time(gateway)
        time.sleep(1)
        used = processor_time(gateway) - before
        expect(used < 0.5, f"it used {used:.2f} s of the processor in a second of waiting")
        served = 0
        for raw in clients[:5]:
            with lab.contextlib.suppress(OSError, Closed):
                with lab.Http1(world.lab.context().wrap_socket(raw, server_hostname="a.test")) as client:
                    answer = client.ask(gateway.authority("a.test"))
                    expect(answer.status in (200, 502, 503), f"without descriptors: {answer}")
                    served += 1
        expect(served >= 4, f"{served} of 5 are answered")
        for raw in clients:
            raw.close()

        def serves():
            try:
                with gateway.http1(timeout=5) as client:
                    return client.ask(gateway.authority("a.test")).status == 200
            except (Closed, OSError):
                return False
        expect(lab.wait_until(serves, 10), "and it recovers")
        expect_equal(gateway.end(), 0, "exit status")


def processor_time(gateway):
    with open(f"/proc/{gateway.process.pid}/stat", encoding="ascii") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def killed_and_started_again(world):
    ports = lab.Ports()
    ports["app"] = world.good.port
    with world.lab.gateway(site(), ports) as gateway:
        with gateway.http1() as client:
            expect_equal(client.ask(gateway.authority("a.test")).status, 200, "before")
            for _ in range(3):
                gateway.signal(signal.SIGKILL)
                gateway.process.wait(10)
                os.remove(gateway.stderr_path)
                gateway.start()
                with gateway.http1() as again:
                    expect_equal(again.ask(gateway.authority("a.test")).status, 200, "started again")
        expect_equal(gateway.end(), 0, "exit status")


def it_ends_in_order(world):
    expect_equal(world.gateway.end(), 0, "exit status after all this")


TESTS = [backs_that_answer_badly, a_head_request_to_bad_backs, requests_are_not_sent_twice_for_nothing, more_than_was_asked_for, backs_that_hang, backs_of_http2_that_fail,
         backs_that_are_not_who_they_should_be, one_of_two_addresses_is_down, all_are_down_and_come_back, a_full_disk_holds_nobody_up, descriptors_run_out,
         killed_and_started_again, it_ends_in_order]

if __name__ == "__main__":
    sys.exit(lab.main(TESTS, World))
