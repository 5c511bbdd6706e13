#!/usr/bin/python3
"""The gateway as its users meet it: what is answered on which connection, what reaches the backs, and what comes back. Loopback only."""
import json
import os
import ssl
import struct
import subprocess
import sys

import lab
from lab import Closed, application, expect, expect_equal

VIRTUAL_HOST = """
  {label}:
    names: [{name}]
    listeners: [{listeners}]
    certificates: [{{certificate: CERTIFICATES/{stem}.crt, key: CERTIFICATES/{stem}.key}}]
    {more}
    routes: {routes}
"""
ROUTES = """
      - {match: {exact: /old}, redirect: {status: 301, path: /new}}
      - {match: {prefix: /away}, redirect: {status: 302, scheme: https, authority: "elsewhere.test", path: /there}}
      - match: {prefix: /edited}
        backs: [app]
        rewrite: {prefix: /seen}
        request_headers: {remove: [X-Debug], set: {X-Gateway: astray}, add: {X-Many: two}}
        response_headers: {remove: [Content-Language], set: {X-Set: yes}, add: {X-Added: "1"}}
        host: {rewrite: inner.test}
      - {match: {prefix: /h2c}, backs: [h2c], rewrite: {prefix: /}}
      - {match: {prefix: /tls2}, backs: [tls2], rewrite: {prefix: /}, sni: {rewrite: back.test}}
      - {match: {prefix: /tls1}, backs: [tls1], rewrite: {prefix: /}, sni: {rewrite: back.test}}
      - {match: {prefix: /once421}, backs: [once421]}
      - {match: {prefix: /always421}, backs: [always421]}
      - {match: {prefix: /stale}, backs: [stale]}
      - {match: {prefix: /nothing}, backs: [{back: app, weight: 0}, {back: h2c, weight: 1}]}
      - {match: {methods: [GET, HEAD, POST, PUT, OPTIONS, CONNECT, DELETE], prefix: /}, backs: [app]}
"""


def virtual_host(label, name, listeners="https, other, catch, http, http421, httpserve, proxied, trusted, forwarded, translated", stem="shared", more="",
                 routes=ROUTES):
    return VIRTUAL_HOST.format(label=label, name=name, listeners=listeners, stem=stem, more=more, routes=routes)


CONFIGURATION = """
listeners:
  https: {address: "127.0.0.1:<https>", missing_sni: default, default: a}
  other: {address: "127.0.0.1:<other>"}
  catch: {address: "127.0.0.1:<catch>", unknown_sni: default, missing_sni: default, default: a}
  http: {address: "127.0.0.1:<http>", tls: false}
  http421: {address: "127.0.0.1:<http421>", tls: false, cleartext: 421}
  httpserve: {address: "127.0.0.1:<httpserve>", tls: false, cleartext: serve}
  proxied: {address: "127.0.0.1:<proxied>", proxy_protocol: {from: [127.0.0.1]}}
  trusted: {address: "127.0.0.1:<trusted>", tls: false, cleartext: serve, proxy_protocol: {from: [127.0.0.1]}, trusted_gateways: [127.0.0.1], scheme_from: proxy_protocol}
  forwarded: {address: "127.0.0.1:<forwarded>", tls: false, trusted_gateways: [127.0.0.1], scheme_from: forwarded}
  translated: {address: "127.0.0.1:<translated>", public_port: 8443}
virtual_hosts:
""" + virtual_host("a", "a.test") + virtual_host("b", "b.test") + virtual_host("c", "c.test", stem="c") + \
    virtual_host("mtls", "mtls.test", listeners="https", more="client_authentication: {mode: required, authorities: CERTIFICATES/authority.pem}") + \
    virtual_host("tls12", "tls12.test", listeners="https", more="tls: {maximum: TLSv1.2}") + \
    virtual_host("never", "never.test", listeners="https", more="coalesce: never") + \
    virtual_host("elsewhere", "port.test", listeners="other") + \
    virtual_host("h1only", "h1.test", listeners="https", more="protocols: [http/1.1]") + \
    virtual_host("wild", '"*.wild.test"', listeners="https", stem="wild") + \
    virtual_host("gone", "gone.test", listeners="https", more="unowned: 404") + \
    virtual_host("closes", "close.test", listeners="https", more="unowned: close") + """
backs:
  app: {addresses: ["127.0.0.1:<app>"]}
  h2c: {addresses: ["127.0.0.1:<h2c>"], protocol: h2c}
  tls2: {addresses: ["127.0.0.1:<tls2>"], protocol: h2, verify: {authorities: CERTIFICATES/authority.pem}}
  tls1: {addresses: ["127.0.0.1:<tls1>"], protocol: https, verify: {authorities: CERTIFICATES/authority.pem}}
  once421: {addresses: ["127.0.0.1:<once421>"]}
  always421: {addresses: ["127.0.0.1:<always421>"]}
  stale: {addresses: ["127.0.0.1:<stale>"]}
operation:
  threads: 2
  access_log: {path: ACCESS_LOG}
  admin: {address: "127.0.0.1:<admin>"}
  drain: 5s
"""


