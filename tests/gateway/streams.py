#!/usr/bin/python3
"""What takes long through the gateway: other protocols, events, large bodies, slow receivers. Loopback only."""
import base64
import hashlib
import os
import subprocess
import sys
import threading
import time

import lab
from lab import application, expect, expect_equal, servers

CONFIGURATION = """
listeners:
  https: {address: "127.0.0.1:<https>"}
  http: {address: "127.0.0.1:<http>", tls: false, cleartext: serve}
virtual_hosts:
  a:
    names: [a.test]
    listeners: [https, http]
    certificates: [{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}]
    routes:
      - {match: {prefix: /socket}, backs: [socket]}
      - {match: {prefix: /events}, backs: [events]}
      - {match: {prefix: /h2events}, backs: [h2c], rewrite: {prefix: /events}}
      - {match: {prefix: /stall}, backs: [stall]}
      - {match: {prefix: /h2c}, backs: [h2c], rewrite: {prefix: /}}
      - {match: {prefix: /tls2}, backs: [tls2], rewrite: {prefix: /}}
      - {match: {prefix: /early}, backs: [early]}
      - {backs: [app]}
backs:
  app: {addresses: ["127.0.0.1:<app>"]}
  socket: {addresses: ["127.0.0.1:<socket>"]}
  events: {addresses: ["127.0.0.1:<events>"]}
  stall: {addresses: ["127.0.0.1:<stall>"]}
  early: {addresses: ["127.0.0.1:<early>"]}
  h2c: {addresses: ["127.0.0.1:<h2c>"], protocol: h2c}
  tls2: {addresses: ["127.0.0.1:<tls2>"], protocol: h2, verify: {authorities: CERTIFICATES/authority.pem}}
operation:
  threads: 1
  access_log: {path: ACCESS_LOG}
  admin: {address: "127.0.0.1:<admin>"}
"""
MEBIBYTE = 1 << 20


class Digests(lab.Application):
    """Says what it was sent, and lets a test decide when an event is sent."""

    def __init__(self):
        super().__init__()
        self.next_event = threading.Semaphore(0)

    def at_digest(self, request, rest):
        return application.text(f"{len(request.body)} {hashlib.sha256(request.body).hexdigest()}")

    def at_events(self, request, rest):
        def pieces():
            for number in range(3):
                self.next_event.acquire(timeout=20)
                yield b"data: %d\n\n" % number
        return application.Response(200, [("content-type", "text/event-stream")], pieces())


class Http2Back(servers.Http2):
    """With bodies in pieces, which are not copied again and again, and a window that lets them through."""

    def begin(self, stream, response):
        super().begin(stream, response)
        self.flush()

    def take(self, event):
        if isinstance(event, lab.servers.h2.events.DataReceived):
            self.requests[event.stream_id].__dict__.setdefault("pieces", []).append(event.data)
            if event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            return
        if isinstance(event, lab.servers.h2.events.StreamEnded):
            request = self.requests[event.stream_id]
            request.body = b"".join(request.__dict__.get("pieces", []))
        super().take(event)


def serve_http1_quickly(app):
    """As servers.serve_http1, for bodies of many MiB."""
    def serve(connection):
        file = connection.makefile("rb", 1 << 18)
        while line := file.readline():
            method, target, _ = line.decode().split(" ")
            headers = []
            while (line := file.readline().decode("latin-1").rstrip("\r\n")):
                name, _, value = line.partition(":")
                headers.append((name.lower(), value.strip()))
            request = application.Request(method, target, next((v for k, v in headers if k == "host"), ""), headers)
            if request.header("expect") == "100-continue":
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            if request.header("transfer-encoding") == "chunked":
                pieces = []
                while size := int(file.readline().split(b";")[0], 16):
                    pieces.append(file.read(size))
                    file.readline()
                while file.readline() != b"\r\n":
                    pass
                request.body = b"".join(pieces)
            elif length := request.header("content-length"):
                request.body = file.read(int(length))
            if not servers.write_http1(connection, request, app.answer(request)):
                return
    return serve


