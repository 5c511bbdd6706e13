"""The lab's server: TLS with a certificate for each SNI, HTTP/2 (with an ORIGIN frame, where wanted) and HTTP/1.1, 421 by rule.

It numbers its connections and writes down each request: on which connection, for whom, what the connection's SNI was, the body's
bytes, the answer. Several addresses and ports are one server."""
import asyncio
import base64
import dataclasses
import hashlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from urllib.parse import parse_qs, urlsplit

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

ORIGIN_FRAME = 0xC  # RFC 8336 §2.1
LATE = 0.2
CALM = 0.03  # seconds without news, after which clients are taken to have closed what they close
PAGE = "<!doctype html><title>lab</title><link rel=icon href='data:,'>"


@dataclasses.dataclass
class Behaviour:
    """What the server of one scenario does."""
    certificates: dict  # SNI -> (PEM file, its names)
    default_name: str  # for a connection without SNI
    authority: str  # the certificate of the clients' authority
    client_certificates: bool = False
    only_h1: tuple = ()  # SNIs
    origin_set: list | None = None  # origins of the ORIGIN frame; None: no frame
    misdirected: str = "never"  # "never", "other-names": whose SNI is another one; "always"; "once": the first attempt of a request
    misdirected_names: tuple | None = None  # only these; None: all
    extended_connect: bool = False
    late_body: bool = False  # over HTTP/1.1, the body of a 421 comes LATE seconds after its head


@dataclasses.dataclass
class Connection:
    number: int
    address: str
    port: int
    sni: str | None
    protocol: str
    names: list
    client_certificate: bool
    origin_set: list | None
    extended_connect: bool
    opened: float
    ended: float | None = None  # closed, or the client said that it goes away
    preflights: int = 0

    def alive_at(self, moment):
        return self.opened <= moment and (self.ended is None or self.ended > moment)

    def end(self):
        self.ended = self.ended or time.monotonic()


@dataclasses.dataclass
class Attempt:
    """A request as it came in once."""
    request: str  # the id that its URL has
    connection: Connection
    authority: str
    method: str
    body: bytes
    status: int
    came: float
    answered: float | None = None


def origin_frame(origins):
    payload = b"".join(struct.pack("!H", len(origin)) + origin.encode() for origin in origins)
    return struct.pack("!I", len(payload))[1:] + bytes([ORIGIN_FRAME, 0]) + struct.pack("!I", 0) + payload


def host_of(authority):
    return re.sub(r":\d+$", "", authority)


class Site:
    """The servers of one scenario and what they saw."""

    def __init__(self, behaviour):
        self.behaviour = behaviour
        self.connections = []
        self.attempts = []
        self.failed_handshakes = 0
        self.released = asyncio.Event()
        self.contexts = {}
        self.servers = []
        self.sessions = set()
        self.news = time.monotonic()
        for sni, (pem, _) in behaviour.certificates.items():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            context.set_alpn_protocols(["http/1.1"] if sni in behaviour.only_h1 else ["h2", "http/1.1"])
            if behaviour.client_certificates:
                context.verify_mode = ssl.CERT_OPTIONAL
                context.load_verify_locations(behaviour.authority)
            context.sni_callback = self._choose
            self.contexts[sni] = context

    def _choose(self, tls, sni, _context):
        tls.lab_sni = sni
        if sni in self.contexts:
            tls.context = self.contexts[sni]
        elif sni is not None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    def status(self, connection, request, host):
        rule, names = self.behaviour.misdirected, self.behaviour.misdirected_names
        if names is not None and host not in names:
            return 200
        misdirected = (rule == "always" or (rule == "other-names" and host != connection.sni) or
                       (rule == "once" and not any(attempt.request == request for attempt in self.attempts)))
        return 421 if misdirected else 200


class _Exchange:
    """One request on its way."""

    def __init__(self, method, authority, path, origin, came):
        self.method, self.authority, self.origin, self.came = method, authority, origin, came
        split = urlsplit(path)
        self.path = split.path
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        self.request = query.get("id")
        self.hold = "hold" in query
        self.body = b""
        self.websocket_key = None


def answer_to(site, connection, exchange):
    """(status, fields, body) and, unless it is a page or a preflight, an entry in the book."""
    fields = [("cache-control", "no-store")]
    if exchange.origin:
        fields += [("access-control-allow-origin", exchange.origin), ("access-control-allow-credentials", "true")]
    if exchange.method == "OPTIONS":
        connection.preflights += 1
        return 204, fields + [("access-control-allow-methods", "GET, POST"), ("access-control-allow-headers", "content-type")], b"", None
    if exchange.path == "/":
        return 200, fields + [("content-type", "text/html")], PAGE.encode(), None
    if exchange.request is None:
        return 404, fields, b"", None
    status = site.status(connection, exchange.request, host_of(exchange.authority))
    attempt = Attempt(exchange.request, connection, exchange.authority, exchange.method, exchange.body, status, exchange.came)
    site.attempts.append(attempt)
    body = json.dumps({"connection": connection.number, "sni": connection.sni, "authority": exchange.authority,
                       "method": exchange.method, "body": len(exchange.body), "status": status})
    return status, fields + [("content-type", "application/json")], body.encode(), attempt