class MisdirectingApplication(lab.Application):
    """Answers 421 to `authority` on connections where another was asked for before; or to all."""

    def __init__(self, always=False):
        super().__init__()
        self.always = always

    def at_always421(self, request, rest):
        return application.text("who is that?\n" * 10, 421, alt_svc='h2=":443"')


def once_misdirecting(app):
    """A connection is for the authority of its first request; others get 421."""
    def serve(connection):
        reader = application_reader(connection)
        first = None
        while True:
            request = read_request(reader)
            app.requests.append(request)
            first = first or request.authority
            status = b"200 OK" if request.authority == first else b"421 Misdirected Request"
            body = b"%s on a connection of %s: %s" % (request.authority.encode(), first.encode(), request.body)
            connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
    return serve


def application_reader(connection):
    return lab.servers.Reader(connection)


def read_request(reader):
    method, target, _ = reader.line().split(" ")
    headers = []
    while line := reader.line():
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    request = application.Request(method, target, next((v for k, v in headers if k == "host"), ""), headers)
    if request.header("transfer-encoding") == "chunked":
        while size := int(reader.line().split(";")[0], 16):
            request.body += reader.exactly(size)
            reader.line()
        while reader.line():
            pass
    elif length := request.header("content-length"):
        request.body = reader.exactly(int(length))
    return request


class World:
    def __init__(self, made):
        self.lab = made
        self.app = made.back()
        self.h2c = made.h2c_back()
        self.tls2 = made.tls_back(("h2",))
        self.tls1 = made.tls_back(("http/1.1",))
        once = lab.Application()
        self.once421 = made.back(once_misdirecting(once))
        self.once421.app = once
        always = MisdirectingApplication()
        self.always421 = made.back(lab.servers.serve_http1(always))
        self.always421.app = always
        self.stale_app = lab.Application()
        self.stale_connections = []
        self.stale = made.back(self.serve_stale)
        ports = lab.Ports()
        for label in ("app", "h2c", "tls2", "tls1", "once421", "always421", "stale"):
            ports[label] = getattr(self, label).port
        self.gateway = made.stack.enter_context(made.gateway(CONFIGURATION, ports))
        self.schema = lab.log_schema()

    def serve_stale(self, connection):
        """Closes a kept connection when the second request comes, without a word; not the first connection's first."""
        reader = application_reader(connection)
        request = read_request(reader)
        self.stale_app.requests.append((request.method, 1))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        request = read_request(reader)
        self.stale_app.requests.append((request.method, 2))

    def name(self, name, listener="https"):
        return self.gateway.authority(name, listener)


def reason_of(answer):
    return answer.json().get("reason") if answer.header("content-type").startswith("application/") else answer.body.decode()


JSON = ("Accept: application/json",)
JSON2 = (("accept", "application/json"),)


# ---- which connection may carry which request

# SNI, authority ("NAME" or "NAME@listener's port"), status, reason
QUESTIONS = [
    ("a.test", "a.test", 200, "own-name"),
    ("A.Test", "a.test", 200, "own-name"),
    ("a.test", "A.TEST", 200, "own-name"),
    ("a.test", "a.test.", 200, "own-name"),
    ("a.test", "b.test", 200, "coalesced"),
    ("b.test", "a.test", 200, "coalesced"),
    ("a.test", "c.test", 421, "certificate-gap"),
    ("c.test", "a.test", 421, "certificate-gap"),
    ("c.test", "c.test", 200, "own-name"),
    ("a.test", "mtls.test", 421, "client-authentication-differs"),
    ("a.test", "mtls.test.", 421, "client-authentication-differs"),
    ("a.test", "MTLS.test", 421, "client-authentication-differs"),
    ("a.test", "tls12.test", 421, "tls-policy-differs"),
    ("tls12.test", "tls12.test", 200, "own-name"),
    ("tls12.test", "a.test", 421, "tls-policy-differs"),
    ("never.test", "never.test", 200, "own-name"),
    ("never.test", "a.test", 421, "more-specific-listener"),
    ("a.test", "never.test", 421, "more-specific-listener"),
    ("a.test", "a.test@other", 421, "port-differs"),
    ("a.test", "port.test@other", 421, "port-differs"),
    ("a.test", "port.test", 421, "unowned"),
    ("a.test", "nobody.test", 421, "unowned"),
    ("x.wild.test", "x.wild.test", 200, "own-name"),
    ("x.wild.test", "y.wild.test", 200, "coalesced"),
    ("x.wild.test", "x.y.wild.test", 421, "unowned"),
    ("gone.test", "nobody.test", 404, "unowned"),
    ("gone.test", "a.test", 200, "coalesced"),
    (None, "a.test", 200, "coalesced"),
    (None, "mtls.test", 421, "sni-missing"),
    (None, "c.test", 421, "certificate-gap"),
]