class World:
    def __init__(self, made):
        self.lab = made
        self.digests = Digests()
        ports = lab.Ports()
        self.socket_said = []
        self.stall = threading.Event()
        self.sent, self.received = 0, 0
        for label, listener in (("app", made.back(serve_http1_quickly(self.digests))), ("socket", made.back(self.serve_socket)),
                                ("events", made.back(servers.serve_http1(self.digests))), ("stall", made.back(self.serve_stall)),
                                ("early", made.back(self.serve_early)),
                                ("h2c", made.back(lambda connection: Http2Back(connection, self.digests).run())),
                                ("tls2", made.back(lambda connection: Http2Back(connection, self.digests).run(), servers.context(made.folder, "back", ["h2"])))):
            ports[label] = listener.port
        self.gateway = made.stack.enter_context(made.gateway(CONFIGURATION, ports))
        self.a = self.gateway.authority("a.test")

    def serve_socket(self, connection):
        """Goes over to another protocol, and answers in capitals; says goodbye when the other side has ended."""
        reader = servers.Reader(connection)
        line = reader.line()
        lines = []
        while field := reader.line():
            lines.append(field)
        self.socket_said.append((line, [field.lower() for field in lines]))
        if "refused" in line:
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
            return
        key = next((field.split(": ", 1)[1] for field in lines if field.lower().startswith("sec-websocket-key: ")), "")
        accept = "x" if "wrong" in line else base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
        connection.sendall(f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\nHELLO".encode())
        data = reader.data
        while True:
            if data:
                connection.sendall(data.upper())
            data = connection.recv(65536)
            if not data:
                connection.sendall(b"GOODBYE")
                return

    def serve_stall(self, connection):
        """A body of 200 MiB, or reads nothing of a request's body until `stall` is set."""
        reader = servers.Reader(connection)
        line = reader.line()
        length = 0
        while field := reader.line():
            if field.lower().startswith("content-length:"):
                length = int(field.split(":")[1])
        if line.startswith("GET"):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (200 * MEBIBYTE))
            piece = bytes(65536)
            while self.sent < 200 * MEBIBYTE:
                connection.sendall(piece)
                self.sent += len(piece)
            return
        self.received = len(reader.data)
        self.stall.wait(20)
        while self.received < length:
            self.received += len(connection.recv(1 << 18))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def serve_early(self, connection):
        """Answers as soon as the head is there, and reads on until the client leaves."""
        reader = servers.Reader(connection)
        while reader.line():
            pass
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nenough"[:-1])
        while connection.recv(1 << 18):
            pass


# ---- other protocols

