#!/usr/bin/python3
"""The gateway as its attackers meet it: request smuggling, slow and greedy clients, floods. It must stay up, small and correct. Loopback only."""
import os
import socket
import ssl
import sys
import threading
import time
import warnings

import lab
from lab import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE, Closed, Http1, expect,
                 expect_equal, frame, settings_payload, site)

PEERS = "peers: {header_bytes: 16KiB, header_fields: 50, streams: 20, timeouts: {handshake: %s, header: %s, body: %s, idle: %s, write: %s}}"
CLEAR = '}\n  http: {address: "127.0.0.1:<http>", tls: false, cleartext: serve'
FOR_ALL = site(operation=PEERS % (("20s",) * 5), listener=CLEAR).replace("names: [a.test]", "names: [a.test]\n    listeners: [https, http]")
HASTY = site(operation=PEERS % ("1s", "1s", "1s", "1500ms", "1s"), listener=CLEAR).replace("names: [a.test]", "names: [a.test]\n    listeners: [https, http]")


class World:
    def __init__(self, made):
        self.lab = made
        self.back = made.back()
        self.app = self.back.app
        ports = lab.Ports()
        ports["app"] = self.back.port
        self.gateway = made.stack.enter_context(made.gateway(FOR_ALL, ports))
        self.a = self.gateway.authority("a.test")
        self.clear = self.gateway.authority("a.test", "http")

    def still_serves(self, what):
        try:
            for client in (self.gateway.http1(), self.gateway.http2()):
                with client:
                    expect_equal(client.ask(self.a).status, 200, f"after {what}")
        except (Closed, OSError) as error:
            expect(False, f"after {what}: {error!r}")


# ---- request smuggling

SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
POST = "POST /first HTTP/1.1\r\nHost: HOST\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"