def the_connection_is_judged_with_every_request(world):
    for protocol in ("h1", "h2"):
        for sni, asked, status, reason in QUESTIONS:
            name, _, listener = asked.partition("@")
            authority = world.name(name, listener or "https")
            version = ssl.TLSVersion.TLSv1_2 if sni == "tls12.test" else None
            what = f"{protocol}, SNI {sni}, asks for {asked}"
            with (world.gateway.http1 if protocol == "h1" else world.gateway.http2)(sni=sni, version=version) as client:
                answer = client.ask(authority, headers=JSON if protocol == "h1" else JSON2)
                expect_equal(answer.status, status, what)
                if answer.status == status != 200:
                    expect_equal(reason_of(answer), reason, what)
                again = client.ask(world.name(sni or "a.test"), path="/hello/again")
                expect_equal((again.status, again.body), (200, b"hello again\n"), what + ", and then for its own")


def the_log_tells_both_names(world):
    for sni, asked, status, reason in QUESTIONS:
        if sni is None or "@" in asked:
            continue
        found = world.gateway.log(2, where=lambda line: line.get("astray.tls.sni") == sni and line.get("astray.http.authority") == world.name(asked))
        expect(len(found) >= 2, f"{sni}, {asked}: {len(found)} lines")
        for line in found:
            if line["astray.connection.request"] > 1:
                continue
            answers = {200: "serve", 421: "misdirected", 404: "not-found"}
            told = (line["astray.http.status"], line["astray.answer"], line["astray.reason"], line["astray.listener"])
            expect_equal(told, (status, answers[status], reason, "https"), f"the log of SNI {sni}, asks for {asked}")
    for line in world.gateway.log():
        for error in world.schema.iter_errors(line):
            expect(False, f"log against its schema: {error.message} in {line}")


def metrics_count_421_by_reason(world):
    for reason in ("certificate-gap", "client-authentication-differs", "tls-policy-differs", "port-differs", "unowned"):
        counted = world.gateway.metric("astray_gateway_misdirected_total", reason=reason)
        # Lines are written a moment later than requests are counted.
        logged = world.gateway.log(int(counted), where=lambda line: line.get("astray.reason") == reason and line["astray.http.status"] == 421)
        expect_equal(counted, len(logged), f"421 for {reason}")
    expect(world.gateway.metric("astray_gateway_coalesced_requests_total") > 0, "coalesced requests are counted")


def a_client_certificate_opens_its_own_connection(world):
    with world.gateway.http1(sni="mtls.test", certificate="person") as client:
        expect_equal(client.ask(world.name("mtls.test")).status, 200, "with the right certificate")
        answer = client.ask(world.name("a.test"), headers=JSON)
        expect_equal((answer.status, reason_of(answer)), (421, "client-authentication-differs"), "a name without client certificates on it")
    try:
        with world.gateway.http1(sni="mtls.test") as client:
            answer = client.ask(world.name("mtls.test"))
            expect(False, f"without a certificate: {answer}")
    except (Closed, OSError):
        pass
    # A session of a name without client certificates opens nothing at one with them.
    context = world.lab.context(("http/1.1",), version=ssl.TLSVersion.TLSv1_2)
    with world.gateway.http1(sni="a.test", version=ssl.TLSVersion.TLSv1_2) as client:
        client.ask(world.name("a.test"))
        session = client.socket.session
    raw = lab.socket.create_connection(("127.0.0.1", world.gateway.ports["https"]), 10)
    try:
        with lab.Http1(context.wrap_socket(raw, server_hostname="mtls.test", session=session)) as client:
            expect(False, f"a session of a.test at mtls.test: {client.ask(world.name('mtls.test'))}")
    except (Closed, OSError):
        pass
    finally:
        raw.close()


def the_name_in_the_handshake(world):
    for listener, sni, wanted in (("other", None, False), ("other", "unknown.test", False), ("https", "unknown.test", False), ("https", None, True),
                                  ("catch", "unknown.test", True), ("catch", None, True)):
        try:
            world.gateway.http1(listener, sni).close()
            done = True
        except OSError:
            done = False
        expect_equal(done, wanted, f"a handshake at {listener} with SNI {sni}")
    with world.gateway.http1("catch", "unknown.test") as client:
        answer = client.ask("unknown.test", headers=JSON)
        expect_equal((answer.status, reason_of(answer)), (421, "unowned"), "the name of an unknown SNI")
    with world.gateway.http1(sni="h1.test", **{}) as client:
        expect_equal(client.ask(world.name("h1.test")).status, 200, "h1.test over HTTP/1.1")
    with world.gateway.http2(sni="a.test") as client:
        answer = client.ask(world.name("h1.test"), headers=JSON2)
        expect_equal((answer.status, reason_of(answer)), (421, "protocol-off"), "h1.test over HTTP/2")