def a_websocket_over_http1(world):
    for listener, tls in (("https", True), ("http", False)):
        with world.gateway.http1(listener, tls=tls) as client:
            client.send(f"GET /socket HTTP/1.1\r\nHost: {world.gateway.authority('a.test', listener)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\n\r\nat once")
            status, fields = client.head()
            expect_equal((status, dict(fields).get("upgrade"), dict(fields).get("sec-websocket-accept")), (101, "websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), f"{listener}: it goes over")
            expect("upgrade" in dict(fields).get("connection", "").lower(), f"{listener}: {fields}")
            expect_equal(client.exactly(len(b"HELLOAT ONCE")), b"HELLOAT ONCE", f"{listener}: what came at once")
            for word in (b"one", b"two" * 30000):
                client.send(word)
                expect_equal(client.exactly(len(word)), word.upper(), f"{listener}: echo")
            if not tls:
                client.socket.shutdown(lab.socket.SHUT_WR)
                expect_equal(client.exactly(7), b"GOODBYE", "the back has the last word when the client has ended")
                expect_equal(client.is_over(), "end", "and then it is over")
    said = world.socket_said[0][1]
    expect("upgrade: websocket" in said and any(field.startswith("connection:") and "upgrade" in field for field in said) and "sec-websocket-key: dghlihnhbxbszsbub25jzq==" in said, f"the back heard {said}")
    with world.gateway.http1() as client:
        client.send(f"GET /socket/refused HTTP/1.1\r\nHost: {world.a}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        answer = client.answer()
        expect_equal((answer.status, answer.body), (403, b"no"), "refused")
        expect_equal(client.ask(world.a).status, 200, "refused, the connection lives on")


def a_websocket_over_http2(world):
    with world.gateway.http2() as client:
        client.receive_settings()
        expect_equal(client.settings.get(8), 1, "SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441)")
        fields = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/socket"), (":authority", world.a), ("sec-websocket-version", "13")]
        stream = client.begin(None, end=False, fields=fields)
        client.until(lambda: client.answers[stream].status)
        expect_equal(client.answers[stream].status, 200, "it goes over, once the back has answered the key that the gateway made")
        expect(client.answers[stream].count("sec-websocket-accept") == 0, "no answer to a key that the client did not send (RFC 8441 section 5)")
        client.data(stream, b"one", end=False)
        client.until(lambda: len(client.answers[stream].body) >= 8)
        expect_equal(client.answers[stream].body, b"HELLOONE", "echo")
        expect_equal(client.ask(world.a).status, 200, "another request meanwhile")
        client.data(stream, b"two", end=True)
        expect_equal(client.answer(stream).body, b"HELLOONETWOGOODBYE", "the back has the last word")
        fields = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/socket"), (":authority", world.gateway.authority("c.test")),
                  ("accept", "application/json")]
        stream = client.begin(None, end=False, fields=fields)
        expect_equal(client.answer(stream).status, 421, "another's name")
        fields = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/socket/refused"), (":authority", world.a)]
        stream = client.begin(None, end=False, fields=fields)
        expect_equal(client.answer(stream).status, 403, "refused by the back")
        fields = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/socket/wrong"), (":authority", world.a)]
        stream = client.begin(None, end=False, fields=fields)
        expect_equal(client.answer(stream).status, 502, "the back does not answer the key")
    said = world.socket_said[-3]
    expect(said[0] == "GET /socket HTTP/1.1" and "upgrade: websocket" in said[1], f"the back heard {said}")


# ---- events

def events_come_at_once(world):
    for path in ("/events", "/h2events"):
        with world.gateway.http1() as client:
            client.send(f"GET {path} HTTP/1.1\r\nHost: {world.a}\r\nAccept: text/event-stream\r\n\r\n")
            expect_equal(client.head()[0], 200, path)
            for number in range(3):
                expect(not lab.readable(client.socket, 0.05) and not client.data, f"{path}: nothing comes before it is sent")
                world.digests.next_event.release()
                client.until(b"data: %d\n\n\r\n" % number)
        with world.gateway.http2() as client:
            stream = client.begin(world.a, path)
            for number in range(3):
                world.digests.next_event.release()
                client.until(lambda: b"data: %d\n\n" % number in client.answers[stream].body)
            expect(client.answer(stream).ended, f"{path}: it ends")


# ---- large bodies

def curl(world, *words, data=None):
    return subprocess.run(["curl", "-sS", "--max-time", "60", "--cacert", os.path.join(world.lab.folder, "authority.pem"), "--resolve",
                           f"a.test:{world.gateway.ports['https']}:127.0.0.1", *words], capture_output=True, timeout=70, check=False, input=data)


def large_bodies_arrive_whole(world):
    size = 30_000_000
    body = b"".join(application.large_pieces(size))
    digest = hashlib.sha256(body).hexdigest()
    source = os.path.join(world.lab.folder, "large")
    with open(source, "wb") as file:
        file.write(body)
    before = world.gateway.memory()
    most = 0
    for protocol, prefix in (("--http1.1", ""), ("--http2", ""), ("--http1.1", "/h2c"), ("--http2", "/tls2")):
        what = f"curl {protocol}, back {prefix or 'h1'}"
        done = curl(world, protocol, f"https://{world.a}{prefix}/large/{size}")
        expect(done.returncode == 0 and hashlib.sha256(done.stdout).hexdigest() == digest, f"{what}: down: {done.returncode} {len(done.stdout)} {done.stderr}")
        most = max(most, world.gateway.memory())
        done = curl(world, protocol, "--data-binary", "@" + source, "-H", "Content-Type: x/y", f"https://{world.a}{prefix}/digest")
        expect_equal((done.returncode, done.stdout.decode(), done.stderr), (0, f"{size} {digest}", b""), what + ": up")
        most = max(most, world.gateway.memory())
    done = curl(world, "--http1.1", "-H", "Transfer-Encoding: chunked", "-T", source, f"https://{world.a}/digest")
    expect_equal((done.returncode, done.stdout.decode()), (0, f"{size} {digest}"), "chunked up")
    if not world.lab.sanitized:
        expect(most - before < 20_000, f"the gateway grew by {most - before} KiB")


def many_requests_at_once(world):
    with world.gateway.http2() as client:
        streams = [client.begin(world.a, f"/large/{200_000 + at}") for at in range(60)]
        for at, stream in enumerate(streams):
            answer = client.answer(stream)
            expect_equal((answer.status, len(answer.body)), (200, 200_000 + at), f"request {at}")


# ---- slow receivers

def back_pressure_down(world):
    """A client that reads nothing holds the back up; memory does not grow."""
    before = world.gateway.memory()
    for protocol in ("h1", "h2"):
        world.sent = 0
        if protocol == "h1":
            client = world.gateway.http1(receive_buffer=65536)
            client.send(f"GET /stall HTTP/1.1\r\nHost: {world.a}\r\n\r\n")
        else:
            client = world.gateway.http2(receive_buffer=65536, settings=[(4, 0x7fffffff)])
            client.raw(lab.frame(lab.WINDOW_UPDATE, 0, 0, (0x7fff0000 - 65535).to_bytes(4, "big")))
            client.begin(world.a, "/stall")
        with client:
            settled = sent_settles(lambda: world.sent)
            expect(0 < settled < 16 * MEBIBYTE, f"{protocol}: the back sent {settled} while the client read nothing")
            if not world.lab.sanitized:
                expect(world.gateway.memory() - before < 20_000, f"{protocol}: the gateway grew by {world.gateway.memory() - before} KiB")
            received = 0
            while received < 24 * MEBIBYTE:
                received += len(client.socket.recv(1 << 18))
            expect(world.sent > settled, f"{protocol}: and goes on when it reads")


def sent_settles(count):
    """The count, once it has stayed the same for a while."""
    value, since, end = count(), time.monotonic(), time.monotonic() + 10
    while time.monotonic() < end and (time.monotonic() - since < 0.6 or value == 0):
        time.sleep(0.05)
        if count() != value:
            value, since = count(), time.monotonic()
    return value


def back_pressure_up(world):
    before = world.gateway.memory()
    size = 40 * MEBIBYTE
    for protocol in ("h1", "h2"):
        world.stall.clear()
        world.received = 0
        sent = [0]
        with (world.gateway.http1 if protocol == "h1" else world.gateway.http2)() as client:
            if protocol == "h1":
                client.send(f"POST /stall HTTP/1.1\r\nHost: {world.a}\r\nContent-Length: {size}\r\n\r\n")
                stream = 0
            else:
                client.receive_settings()
                stream = client.begin(world.a, "/stall", "POST", [("content-length", str(size))], end=False)

            def upload(client=client, stream=stream, protocol=protocol, sent=sent):
                piece = bytes(65536)
                while sent[0] < size:
                    if protocol == "h1":
                        client.send(piece)
                    else:
                        client.data(stream, piece, end=sent[0] + len(piece) == size)
                    sent[0] += len(piece)
            thread = threading.Thread(target=upload, daemon=True)
            thread.start()
            settled = sent_settles(lambda sent=sent: sent[0])
            expect(0 < settled < 16 * MEBIBYTE, f"{protocol}: the client sent {settled} while the back read nothing")
            if not world.lab.sanitized:
                expect(world.gateway.memory() - before < 20_000, f"{protocol}: the gateway grew by {world.gateway.memory() - before} KiB")
            world.stall.set()
            thread.join(30)
            answer = client.answer() if protocol == "h1" else client.answer(stream)
            expect_equal((answer.status, answer.body, world.received), (200, b"ok", size), protocol)


def an_early_answer_ends_the_upload(world):
    """A back that answers before the body came, and clients that go on sending."""
    with world.gateway.http1() as client:
        client.send(f"POST /early HTTP/1.1\r\nHost: {world.a}\r\nContent-Length: {64 * MEBIBYTE}\r\n\r\n" + "x" * 100000)
        answer = client.answer()
        expect_equal((answer.status, answer.body, answer.header("connection")), (413, b"enoug", "close"), "h1, large")
        with lab.contextlib.suppress(OSError):
            for _ in range(200):
                client.send(bytes(65536))
        expect(client.is_over(10) != "", "h1: the connection ends")
    with world.gateway.http1() as client:
        client.send(f"POST /early HTTP/1.1\r\nHost: {world.a}\r\nContent-Length: 1000\r\n\r\n" + "x" * 10)
        expect_equal(client.answer().status, 413, "h1, little")
        client.send("x" * 990)
        expect_equal(client.ask(world.a).status, 200, "h1, little: the connection lives on")
    with world.gateway.http2() as client:
        client.receive_settings()
        for _ in range(40):
            stream = client.begin(world.a, "/early", "POST", end=False)
            client.data(stream, bytes(30000), end=False)
            answer = client.answer(stream)
            expect_equal((answer.status, answer.body), (413, b"enoug"), "h2")
        client.until(lambda: client.answers[stream].reset is not None)
        expect_equal(client.answers[stream].reset, 0, "h2: the rest is declined with NO_ERROR (RFC 9113 §8.1)")
        expect_equal(client.ask(world.a, "/digest", "POST", body=bytes(200000)).body[:7], b"200000 ", "h2: the connection's window was given back")


def clients_that_leave_leave_nothing(world):
    before = world.gateway.descriptors()
    for _ in range(20):
        with world.gateway.http1(receive_buffer=65536) as client:
            client.send(f"GET /large HTTP/1.1\r\nHost: {world.a}\r\n\r\n")
            client.until(b"\r\n\r\n")
        with world.gateway.http2() as client:
            for _ in range(5):
                client.begin(world.a, "/large")
            client.receive_settings()
    left = lab.wait_until(lambda: world.gateway.descriptors() <= before + 4, 10)
    expect(left, f"{world.gateway.descriptors()} descriptors, {before} before")


TESTS = [a_websocket_over_http1, a_websocket_over_http2, events_come_at_once, large_bodies_arrive_whole, many_requests_at_once, back_pressure_down, back_pressure_up,
         an_early_answer_ends_the_upload, clients_that_leave_leave_nothing]

if __name__ == "__main__":
    sys.exit(lab.main(TESTS, World))