# bytes, and the status that the first answer has
BAD_MESSAGES = [
    (POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
    (POST + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody", 400),
    (POST + "Content-Length: 4, 5\r\n\r\nbody", 400),
    (POST + "Content-Length: +4\r\n\r\nbody", 400),
    (POST + "Content-Length: -4\r\n\r\nbody", 400),
    (POST + "Content-Length: 0x4\r\n\r\nbody", 400),
    (POST + "Content-Length: 4 4\r\n\r\nbody", 400),
    (POST + "Content-Length: 4a\r\n\r\nbody", 400),
    (POST + "Content-Length: 1e1\r\n\r\nbody", 400),
    (POST + "Content-Length: \r\n\r\nbody", 400),
    (POST + "Content-Length: 99999999999999999999999\r\n\r\nbody", 400),
    (POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding: identity\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", (400, 501)),
    (POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    (POST + "Transfer-Encoding\r\n : chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST /first HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (POST + "X-Folded: a\r\n b\r\n\r\n", 400),
    (POST + "X-Folded: a\r\n\tTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST /first HTTP/1.1\r\n Host: HOST\r\n\r\n", 400),
    ("POST /first HTTP/1.1\nHost: HOST\n\n", 400),
    (POST + "X: a\n\r\n", 400),
    (POST + "X: a\nContent-Length: 100\r\n\r\n", 400),
    (POST + "X: a\rContent-Length: 100\r\n\r\n", 400),
    (POST + "X: a\x00b\r\n\r\n", 400),
    (POST + "X\x00: a\r\n\r\n", 400),
    (POST + "X : a\r\n\r\n", 400),
    (POST + "Content-Length : 4\r\n\r\nbody", 400),
    (POST + ": a\r\n\r\n", 400),
    (POST + "no colon\r\n\r\n", 400),
    (POST + "X(y): a\r\n\r\n", 400),
    (POST + "X: \x7f\r\n\r\n", 400),
    (POST + "X: \x0b\r\n\r\n", 400),
    (CHUNKED + "4\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "0x4\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "+4\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "-4\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + " 4\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "4_0\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + ";a=b\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "4;a\nb\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "10000000000000004\r\nbody\r\n0\r\n\r\n", 400),
    (CHUNKED + "4\r\nbodyX\r\n0\r\n\r\n", 400),
    (CHUNKED + "4\r\nbody\n0\r\n\r\n", 400),
    (CHUNKED + "4\r\nbody0\r\n\r\n", 400),
    (CHUNKED + "0\r\nX : a\r\n\r\n", 400),
    (CHUNKED + "0\r\n\nX: a\r\n\r\n", 400),
    ("GET  /first HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first  HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first HTTP/1.1 x\r\nHost: HOST\r\n\r\n", 400),
    ("GET /fi rst HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET\t/first\tHTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    (" GET /first HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first http/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first HTTP/1.1\rX\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first HTTP/01.1\r\nHost: HOST\r\n\r\n", (400, 505)),
    ("GET /first HTTP/2.0\r\nHost: HOST\r\n\r\n", 505),
    ("GET /first HTTP/3.0\r\nHost: HOST\r\n\r\n", 505),
    ("GET first HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first\x01 HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first\xc3\xa9 HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first#x HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("G(T /first HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /first HTTP/1.1\r\nHost: HOST\r\n" + "X: y\r\n" * 60 + "\r\n", 431),
    ("GET /first HTTP/1.1\r\nHost: HOST\r\nX: " + "y" * 20000 + "\r\n\r\n", 431),
    ("GET /first?" + "y" * 20000 + " HTTP/1.1\r\nHost: HOST\r\n\r\n", (414, 431)),
]

# whose second request is one, in order, or which end the connection
GOOD_MESSAGES = [
    (POST + "Connection: Host\r\n\r\n", (400,)),
    (POST + "Connection: X-Forwarded-For\r\n\r\n", (400,)),
    (POST + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", (200, 400, 404)),
    (CHUNKED + "4;a=b\r\nbody\r\n0\r\n\r\n", (200, 404)),
    (CHUNKED + "0\r\nContent-Length: 100\r\nTransfer-Encoding: x\r\nHost: b.test\r\n\r\n", (200, 400, 404)),
    (POST + "Content-Length: 0\r\n\r\n", (200, 404)),
    (POST + "Content_Length: 100\r\n\r\n", (200, 404)),
    (POST + "Connection: Content-Length\r\nContent-Length: 4\r\n\r\nbody", (200, 400, 404)),
    (POST + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", (200, 400, 404)),
    ("GET /first HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n", (200, 404)),
    ("GET /first HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n", (200, 404)),
]


def smuggling_over_http1(world):
    for text, status in BAD_MESSAGES:
        for size in (None, 1):
            before = len(world.app.requests)
            data = (text + SMUGGLED).replace("HOST", world.clear).encode("latin-1")
            if size and len(data) > 2000:
                continue
            what = f"{text[:160]!r}" + (" byte by byte" if size else "")
            with world.gateway.http1("http", tls=False, timeout=10) as client:
                try:
                    for at in range(0, len(data), size or len(data)):
                        client.send(data[at:at + (size or len(data))])
                except OSError:
                    pass  # refused already
                try:
                    answer = client.answer()
                    expect(answer.status in (status if isinstance(status, tuple) else (status,)), f"{what}: {answer.status}, not {status}")
                    expect(client.is_over() != "" and b"HTTP/1.1" not in client.data, f"{what}: the connection goes on: {client.data[:100]}")
                except (Closed, OSError) as error:
                    expect(False, f"{what}: {error!r}")
            seen = [(request.method, request.target) for request in world.app.requests[before:]]
            expect_equal([each for each in seen if "smuggled" in each[1] or "first" in each[1]], [], f"{what}: what the back saw")
    world.still_serves("smuggling")


def messages_that_are_good_are_kept_apart(world):
    for text, statuses in GOOD_MESSAGES:
        before = len(world.app.requests)
        with world.gateway.http1("http", tls=False, timeout=10) as client:
            client.send((text + SMUGGLED).replace("HOST", world.clear))
            answer = client.answer()
            expect(answer.status in statuses, f"{text!r}: {answer}")
            if "close" not in answer.header("connection"):
                expect_equal(client.answer().status, 404, f"{text!r}: the request behind it")
        seen = [(request.method, request.target) for request in world.app.requests[before:]]
        expect(seen[1:] in ([], [("GET", "/smuggled")]) and (not seen or "/first" in seen[0][1] or answer.status == 400), f"{text!r}: the back saw {seen}")
        for request in world.app.requests[before:]:
            expect(not request.header("upgrade") and not request.header("http2-settings"), f"{text!r}: the back saw {request.headers}")


def h2_fields(world, more=(), **pseudo):
    fields = {":method": "GET", ":scheme": "https", ":path": "/first", ":authority": world.a}
    fields.update({":" + name: value for name, value in pseudo.items()})
    return [(name, value) for name, value in fields.items() if value is not None] + list(more)


def smuggling_over_http2(world):
    evil = "x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
    bad = [h2_fields(world, [("x", evil)]), h2_fields(world, [("x", "a\nb")]), h2_fields(world, [("x", "a\rb")]), h2_fields(world, [("x", "a\0b")]),
           h2_fields(world, [("x\r\ny", "a")]), h2_fields(world, [("x: y", "a")]), h2_fields(world, [("x:y", "a")]), h2_fields(world, [("X", "a")]), h2_fields(world, [("", "a")]),
           h2_fields(world, [("x y", "a")]), h2_fields(world, [("transfer-encoding", "chunked")]), h2_fields(world, [("connection", "close")]), h2_fields(world, [("keep-alive", "1")]),
           h2_fields(world, [("upgrade", "h2c")]), h2_fields(world, [("proxy-connection", "x")]), h2_fields(world, [("te", "gzip")]), h2_fields(world, [("te", "trailers, deflate")]),
           h2_fields(world, [("content-length", "4"), ("content-length", "5")]), h2_fields(world, [("content-length", "+4")]), h2_fields(world, [("content-length", "4, 5")]),
           h2_fields(world, path="/first HTTP/1.1\r\nHost: b.test\r\n\r\nGET /smuggled"), h2_fields(world, path="/first x"), h2_fields(world, path=""), h2_fields(world, path="first"),
           h2_fields(world, path="*"), h2_fields(world, path="https://a.test/"), h2_fields(world, path="/a/../b"), h2_fields(world, path="/\x00"), h2_fields(world, path="/first#x"),
           h2_fields(world, method="GET /smuggled HTTP/1.1\r\n"), h2_fields(world, method=""), h2_fields(world, method="GE T"), h2_fields(world, scheme="https\r\n"),
           h2_fields(world, scheme="ftp"), h2_fields(world, scheme=""), h2_fields(world, authority="a.test\r\nx: y"), h2_fields(world, authority="user@" + world.a),
           h2_fields(world, authority="a.test/x"), h2_fields(world, authority=""), h2_fields(world, authority=None), h2_fields(world, path=None), h2_fields(world, scheme=None),
           h2_fields(world, method=None), h2_fields(world, [(":path", "/smuggled")]), h2_fields(world, [(":unknown", "x")]), h2_fields(world, [("x", "y"), (":path", "/smuggled")]),
           h2_fields(world, [(":protocol", "websocket")]), h2_fields(world, method="CONNECT"), h2_fields(world, [("host", "b.test")]), h2_fields(world, [("host", "a.test\r\n")]),
           h2_fields(world, [("host", world.a), ("host", world.a)]), h2_fields(world, [("x", " a")])]
    for fields in bad:
        before = len(world.app.requests)
        with world.gateway.http2(timeout=10) as client:
            try:
                answer = client.ask(None, fields=fields)
                expect(answer.status in (400, 421, 501) or answer.reset is not None, f"{fields}: {answer}")
                expect_equal(client.ask(world.a).status, 200, f"{fields}: the connection's next request")
            except (Closed, OSError) as error:
                expect(client.goaway is not None, f"{fields}: {error!r}")
        seen = [(request.method, request.target) for request in world.app.requests[before:] if request.target != "/hello/x"]
        expect_equal(seen, [], f"{fields}: what the back saw")
    for length, body in (("5", b"abc"), ("2", b"abc"), ("5", b"")):
        before = len(world.app.requests)
        with world.gateway.http2(timeout=10) as client:
            client.receive_settings()
            stream = client.begin(world.a, "/first", "POST", [("content-length", length)], end=not body)
            if body:
                client.data(stream, body)
            try:
                answer = client.answer(stream)
                expect(answer.reset is not None or 400 <= answer.status < 404, f"Content-Length {length} and {body}: {answer}")
            except Closed:
                pass
        expect_equal([request.body for request in world.app.requests[before:]], [], f"Content-Length {length} and {body}: what the back saw")
    world.still_serves("smuggling over HTTP/2")


# ---- slow clients

def slow_clients_are_left(world):
    """All at once, at a gateway with little patience."""
    with world.lab.gateway(HASTY, world_ports(world)) as gateway:
        a = gateway.authority("a.test")
        outcomes = {}

        def silent_before_tls():
            return Http1(gateway.connect(tls=False))

        def half_a_hello():
            client = Http1(gateway.connect(tls=False))
            client.send(b"\x16\x03\x01\x02\x00\x01\x00")
            return client

        def silent_after_tls():
            return gateway.http1()

        def half_a_head():
            client = gateway.http1()
            client.send(f"GET / HTTP/1.1\r\nHost: {a}\r\nX-")
            return client

        def dripping_head():
            client = gateway.http1()
            client.send(f"GET / HTTP/1.1\r\nHost: {a}\r\n")
            end = time.monotonic() + 8
            try:
                while time.monotonic() < end and not lab.readable(client.socket, 0.2):
                    client.send("X-A: b\r\n")
            except OSError:
                pass
            return client

        def half_a_body():
            client = gateway.http1()
            client.send(f"POST /echo HTTP/1.1\r\nHost: {a}\r\nContent-Length: 10\r\n\r\n12345")
            return client

        def idle():
            client = gateway.http1()
            expect_equal(client.ask(a).status, 200, "idle: before")
            return client

        def h2_without_preface():
            return Http1(gateway.connect(sni="a.test", alpn=("h2",)))

        def h2_idle():
            return gateway.http2()

        def h2_half_a_head():
            client = gateway.http2()
            client.until(lambda: client.settings and client.settings_acknowledged)
            client.raw(frame(HEADERS, 0, 1, client.block([(":method", "GET")])))
            return client

        def h2_half_a_body():
            client = gateway.http2()
            stream = client.begin(a, "/echo", "POST", end=False)
            client.receive_settings()
            client.data(stream, b"12345", end=False)
            return client

        def h2_pings():
            client = gateway.http2()
            end = time.monotonic() + 8
            try:
                while time.monotonic() < end and not client.over:
                    client.raw(frame(PING, 0, 0, b"12345678"))
                    client.is_over(0.3)
            except OSError:
                pass
            return client

        def takes_nothing():
            client = gateway.http1(receive_buffer=4096)
            client.send(f"GET /large HTTP/1.1\r\nHost: {a}\r\n\r\n")
            lab.wait_until(lambda: gateway.metric("astray_gateway_connections_open") == 0, 12)
            return client

        def h2_takes_nothing():
            client = gateway.http2(settings=[(4, 0)])
            stream = client.begin(a, "/large/100000")
            client.until(lambda: client.answers[stream].reset is not None)
            expect_equal(client.answers[stream].reset, 8, "the stream is cancelled")
            return client

        def h2_socket_takes_nothing():
            client = gateway.http2(receive_buffer=4096, settings=[(4, 0x7fffffff)])
            client.raw(frame(WINDOW_UPDATE, 0, 0, (0x7fff0000 - 65535).to_bytes(4, "big")))
            client.begin(a, "/large")
            lab.wait_until(lambda: gateway.metric("astray_gateway_connections_open") == 0, 12)
            return client
        kinds = [silent_before_tls, half_a_hello, silent_after_tls, half_a_head, dripping_head, half_a_body, idle, h2_without_preface, h2_idle, h2_half_a_head, h2_half_a_body,
                 h2_pings, takes_nothing, h2_takes_nothing, h2_socket_takes_nothing]

        def run(number):
            begun = time.monotonic()
            with kinds[number]() as client:
                outcomes[kinds[number].__name__] = (client.is_over(8) or getattr(client, "over", ""), time.monotonic() - begun, client)
        for thread in lab.in_threads(len(kinds), run):
            thread.join(30)
        for kind in kinds:
            over, seconds, client = outcomes.get(kind.__name__, ("nothing", 99, None))
            expect(over not in ("", "nothing"), f"{kind.__name__}: {over!r} after {seconds:.1f} s")
            expect(0.8 < seconds < (20 if world.lab.sanitized else 12), f"{kind.__name__}: after {seconds:.1f} s")
            if kind is half_a_body and client:
                expect(client.data.startswith(b"HTTP/1.1 408 "), f"half a body: {client.data[:60]}")
        expect(lab.wait_until(lambda: gateway.metric("astray_gateway_connections_open") == 0), "no connection is left")
        with gateway.http1() as client:
            expect_equal(client.ask(a).status, 200, "and still it serves")
        expect_equal(gateway.end(), 0, "exit status")


def world_ports(world):
    ports = lab.Ports()
    ports["app"] = world.back.port
    return ports


# ---- floods

def flood(world, what, send, most_requests=5000):
    """The connection may end or go on; the gateway neither grows nor stops."""
    before, requests = world.gateway.memory(), len(world.app.requests)
    client = world.gateway.http2(timeout=10)
    with client:
        try:
            client.receive_settings()
            send(client)
            client.raw(frame(PING, 0, 0, b"flooding"))
            client.until(lambda: client.pings)
        except (Closed, OSError):
            pass
        if not world.lab.sanitized:
            expect(world.gateway.memory() - before < 40_000, f"{what}: the gateway grew by {world.gateway.memory() - before} KiB")
    expect(len(world.app.requests) - requests <= most_requests, f"{what}: {len(world.app.requests) - requests} requests reached the back")
    world.still_serves(what)
    return client


def rapid_reset(world):
    def send(client):
        block = client.block(client.fields(world.a))
        client.encoder.header_table_size = 0
        for at in range(200):
            client.raw(b"".join(frame(HEADERS, END_HEADERS | END_STREAM, 1 + 2 * (100 * at + each), client.block(client.fields(world.a))) +
                                frame(RST_STREAM, 0, 1 + 2 * (100 * at + each), b"\0\0\0\x08") for each in range(100)))
        del block
    client = flood(world, "rapid reset", send, most_requests=3000)
    expect(client.over != "", "20,000 resets end the connection")
    expect(client.goaway is None or client.goaway[1] in (11, 2, 1), f"GOAWAY says {client.goaway}")


def continuations(world):
    def send(client):
        client.raw(frame(HEADERS, 0, 1, client.block(client.fields(world.a))))
        for _ in range(10000):
            client.raw(frame(CONTINUATION, 0, 1, b"\0\1x\1y" * 10))
    expect(flood(world, "CONTINUATION without end", send).over != "", "the connection ends")

    def send_empty(client):
        client.raw(frame(HEADERS, 0, 1, b""))
        client.raw(frame(CONTINUATION, 0, 1) * 100000)
    expect(flood(world, "empty CONTINUATION", send_empty).over != "", "the connection ends")


def frames_that_cost(world):
    floods = {"PING": frame(PING, 0, 0, b"12345678"), "SETTINGS": frame(SETTINGS, 0, 0, settings_payload([(4, 65535)])), "empty SETTINGS": frame(SETTINGS),
              "unknown frames": frame(0xfa, 0, 0, b"x" * 100), "PRIORITY": frame(2, 0, 3, b"\0\0\0\1\0"), "WINDOW_UPDATE": frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1"),
              "SETTINGS ACK": frame(SETTINGS, ACK)}
    for what, each in floods.items():
        def send(client, each=each):
            for _ in range(100):
                client.raw(each * 1000)
        flood(world, what, send)

    def empty_data(client):
        stream = client.begin(world.a, "/echo", "POST", end=False)
        for _ in range(100):
            client.raw(frame(DATA, 0, stream) * 1000)
    flood(world, "empty DATA", empty_data)

    def resets_of_nothing(client):
        stream = client.begin(world.a)
        client.answer(stream)
        for _ in range(50):
            client.raw(frame(RST_STREAM, 0, stream, b"\0\0\0\x08") * 1000)
    flood(world, "RST_STREAM of a stream that is over", resets_of_nothing)


def header_bombs(world):
    def bomb(client):
        name, value = b"x", b"a" * 3900
        block = client.block(client.fields(world.a)) + b"\x40\x01" + name + b"\x7f" + bytes([(3900 - 127) % 128 + 128, (3900 - 127) // 128]) + value + b"\xbe" * 2000
        client.answers[1] = lab.Answer()
        client.next_stream = 3
        client.raw(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
        client.until(lambda: client.answers[1].ended or client.answers[1].reset is not None)
    client = flood(world, "an HPACK bomb", bomb, most_requests=2)
    expect(client.over or client.answers[1].reset is not None or client.answers[1].status == 431, f"{client.answers}")
    with world.gateway.http2() as client:
        answer = client.ask(world.a, headers=[("x", "y" * 9000), ("z", "y" * 9000)])
        expect_equal(answer.status, 431, "a head of 18,000 bytes")
        expect_equal(client.ask(world.a, headers=[("x" + str(at), "y") for at in range(60)]).status, 431, "60 fields")
        expect_equal(client.ask(world.a).status, 200, "the connection lives on")


def streams_beyond_the_limit(world):
    with world.gateway.http2() as client:
        client.receive_settings()
        expect_equal(client.settings.get(3), 20, "SETTINGS_MAX_CONCURRENT_STREAMS")
        streams = [client.begin(world.a, "/echo", "POST", end=False) for _ in range(25)]
        try:
            client.until(lambda: sum(client.answers[each].reset is not None for each in streams) >= 5)
            refused = [client.answers[each].reset for each in streams[20:]]
            expect(all(each in (7, 1) for each in refused), f"those beyond: {refused}")
            for each in streams[:20]:
                client.data(each, b"x")
            expect_equal([client.answer(each).status for each in streams[:20]], [200] * 20, "those before")
        except Closed:
            expect(client.goaway is not None, "or the connection ends with a word")
    world.still_serves("streams beyond the limit")


def windows_of_nothing(world):
    """Streams that wait for a window take little memory."""
    before = world.gateway.memory()
    clients = [world.gateway.http2(settings=[(4, 0)]) for _ in range(10)]
    for client in clients:
        for _ in range(20):
            client.begin(world.a, "/large")
    lab.wait_until(lambda: len(world.app.seen("/large")) >= 200)
    time.sleep(0.5)
    grown = world.gateway.memory() - before
    if not world.lab.sanitized:
        # At most what may wait for each stream: 64 KiB, and a read of the back's behind it.
        expect(grown < 60_000, f"200 streams without a window: the gateway grew by {grown} KiB")
    for client in clients:
        client.close()
    world.still_serves("windows of nothing")


def resets_in_each_state(world):
    def resets(_number):
        with world.gateway.http2() as client:
            client.receive_settings()
            def reset(stream):
                client.raw(frame(RST_STREAM, 0, stream, b"\0\0\0\x08"))
            for path, method, end, body in (("/hello/x", "GET", True, b""), ("/slow/0.3", "GET", True, b""), ("/echo", "POST", False, b""), ("/echo", "POST", False, b"abc"),
                                            ("/large", "GET", True, b"")):
                stream = client.begin(world.a, path, method, end=end)
                if body:
                    client.data(stream, body, end=False)
                reset(stream)
                stream = client.begin(world.a, path, method, end=end)
                if body:
                    client.data(stream, body, end=False)
                if end and path != "/slow/0.3":
                    client.until(lambda stream=stream: client.answers[stream].status)
                reset(stream)
            expect_equal(client.ask(world.a).status, 200, "and then")
            client.raw(frame(GOAWAY, 0, 0, b"\0\0\0\0\0\0\0\0"))
            try:
                expect_equal(client.ask(world.a).status, 200, "after a GOAWAY of the client's")
            except (Closed, OSError):
                pass
    # At once: the gateway answers nothing behind a client's GOAWAY, and ends the connection when it has been idle for its time.
    for thread in lab.in_threads(3, resets):
        thread.join(60)
        expect(not thread.is_alive(), "a client with resets waits without end")
    for frames in (frame(RST_STREAM, 0, 1, b"\0\0\0\0"), frame(DATA, 0, 1, b"x"), frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\0"), frame(HEADERS, END_HEADERS, 2, b""), frame(5, END_HEADERS, 1, b"\0\0\0\2"),
                   frame(SETTINGS, 0, 1), frame(SETTINGS, 0, 0, b"x"), frame(PING, 0, 0, b"x"), frame(DATA, 0, 0, b"x"), b"\xff\xff\xff\0\0\0\0\0\1", frame(CONTINUATION, 0, 1),
                   frame(SETTINGS, 0, 0, settings_payload([(4, 0x80000000)])), frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff")):
        with world.gateway.http2(timeout=10) as client:
            client.raw(frames)
            expect(client.is_over() != "", f"{frames[:20]}: the connection ends")
            expect(client.goaway is not None and client.goaway[1] != 0, f"{frames[:20]}: GOAWAY says why: {client.goaway}")
    world.still_serves("broken frames")


def what_is_no_http(world):
    for data in (b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", b"\x16\x03\x01\xff\xff" + os.urandom(2000), os.urandom(500), b"\x80\x2e\x01\x00\x02" + b"x" * 50, b"\x15\x03\x03\0\2\2\x28"):
        with Http1(world.gateway.connect(tls=False, timeout=8)) as client:
            client.send(data)
            client.socket.shutdown(socket.SHUT_WR)
            expect(client.is_over() != "", f"at the TLS port: {data[:20]}")
    for data in (b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", b"x" * 100, b"GET / HTTP/1.1\r\n\r\n", PREFACE + b"\0\0\0\1\0\0\0\0\1"):
        with Http1(world.gateway.connect(sni="a.test", alpn=("h2",), timeout=8)) as client:
            client.send(data)
            expect(client.is_over() != "", f"no HTTP/2: {data[:20]}")
    for data in (b"\x16\x03\x01\x02\x00" + b"x" * 100, PREFACE, b"\0" * 100, os.urandom(100) + b"\r\n\r\n", b"\r\n" * 50000):
        with world.gateway.http1("http", tls=False, timeout=8) as client:
            try:
                client.send(data)
                client.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            expect(client.is_over() != "", f"in clear: {data[:20]}")
    world.still_serves("what is no HTTP")


def old_tls_is_off(world):
    with world.gateway.http1(version=ssl.TLSVersion.TLSv1_2) as client:
        expect_equal(client.ask(world.a).status, 200, "TLS 1.2")
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):  # naming them is what is deprecated
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        raw = socket.create_connection(("127.0.0.1", world.gateway.ports["https"]), 10)
        try:
            context.wrap_socket(raw, server_hostname="a.test").close()
            expect(False, f"{version} is spoken")
        except OSError:
            pass
        finally:
            raw.close()


def a_hello_in_pieces_hides_no_name(world):
    """A ClientHello over many records and many packets has the SNI that it has (CVE-2026-32305 of another gateway)."""
    for most in (1, 50, 300):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = world.lab.context(("http/1.1",)).wrap_bio(incoming, outgoing, server_hostname="a.test")
        with world.gateway.connect(tls=False, timeout=10) as raw:
            def step(call):
                while True:
                    try:
                        return call()
                    except ssl.SSLWantReadError:
                        if outgoing.pending:
                            raw.sendall(outgoing.read())
                        data = raw.recv(65536)
                        if not data:
                            raise Closed("end") from None
                        incoming.write(data)
            try:
                client.do_handshake()
            except ssl.SSLWantReadError:
                pass
            hello = outgoing.read()[5:]
            for at in range(0, len(hello), most):
                piece = hello[at:at + most]
                raw.sendall(b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece)
            step(client.do_handshake)
            client.write(f"GET /hello/pieces HTTP/1.1\r\nHost: {world.a}\r\nUser-Agent: pieces of {most}\r\n\r\n".encode())
            raw.sendall(outgoing.read())
            expect(step(lambda: client.read(65536)).startswith(b"HTTP/1.1 200 "), f"in records of {most}")
        (line,) = world.gateway.log(1, where=lambda line, most=most: line.get("astray.http.user_agent") == f"pieces of {most}")
        expect_equal((line["astray.tls.sni"], line["astray.reason"]), ("a.test", "own-name"), f"in records of {most}")


# ---- many

def many_connections(world):
    before = world.gateway.memory()
    clients = [world.gateway.http1("http", tls=False) for _ in range(1000)]
    for client in clients:
        client.send(f"GET /hello/x HTTP/1.1\r\nHost: {world.clear}\r\n\r\n")
    expect_equal({client.answer().status for client in clients}, {200}, "1000 connections in clear")
    secured = [world.gateway.http2() for _ in range(100)]
    expect_equal({client.ask(world.a).status for client in secured}, {200}, "100 of HTTP/2")
    expect_equal(world.gateway.metric("astray_gateway_connections_open"), 1100, "connections open")
    if not world.lab.sanitized:
        expect(world.gateway.memory() - before < 60_000, f"the gateway grew by {world.gateway.memory() - before} KiB")
    for client in clients + secured:
        client.close()
    expect(lab.wait_until(lambda: world.gateway.metric("astray_gateway_connections_open") == 0), "all are gone")


def the_limit_of_connections(world):
    for threads in (1, 2):
        text = FOR_ALL.replace("streams: 20", "streams: 20, connections: 10").replace("threads: 1", f"threads: {threads}")
        with world.lab.gateway(text, world_ports(world)) as gateway:
            def served(client, gateway=gateway):
                try:
                    return client.ask(gateway.authority("a.test", "http")).status == 200
                except (Closed, OSError):
                    return False
            clients = [gateway.http1("http", tls=False) for _ in range(30)]
            served_ones = [client for client in clients if served(client)]
            expect_equal(len(served_ones), 10, f"connections that are served, {threads} threads")
            for client in clients:
                client.close()
            expect(lab.wait_until(lambda: served(gateway.http1("http", tls=False))), "and again when there is room")
            expect_equal(gateway.end(), 0, "exit status")


def it_ends_in_order(world):
    expect_equal(world.gateway.end(), 0, "exit status after all this")


TESTS = [smuggling_over_http1, messages_that_are_good_are_kept_apart, smuggling_over_http2, slow_clients_are_left, rapid_reset, continuations, frames_that_cost, header_bombs,
         streams_beyond_the_limit, windows_of_nothing, resets_in_each_state, what_is_no_http, old_tls_is_off, a_hello_in_pieces_hides_no_name, many_connections, the_limit_of_connections,
         it_ends_in_order]

if __name__ == "__main__":
    sys.exit(lab.main(TESTS, World))