def a_name_that_nobody_owns_can_close(world):
    with world.gateway.http1(sni="close.test") as client:
        expect_equal(client.ask(world.name("close.test")).status, 200, "its own name")
        client.send(b"GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n")
        expect(client.is_over() != "", "the connection ends")
    with world.gateway.http2(sni="close.test") as client:
        answer = client.ask("nobody.test")
        expect(answer.reset is not None, f"the stream is reset: {answer}")
        expect_equal(client.ask(world.name("close.test")).status, 200, "its own name, then")


def the_form_of_a_421(world):
    """Four formats by Accept; never to be stored, and no advice to go elsewhere."""
    for accept, kind in (("*/*", "text/plain; charset=utf-8"), ("text/html,application/xhtml+xml;q=0.9", "text/html; charset=utf-8"),
                         ("application/problem+json", "application/problem+json"), ("application/json", "application/json"),
                         ("text/html;q=0.1, application/json;q=0.2", "application/json"), ("image/png", "text/plain; charset=utf-8")):
        for protocol in ("h1", "h2"):
            with (world.gateway.http1 if protocol == "h1" else world.gateway.http2)() as client:
                answer = client.ask(world.name("c.test"), headers=[f"Accept: {accept}"] if protocol == "h1" else [("accept", accept)])
            expect_equal((answer.status, answer.header("content-type"), answer.header("cache-control"), answer.count("alt-svc")),
                         (421, kind, "no-store", 0), f"{protocol}, Accept: {accept}")
            expect(b"certificate-gap" in answer.body and b"c.test" in answer.body and b"a.test" in answer.body, f"{accept}: {answer.body}")
    with world.gateway.http1() as client:
        answer = client.ask(world.name("c.test"), method="HEAD")
        expect_equal((answer.status, answer.body), (421, b""), "HEAD")
        expect(int(answer.header("content-length")) > 0, f"HEAD tells the length: {answer}")
        answer = client.ask(world.name("c.test"), headers=['User-Agent: <script>alert(1)</script>', "Accept: text/html"])
        expect(b"<script>" not in answer.body, "no script")
        expect_equal(client.ask(world.name("a.test")).status, 200, "the connection lives on")