class _Session(asyncio.Protocol):
    """A connection: HTTP/2 or HTTP/1.1, whichever was negotiated."""

    def __init__(self, site):
        self.site = site
        self.transport = self.connection = self.h2 = None
        self.exchanges = {}
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport
        tls = transport.get_extra_info("ssl_object")
        address, port = transport.get_extra_info("sockname")[:2]
        sni = getattr(tls, "lab_sni", None)
        behaviour = self.site.behaviour
        protocol = "h2" if tls.selected_alpn_protocol() == "h2" else "h1"
        h2_speaking = protocol == "h2"
        self.connection = Connection(
            number=len(self.site.connections) + 1, address=address, port=port, sni=sni, protocol=protocol,
            names=behaviour.certificates[sni or behaviour.default_name][1], client_certificate=bool(tls.getpeercert()),
            origin_set=behaviour.origin_set if h2_speaking else None,
            extended_connect=behaviour.extended_connect and h2_speaking, opened=time.monotonic())
        self.site.connections.append(self.connection)
        self.site.sessions.add(self)
        self.site.news = time.monotonic()
        if h2_speaking:
            self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
            self.h2.initiate_connection()
            if behaviour.extended_connect:
                self.h2.update_settings({h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1})
            first = self.h2.data_to_send()
            if behaviour.origin_set is not None:
                first += origin_frame(behaviour.origin_set)
            transport.write(first)

    def connection_lost(self, _error):
        if self.connection is not None:
            self.connection.end()
            self.site.news = time.monotonic()
        self.site.sessions.discard(self)

    def data_received(self, data):
        self.site.news = time.monotonic()
        if self.h2 is None:
            self._receive_h1(data)
        else:
            self._receive_h2(data)

    def _receive_h2(self, data):
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self.transport.write(self.h2.data_to_send())
            self.transport.close()
            return
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                fields = dict(event.headers)
                self.exchanges[event.stream_id] = _Exchange(fields[":method"], fields.get(":authority", ""), fields.get(":path", "/"),
                                                            fields.get("origin"), time.monotonic())
                if fields.get(":protocol") == "websocket":
                    self._answer_h2(event.stream_id, open_ended=True)
            elif isinstance(event, h2.events.DataReceived):
                if event.stream_id in self.exchanges:
                    self.exchanges[event.stream_id].body += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                if event.stream_id in self.exchanges:
                    self._answer_h2(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.exchanges.pop(event.stream_id, None)
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.connection.end()
        self.transport.write(self.h2.data_to_send())

    def _answer_h2(self, stream, open_ended=False):
        exchange = self.exchanges.pop(stream)
        status, fields, body, attempt = answer_to(self.site, self.connection, exchange)
        self.h2.send_headers(stream, [(":status", str(status)), *fields])
        if open_ended:
            attempt.answered = time.monotonic()
            return
        if exchange.hold and status == 200:
            self.h2.send_data(stream, b"[", end_stream=False)

            async def finish():
                await self.site.released.wait()
                self.h2.send_data(stream, body + b"]", end_stream=True)
                self.transport.write(self.h2.data_to_send())

            asyncio.get_running_loop().create_task(finish())
        else:
            self.h2.send_data(stream, body, end_stream=True)
        if attempt:
            attempt.answered = time.monotonic()

    def _receive_h1(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            if fields.get("expect", "").lower() == "100-continue" and not rest:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body, rest = self._h1_body(fields, rest)
            if body is None:
                return
            self.buffer = rest
            exchange = _Exchange(method, fields.get("host", ""), path, fields.get("origin"), time.monotonic())
            exchange.body = body
            status, answered, content, attempt = answer_to(self.site, self.connection, exchange)
            if fields.get("upgrade", "").lower() == "websocket" and status == 200:
                accept = base64.b64encode(hashlib.sha1((fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
                self.transport.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                     b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
                continue
            head = f"HTTP/1.1 {status} Answer\r\n" + "".join(f"{name}: {value}\r\n" for name, value in answered)
            head = head.encode() + b"content-length: %d\r\n\r\n" % len(content)
            if self.site.behaviour.late_body and status == 421:
                self.transport.write(head)
                asyncio.get_running_loop().call_later(LATE, self.transport.write, content)
            else:
                self.transport.write(head + content)
            if attempt:
                attempt.answered = time.monotonic()

    @staticmethod
    def _h1_body(fields, rest):
        """(body, what follows), or (None, rest) while some of it is missing."""
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body, at = b"", 0
            while True:
                end = rest.find(b"\r\n", at)
                if end < 0:
                    return None, rest
                size = int(rest[at:end].split(b";")[0], 16)
                if len(rest) < end + 4 + size:
                    return None, rest
                body += rest[end + 2:end + 2 + size]
                at = end + 4 + size
                if size == 0:
                    return body, rest[at:]
        length = int(fields.get("content-length", 0))
        return (None, rest) if len(rest) < length else (rest[:length], rest[length:])


class LabServer:
    """Runs sites in a thread of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda *_: None)  # handshakes that a client gives up
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def open(self, behaviour, endpoints):
        async def start():
            site = Site(behaviour)
            for address, port in endpoints:
                listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind((address, port))
                listening.setblocking(False)
                server = await self.loop.create_server(lambda: _Session(site), sock=listening,
                                                       ssl=site.contexts[behaviour.default_name])
                site.servers.append(server)
            return site
        return self._do(start())

    def release(self, site):
        self.loop.call_soon_threadsafe(site.released.set)

    def wait_until_calm(self, site, limit=1.0):
        """Returns when nothing has happened on the site's connections for CALM."""
        async def wait():
            end = time.monotonic() + limit
            while time.monotonic() < min(end, site.news + CALM):
                await asyncio.sleep(CALM / 3)
        self._do(wait())

    def close(self, site):
        async def stop():
            for server in site.servers:
                server.close()
            for session in list(site.sessions):
                session.transport.close()
        self._do(stop())
