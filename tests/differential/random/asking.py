"""Asks a server many Hosts over one connection, as a coalescing client does, or one over a fresh connection.

The frames of HTTP/2 are written by hand: it is an order of magnitude faster than a state machine that forbids half of what
is to be asked."""
import socket
import ssl
import struct

import hpack

TIMEOUT = 3.0
ALPN = {"none": None, "h1": ["http/1.1"], "h2": ["h2", "http/1.1"], "h2-only": ["h2"]}


class NoAnswer(Exception):
    """The server ended the connection. `alert`: the TLS alert it sent, if any."""

    def __init__(self, alert=None, in_handshake=False):
        super().__init__(alert)
        self.alert = alert
        self.in_handshake = in_handshake


def alert_of(error):
    """"unknown_ca" of TLSV1_ALERT_UNKNOWN_CA."""
    reason = (getattr(error, "reason", None) or "").lower()
    for prefix in ("tlsv1_alert_", "tlsv13_alert_", "sslv3_alert_", "tlsv1_", "tlsv13_"):
        if reason.startswith(prefix):
            return reason[len(prefix):]
    return None


class Contexts:
    """One TLS context for each ALPN offer and client certificate."""

    def __init__(self):
        self._contexts = {}

    def get(self, alpn, holding):
        key = alpn, holding
        if key not in self._contexts:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            tls.check_hostname = False
            tls.verify_mode = ssl.CERT_NONE
            tls.minimum_version = ssl.TLSVersion.TLSv1_2  # as every client of today
            if ALPN[alpn]:
                tls.set_alpn_protocols(ALPN[alpn])
            if holding:
                tls.load_cert_chain(holding)
            self._contexts[key] = tls
        return self._contexts[key]


class Connection:
    """One connection, in clear where `context` is None."""

    def __init__(self, address, port, context, sni):
        self.certificate = None
        self.protocol = "h1"
        self.version = None
        self.asked = 0
        self.is_open = True
        self._buffer = b""
        self._socket = socket.create_connection((address, port), timeout=TIMEOUT)
        if context is None:
            return
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=sni)
        except (ssl.SSLError, ConnectionError) as error:
            self.close()
            raise NoAnswer(alert_of(error), in_handshake=True) from None
        self.certificate = self._socket.getpeercert(binary_form=True)
        self.version = self._socket.version()
        if self._socket.selected_alpn_protocol() == "h2":
            self.protocol = "h2"

    def close(self):
        self.is_open = False
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _send(self, data):
        try:
            self._socket.sendall(data)
        except (ssl.SSLError, ConnectionError) as error:
            raise NoAnswer(alert_of(error)) from None

    def _receive(self):
        try:
            data = self._socket.recv(65536)
        except (ssl.SSLError, ConnectionError) as error:
            raise NoAnswer(alert_of(error)) from None
        if not data:
            raise NoAnswer()
        self._buffer += data

    def ask(self, hosts):
        """Yields (host, status, virtual host) as far as the connection goes. A request that the server answers with the
        end of its stream alone has no status. Raises NoAnswer when the connection ends without an answer to its first
        request; ends early when it ends later."""
        first = self.asked == 0
        answered = 0
        try:
            for answer in (self._ask_h2 if self.protocol == "h2" else self._ask_h1)(hosts):
                answered += 1
                yield answer
        except NoAnswer:
            self.close()
            if first and answered == 0:
                raise

    def _ask_h1(self, hosts):
        for host in hosts:
            self.asked += 1
            field = b"" if host is None else b"Host: " + host.encode() + b"\r\n"
            self._send(b"GET / HTTP/1.1\r\n" + field + b"\r\n")
            yield host, *self._read_h1()
            if not self.is_open:
                return

    def _read_h1(self):
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        status = int(lines[0].split()[1])
        if fields.get("connection", "").lower() == "close" or lines[0].startswith("HTTP/1.0"):
            self.close()
        elif fields.get("transfer-encoding") == "chunked":
            while b"0\r\n\r\n" not in self._buffer:
                self._receive()
            self._buffer = self._buffer.partition(b"0\r\n\r\n")[2]
        elif status not in (204, 304):
            length = int(fields["content-length"])
            while len(self._buffer) < length:
                self._receive()
            self._buffer = self._buffer[length:]
        return status, fields.get("x-virtual-host")

    def _ask_h2(self, hosts):
        if self.asked == 0:
            # SETTINGS, and room for all answers (WINDOW_UPDATE)
            self._send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(8, 0, 0, struct.pack(">I", 1 << 30)))
            self._decoder = hpack.Decoder()
        most_at_once = 50
        for start in range(0, len(hosts), most_at_once):
            waiting = {}
            data = b""
            for host in hosts[start:start + most_at_once]:
                stream = 2 * self.asked + 1
                self.asked += 1
                waiting[stream] = host
                data += frame(1, 5, stream, request_block(host))
            self._send(data)
            yield from self._read_h2(waiting)

    def _read_h2(self, waiting):
        while waiting:
            kind, flags, stream, payload = self._read_frame()
            if kind in (1, 9):
                if kind == 1:
                    self._block = b""
                self._block += payload
                if not flags & 4:
                    continue
                fields = {name.decode(): value.decode("latin-1") for name, value in self._decoder.decode(self._block, raw=True)}
                if stream in waiting:
                    yield waiting.pop(stream), int(fields[":status"]), fields.get("x-virtual-host")
            elif kind == 3 and stream in waiting:
                yield waiting.pop(stream), None, None
            elif kind == 4 and not flags & 1:
                self._send(frame(4, 1, 0, b""))
            elif kind == 7:
                last = struct.unpack(">I", payload[:4])[0]
                for refused in [s for s in waiting if s > last]:
                    del waiting[refused]
                self.is_open = False

    def _read_frame(self):
        while len(self._buffer) < 9:
            self._receive()
        length = int.from_bytes(self._buffer[:3], "big")
        while len(self._buffer) < 9 + length:
            self._receive()
        kind, flags, stream = self._buffer[3], self._buffer[4], struct.unpack(">I", self._buffer[5:9])[0]
        payload = self._buffer[9:9 + length]
        self._buffer = self._buffer[9 + length:]
        if kind == 1:
            if flags & 8:
                payload = payload[1:len(payload) - payload[0]]
            if flags & 32:
                payload = payload[5:]
        return kind, flags, stream, payload


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def request_block(host):
    """GET https / in HPACK's static table, and :authority as a literal that is not indexed."""
    block = b"\x82\x84\x87"
    if host is None:
        return block
    value = host.encode()
    length = bytes((len(value),)) if len(value) < 127 else b"\x7f" + varint(len(value) - 127)
    return block + b"\x01" + length + value


def varint(number):
    out = bytearray()
    while number >= 128:
        out.append(number % 128 + 128)
        number //= 128
    out.append(number)
    return bytes(out)