def a_421_keeps_the_body_apart(world):
    """The body of a refused request is read, and the next request is understood."""
    with world.gateway.http1() as client:
        for body in (b"x", b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n" * 100):
            answer = client.ask(world.name("c.test"), method="POST", body=body)
            expect_equal(answer.status, 421, f"a body of {len(body)}")
            answer = client.ask(world.name("a.test"), path="/hello/next")
            expect_equal((answer.status, answer.body), (200, b"hello next\n"), f"behind a body of {len(body)}")
    with world.gateway.http1() as client:
        client.send(f"POST / HTTP/1.1\r\nHost: {world.name('c.test')}\r\nContent-Length: 50000000\r\n\r\n")
        answer = client.answer()
        expect_equal((answer.status, answer.header("connection")), (421, "close"), "a body of 50 MB is not waited for")


def authorities_that_are_none(world):
    a, b = world.name("a.test"), world.name("b.test")
    before = len(world.app.app.requests)
    for head, reason in ((f"GET / HTTP/1.1\r\nHost: {a}\r\nHost: {a}\r\n", "authority-duplicated"), (f"GET / HTTP/1.1\r\nHost: {a}\r\nHost: {b}\r\n", "authority-duplicated"),
                         ("GET / HTTP/1.1\r\n", "authority-missing"), ("GET / HTTP/1.1\r\nHost:\r\n", None), ("GET / HTTP/1.1\r\nHost: a.test:x\r\n", "authority-malformed"),
                         ("GET / HTTP/1.1\r\nHost: user@a.test\r\n", "authority-malformed"), ("GET / HTTP/1.1\r\nHost: a.test/x\r\n", "authority-malformed"),
                         (f"GET / HTTP/1.1\r\nHost: {a}, {b}\r\n", "authority-malformed"), (f"GET https://{a}/ HTTP/1.1\r\nHost: {b}\r\n", "authority-target-conflict"),
                         ("GET / HTTP/1.1\r\nHost: a..test\r\n", "authority-malformed"), ("GET / HTTP/1.1\r\nHost: a.test:99999\r\n", "authority-malformed")):
        with world.gateway.http1() as client:
            client.send(head + "Accept: application/json\r\n\r\n")
            answer = client.answer()
            expect_equal(answer.status, 400, f"{head!r}")
            if reason and answer.status == 400:
                expect_equal(reason_of(answer), reason, f"{head!r}")
    for fields, reason in (([("host", b)], "authority-host-conflict"), ([("host", a), ("host", a)], "authority-duplicated")):
        with world.gateway.http2() as client:
            answer = client.ask(a, headers=[*fields, *JSON2])
            expect_equal(answer.status, 400, f"{fields}")
            expect_equal(reason_of(answer), reason, f"{fields}")
    with world.gateway.http2() as client:
        expect_equal(client.ask(a, headers=[("host", a)]).status, 200, ":authority and Host agree")
        expect_equal(client.ask(None, headers=[("host", a)]).status, 200, "Host alone")
        answer = client.ask(None, headers=JSON2)
        expect(answer.status == 400 or answer.reset is not None, f"neither: {answer}")
    expect_equal(len(world.app.app.requests) - before, 2, "requests that reached the back")


def absolute_form(world):
    a = world.name("a.test")
    with world.gateway.http1() as client:
        client.send(f"GET https://{a}/seen?x=1 HTTP/1.1\r\nHost: {a}\r\n\r\n")
        answer = client.answer()
        expect_equal((answer.status, answer.json()["target"], answer.json()["host"]), (200, "/seen?x=1", a), "the target toward the back")
        for listener, reason in (("http", "scheme-mismatch"), ("https", "unowned")):  # at the latter's port nobody speaks http
            authority = world.name("a.test", listener)
            client.send(f"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nAccept: application/json\r\n\r\n")
            answer = client.answer()
            expect_equal((answer.status, reason_of(answer)), (421, reason), f"http over TLS, {listener}")
        client.send(f"GET https://{world.name('c.test')}/ HTTP/1.1\r\nHost: {world.name('c.test')}\r\n\r\n")
        expect_equal(client.answer().status, 421, "absolute-form of another's")
        client.send(f"OPTIONS * HTTP/1.1\r\nHost: {a}\r\n\r\n")
        expect(client.answer().status in (200, 404), "OPTIONS *")
        client.send(f"CONNECT {a} HTTP/1.1\r\nHost: {a}\r\n\r\n")
        expect_equal(client.answer().status, 501, "CONNECT")


def cleartext(world):
    a = world.name("a.test", "http")
    with world.gateway.http1("http", tls=False) as client:
        answer = client.ask(a, path="/x?y=1")
        expect_equal((answer.status, answer.header("location")), (308, f"https://{world.name('a.test')}/x?y=1"), "redirected")
        expect_equal(client.ask("nobody.test").status, 421, "unowned")
    with world.gateway.http1("http421", tls=False) as client:
        answer = client.ask(world.name("a.test", "http421"), headers=JSON)
        expect_equal((answer.status, reason_of(answer)), (421, "scheme-mismatch"), "refused")
    with world.gateway.http1("httpserve", tls=False) as client:
        answer = client.ask(world.name("a.test", "httpserve"), path="/seen")
        expect_equal((answer.status, answer.json()["back"]), (200, "back"), "served")
        fields = dict(answer.json()["headers"])
        expect_equal(fields.get("x-forwarded-proto"), "http", "the scheme that the back hears of")
        answer = client.ask(world.name("mtls.test", "httpserve"), headers=JSON)
        expect_equal(answer.status, 421, "a name that is not here")
    with world.gateway.http1("httpserve", tls=False) as client:
        client.send(f"GET https://{world.name('a.test', 'httpserve')}/ HTTP/1.1\r\nHost: {world.name('a.test', 'httpserve')}\r\n\r\n")
        expect_equal(client.answer().status, 421, "https in clear")


# ---- gateways in front

def version2(source, destination, command=0x21, vectors=b""):
    addresses = lab.socket.inet_aton(source[0]) + lab.socket.inet_aton(destination[0]) + struct.pack(">HH", source[1], destination[1])
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, 0x11]) + struct.pack(">H", len(addresses + vectors)) + addresses + vectors


TLS_VECTOR = b"\x20\0\x05\x01\0\0\0\0"  # PP2_TYPE_SSL: the client spoke TLS


def proxy_protocol(world):
    a = world.name("a.test", "proxied")
    headers = [b"PROXY TCP4 192.0.2.7 192.0.2.80 4711 443\r\n", version2(("192.0.2.7", 4711), ("192.0.2.80", 443)), b"PROXY UNKNOWN\r\n",
               version2(("192.0.2.7", 4711), ("192.0.2.80", 443), 0x20)]
    for header in headers:
        with world.gateway.http1("proxied", before=header) as client:
            seen = dict(client.ask(a, path="/seen").json()["headers"])
        told = b"192.0.2.7" in header or header[12:13] == b"\x21"
        expect_equal(seen["x-forwarded-for"], "192.0.2.7" if told else "127.0.0.1", f"{header}")
    lines = world.gateway.log(2, where=lambda line: line["astray.client.address"] == "192.0.2.7:4711")
    expect(len(lines) == 2 and all(line["astray.client.peer"].startswith("127.0.0.1:") for line in lines), f"the log has {lines}")
    # Byte by byte, and the handshake behind it.
    raw = world.gateway.connect("proxied", tls=False)
    for byte in headers[0]:
        raw.sendall(bytes([byte]))
    with lab.Http1(world.lab.context().wrap_socket(raw, server_hostname="a.test")) as client:
        expect_equal(client.ask(a).status, 200, "byte by byte")
    for header in (b"", b"PROXY TCP4 192.0.2.7\r\n", b"PROXY TCP4 x y 1 2\r\n", b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0", b"PROXY " + b"x" * 200):
        expect(not handshakes(world, "proxied", header), f"a gateway that says {header} is not served")
    expect(handshakes(world, "proxied", b"", "127.0.0.9"), "a stranger without a header is served")
    expect(not handshakes(world, "proxied", headers[0], "127.0.0.9"), "a stranger with a header is not")


def handshakes(world, listener, header, source=None):
    try:
        world.gateway.connect(listener, "a.test", before=header, source=source, timeout=5).close()
        return True
    except OSError:
        return False


def trusted_gateways(world):
    a = world.name("a.test")
    for vectors, scheme in ((TLS_VECTOR, "https"), (b"", "http")):
        with world.gateway.http1("trusted", tls=False, before=version2(("192.0.2.7", 4711), ("192.0.2.80", 443), vectors=vectors)) as client:
            for name in ("a.test", "b.test", "c.test"):
                answer = client.ask(name, path="/seen", headers=["X-Forwarded-For: 198.51.100.1"])
                expect_equal(answer.status, 200, f"{name} from a trusted gateway, {scheme}")
                seen = dict(answer.json()["headers"])
                expect_equal((seen["x-forwarded-proto"], seen["x-forwarded-for"]), (scheme, "198.51.100.1, 192.0.2.7"), f"{name}, {scheme}")
    with world.gateway.http1("forwarded", tls=False) as client:
        for forwarded, scheme in (("for=192.0.2.9;proto=https", "https"), ('for=192.0.2.9;proto="https", for=10.0.0.1;proto=http', "http")):
            answer = client.ask(a if scheme == "https" else "a.test", path="/seen", headers=["Forwarded: " + forwarded])
            if scheme == "https":
                expect_equal(answer.status, 200, forwarded)
                expect_equal(dict(answer.json()["headers"])["x-forwarded-proto"], scheme, forwarded)
            else:
                expect_equal(answer.status, 308, forwarded)
    lines = world.gateway.log(6, where=lambda line: line["astray.listener"] == "trusted")
    expect(all(line["astray.connection.trusted_gateway"] and line["astray.reason"] == "trusted-gateway" for line in lines), f"the log has {lines[:1]}")
    with world.gateway.http1("forwarded", tls=False, source="127.0.0.9") as client:
        expect_equal(client.ask("a.test:" + str(world.gateway.ports["forwarded"]), headers=["Forwarded: for=x;proto=https"]).status, 308, "a stranger's Forwarded")


def translated_port(world):
    with world.gateway.http1("translated") as client:
        expect_equal(client.ask("a.test:8443").status, 200, "the port that clients name")
        expect_equal(client.ask(world.name("a.test", "translated")).status, 421, "the port behind it")


# ---- toward backs

def what_a_back_hears(world):
    a = world.name("a.test")
    with world.gateway.http1() as client:
        answer = client.ask(a, path="/edited/x?q=1", headers=["X-Debug: 1", "X-Many: one", "X-Gateway: mine", "X-Forwarded-For: 10.9.9.9", "X-Forwarded-Proto: gopher", "X-Real-IP: 1.1.1.1",
                                                              "X_Forwarded_For: 6.6.6.6", "Connection: X-Hop", "X-Hop: 1", "Te: gzip", "Proxy: http://evil"])
        told = answer.json()
        fields = told["headers"]
        names = [name for name, _ in fields]
        expect_equal((told["target"], told["host"]), ("/seen/x?q=1", "inner.test"), "rewritten")
        wanted = {"x-gateway": "astray", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", "x-forwarded-host": a, "x-forwarded-port": a.split(":")[1],
                  "via": "1.1 astray"}
        expect_equal({name: dict(fields).get(name) for name in wanted}, wanted, "fields")
        expect_equal([value for name, value in fields if name == "x-many"], ["one", "two"], "an added one")
        expect_equal([name for name in names if name in ("x-debug", "x-real-ip", "x_forwarded_for", "x-hop", "te", "proxy")], [], "fields that end here")
        expect_equal((answer.header("x-set"), answer.header("x-added"), answer.header("via")), ("yes", "1", "1.1 astray"), "the response's")
        answer = client.ask(a, path="/old")
        expect_equal((answer.status, answer.header("location")), (301, f"https://{a}/new"), "redirect")
        answer = client.ask(a, path="/away/x")
        expect_equal((answer.status, answer.header("location")), (302, "https://elsewhere.test/there"), "redirect elsewhere")
        for path in ("/a/../b", "/%2e%2e/x", "/%00", "/%zz", "/..;x/y", "/seen/%2e"):
            expect_equal(client.ask(a, path=path).status, 400, path)
        expect_equal(client.ask(a, method="PATCH").status, 404, "a method that no route takes")


def all_pairs_of_protocols(world):
    a = world.name("a.test")
    for prefix, label in (("", "back"), ("/h2c", "h2c"), ("/tls2", "tls"), ("/tls1", "tls")):
        for protocol in ("h1", "h2"):
            what = f"{protocol} to {prefix or 'h1'}"
            with (world.gateway.http1 if protocol == "h1" else world.gateway.http2)() as client:
                answer = client.ask(a, path=prefix + "/seen?x", method="POST", body=b"some body")
                told = answer.json()
                expect_equal((answer.status, told["back"], told["method"], told["target"], told["host"], told["body"]), (200, label, "POST", "/seen?x", a, "some body"), what)
                expect_equal(told["sni"], "back.test" if label == "tls" else "", what + ", SNI")
                answer = client.ask(a, path=prefix + "/large/300000", method="HEAD")
                expect_equal((answer.status, answer.header("content-length"), answer.body), (200, "300000", b""), what + ", HEAD")
                answer = client.ask(a, path=prefix + "/204")
                expect_equal((answer.status, answer.body, answer.count("content-length"), answer.count("transfer-encoding")), (204, b"", 0, 0), what + ", 204")
                answer = client.ask(a, path=prefix + "/304", headers=["If-None-Match: x"] if protocol == "h1" else [("if-none-match", "x")])
                expect_equal((answer.status, answer.body, answer.header("etag")), (304, b"", '"x"'), what + ", 304")
                answer = client.ask(a, path=prefix + "/empty")
                expect_equal((answer.status, answer.body), (200, b""), what + ", empty")
                answer = client.ask(a, path=prefix + "/chunked")
                expect_equal((answer.status, answer.body), (200, b"".join(b"piece %d\n" % i for i in range(20))), what + ", of unknown length")
                answer = client.ask(a, path=prefix + "/chunked", method="HEAD")
                expect_equal((answer.status, answer.body), (200, b""), what + ", HEAD of unknown length")
                answer = client.ask(a, path=prefix + "/trailers", headers=["TE: trailers"] if protocol == "h1" else [("te", "trailers")])
                expect_equal((answer.status, answer.body, answer.trailers), (200, b"with trailers\n", [("x-checksum", "42")]), what + ", trailers")
                answer = client.ask(a, path=prefix + "/hints")
                expect_equal([status for status, _ in answer.interim], [103], what + ", 103")
                expect_equal(answer.body, b"after hints\n", what + ", 103")
                answer = client.ask(a, path=prefix + "/cut") if protocol == "h2" else None
                if answer:
                    expect(answer.reset is not None and not answer.ended, f"{what}, a response that is cut: {answer}")
                expect_equal(client.ask(a, path="/hello/still").status, 200, what + ", still there")
            if protocol == "h1":
                with world.gateway.http1() as client:
                    try:
                        expect(False, f"{what}, a response that is cut: {client.ask(a, path=prefix + '/cut')}")
                    except Closed:
                        pass


def request_trailers(world):
    a = world.name("a.test")
    with world.gateway.http2() as client:
        for path in ("/h2c/seen", "/seen"):
            client.receive_settings()
            stream = client.begin(a, path, "POST", [("te", "trailers"), ("content-type", "application/grpc")], end=False)
            client.data(stream, b"message", end=False)
            client.raw(lab.frame(lab.HEADERS, lab.END_HEADERS | lab.END_STREAM, stream, client.block([("x-end", "1")])))
            answer = client.answer(stream)
            expect_equal((answer.status, answer.json()["body"]), (200, "message"), f"{path} with trailers of the request")
            expect_equal(dict(answer.json()["headers"]).get("te"), "trailers", f"{path}, TE")


def expectations(world):
    a = world.name("a.test")
    for prefix in ("", "/h2c"):
        with world.gateway.http1() as client:
            client.send(f"POST {prefix}/seen HTTP/1.1\r\nHost: {a}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            if prefix == "":
                expect_equal(client.head()[0], 100, f"{prefix}: the client is asked to go on")
            client.send(b"body")
            answer = client.answer()
            expect_equal((answer.status, answer.json()["body"]), (200, "body"), prefix + ": and is answered")
    with world.gateway.http1() as client:
        client.send(f"POST / HTTP/1.1\r\nHost: {world.name('c.test')}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        answer = client.answer()
        expect_equal((answer.status, answer.interim), (421, []), "a refused one is not asked to go on")


def pipelined(world):
    a, c = world.name("a.test"), world.name("c.test")
    with world.gateway.http1() as client:
        client.send("".join(f"GET /hello/{at} HTTP/1.1\r\nHost: {c if at == 3 else a}\r\n\r\n" for at in range(8)))
        for at in range(8):
            answer = client.answer()
            expect_equal((answer.status, answer.body if at != 3 else b""), (421, b"") if at == 3 else (200, b"hello %d\n" % at), f"request {at}")
        client.send(f"POST /seen HTTP/1.1\r\nHost: {a}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\nGET /hello/9 HTTP/1.1\r\nHost: {a}\r\n\r\n")
        expect_equal(client.answer().json()["body"], "body", "a chunked body")
        expect_equal(client.answer().body, b"hello 9\n", "and what comes behind it")


def old_clients(world):
    a = world.name("a.test")
    for path, wanted in (("/hello/x", b"hello x\n"), ("/chunked", b"".join(b"piece %d\n" % i for i in range(20))), ("/h2c/chunked", b"".join(b"piece %d\n" % i for i in range(20)))):
        with world.gateway.http1() as client:
            client.send(f"GET {path} HTTP/1.0\r\nHost: {a}\r\n\r\n")
            answer = client.answer()
            expect_equal((answer.status, answer.body, answer.count("transfer-encoding")), (200, wanted, 0), f"HTTP/1.0, {path}")
            expect_equal(client.is_over(), "end", f"HTTP/1.0, {path}")
    with world.gateway.http1() as client:
        for at in range(2):
            client.send(f"GET /hello/{at} HTTP/1.0\r\nHost: {a}\r\nConnection: keep-alive\r\n\r\n")
            answer = client.answer()
            expect_equal((answer.status, answer.body), (200, b"hello %d\n" % at), "HTTP/1.0, kept")
            if answer.header("connection") != "keep-alive":
                break
    with world.gateway.http1() as client:
        client.send(b"GET /hello/x HTTP/1.0\r\n\r\n")
        expect_equal(client.answer().status, 400, "HTTP/1.0 without Host")


def real_clients(world):
    for words in (["--http1.1"], ["--http2"], ["--http1.0"], ["--tlsv1.2", "--tls-max", "1.2"]):
        for path, wanted in (("/hello/curl", b"hello curl\n"), ("/h2c/hello/curl", b"hello curl\n")):
            done = subprocess.run(["curl", "-sS", *words, "--cacert", os.path.join(world.lab.folder, "authority.pem"), "--resolve",
                                   f"a.test:{world.gateway.ports['https']}:127.0.0.1", f"https://{world.name('a.test')}{path}"],
                                  capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
            expect_equal((done.returncode, done.stdout, done.stderr), (0, wanted, b""), f"curl {words} {path}")


# ---- 421 from behind

def a_back_that_says_421_is_asked_again(world):
    requests = world.once421.app.requests
    for protocol in ("h1", "h2"):
        del requests[:]
        with (world.gateway.http1 if protocol == "h1" else world.gateway.http2)() as client:
            for name in ("a.test", "b.test", "a.test", "b.test"):
                answer = client.ask(world.name(name), path="/once421", method="POST", body=b"little")
                wanted = f"{world.name(name)} on a connection of {world.name(name)}: little".encode()
                expect_equal((answer.status, answer.body), (200, wanted), f"{protocol}, {name}")
    lines = world.gateway.log(8, where=lambda line: line.get("astray.http.path") == "/once421")
    retried = [line for line in lines if line.get("astray.back.retried_after_421")]
    expect(1 <= len(retried) <= 4 and all(line["astray.back.attempts"] == 2 for line in retried), f"asked again: {retried}")
    with world.gateway.http1() as client:
        for name in ("a.test", "b.test"):
            answer = client.ask(world.name(name), path="/always421", headers=JSON)
            expect_equal((answer.status, reason_of(answer), answer.count("alt-svc")), (502, "back-misdirected", 0), name)
        answer = client.ask(world.name("a.test"), path="/always421", method="POST", body=b"x" * 300000, headers=JSON)
        expect_equal(answer.status, 502, "a body that is too long to be sent again")


def a_kept_connection_that_closes_is_no_error(world):
    with world.gateway.http1() as client:
        for at in range(4):
            answer = client.ask(world.name("a.test"), path="/stale")
            expect_equal((answer.status, answer.body), (200, b"ok"), f"GET {at}")
    del world.stale_app.requests[:]
    with world.gateway.http1() as client:
        expect_equal(client.ask(world.name("a.test"), path="/stale", method="POST", body=b"x").status in (200, 502), True, "POST")
        client.ask(world.name("a.test"), path="/stale", method="POST", body=b"x")
    posts = [number for method, number in world.stale_app.requests if method == "POST" and number == 2]
    answered = [number for method, number in world.stale_app.requests if method == "POST" and number == 1]
    expect(len(posts) + len(answered) <= 2, f"a POST that may have been processed is not sent again: {world.stale_app.requests}")


TESTS = [the_connection_is_judged_with_every_request, the_log_tells_both_names, metrics_count_421_by_reason, a_client_certificate_opens_its_own_connection,
         the_name_in_the_handshake, a_name_that_nobody_owns_can_close, the_form_of_a_421, a_421_keeps_the_body_apart, authorities_that_are_none, absolute_form,
         cleartext, proxy_protocol, trusted_gateways, translated_port, what_a_back_hears, all_pairs_of_protocols, request_trailers, expectations, pipelined, old_clients,
         real_clients, a_back_that_says_421_is_asked_again, a_kept_connection_that_closes_is_no_error]

if __name__ == "__main__":
    sys.exit(lab.main(TESTS, World))
