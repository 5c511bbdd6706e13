"""HTTP/1.1 and HTTP/2 servers on loopback, in clear and over TLS, and a proxy: small, threaded, ended by their `with`."""
import contextlib
import os
import select
import socket
import ssl
import subprocess
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from application import Request

REASONS = {200: "OK", 201: "Created", 204: "No Content", 301: "Moved", 302: "Found", 404: "Not Found", 421: "Misdirected Request"}


def make_certificates(folder, sites):
    """authority.pem, and for each stem of `sites` STEM.pem with key, for its names, signed by it."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    openssl("req", "-x509", *key, "-subj", "/CN=authority of the test", "-keyout", "authority.key", "-out", "authority.pem")
    for stem, names in sites.items():
        listed = ",".join(("IP:" if name[0].isdigit() or ":" in name else "DNS:") + name for name in names)
        openssl("req", "-x509", *key, "-CA", "authority.pem", "-CAkey", "authority.key", "-subj", "/CN=" + stem, "-addext",
                "subjectAltName=" + listed, "-addext", "basicConstraints=CA:FALSE", "-keyout", stem + ".key", "-out", stem + ".crt")
        with open(os.path.join(folder, stem + ".pem"), "wb") as both:
            for part in (".crt", ".key"):
                with open(os.path.join(folder, stem + part), "rb") as piece:
                    both.write(piece.read())


def context(folder, stem, alpn):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(folder, stem + ".pem"))
    made.set_alpn_protocols(alpn)
    made.sni_callback = lambda secured, name, _: setattr(secured, "sni", name or "")
    return made


class Listener:
    """Calls serve(socket) in a thread for each connection. `connections` counts them."""

    def __init__(self, serve, tls=None, family=socket.AF_INET):
        self.serve = serve
        self.tls = tls
        self.socket = socket.socket(family)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.socket.listen(128)
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        self.open = set()
        self.over = False
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self):
        while not self.over:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.settimeout(30)
        self.open.add(raw)
        connection = raw
        try:
            if self.tls:
                connection = self.tls.wrap_socket(raw, server_side=True)
            self.serve(connection)
        except (OSError, EOFError, ValueError, h2.exceptions.ProtocolError):
            pass
        finally:
            self.open.discard(raw)
            with contextlib.suppress(OSError):
                connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for raw in list(self.open):
            with contextlib.suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)


class Reader:
    """Lines and exact numbers of bytes from a socket."""

    def __init__(self, connection):
        self.connection = connection
        self.data = b""

    def more(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise EOFError
        self.data += piece

    def line(self):
        while b"\r\n" not in self.data:
            self.more()
        line, self.data = self.data.split(b"\r\n", 1)
        return line.decode("latin-1")

    def exactly(self, size):
        while len(self.data) < size:
            self.more()
        taken, self.data = self.data[:size], self.data[size:]
        return taken


def serve_http1(application):
    def read(reader):
        method, target, _ = reader.line().split(" ")
        headers = []
        while line := reader.line():
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip()))
        return Request(method, target, next((v for k, v in headers if k == "host"), ""), headers,
                       sni=getattr(reader.connection, "sni", ""))

    def read_body(reader, request):
        if request.header("transfer-encoding") == "chunked":
            while size := int(reader.line().split(";")[0], 16):
                request.body += reader.exactly(size)
                reader.line()
            while reader.line():
                pass
        elif length := request.header("content-length"):
            request.body = reader.exactly(int(length))

    def serve(connection):
        reader = Reader(connection)
        while True:
            request = read(reader)
            if request.header("expect") == "100-continue":
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            read_body(reader, request)
            if not write_http1(connection, request, application.answer(request)) or request.header("connection") == "close":
                return
    return serve


def head(status, headers):
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Other')}", *(f"{name.title()}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def write_http1(connection, request, response):
    """False when the connection has to end."""
    for status, headers in response.interim:
        connection.sendall(head(status, headers))
    headers = list(response.headers)
    named = {name for name, _ in headers}
    chunked = not isinstance(response.body, bytes) and "content-length" not in named
    without_body = request.method == "HEAD" or response.status in (204, 304)
    if chunked:
        headers.append(("transfer-encoding", "chunked"))
    elif "content-length" not in named and not without_body:
        headers.append(("content-length", str(len(response.body))))
    connection.sendall(head(response.status, headers))
    if without_body:
        return True
    if response.cut is not None:
        connection.sendall(response.body[:response.cut])
        return False
    for piece in [response.body] if isinstance(response.body, bytes) else response.body:
        connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
    if chunked:
        trailers = "".join(f"{name}: {value}\r\n" for name, value in response.trailers)
        connection.sendall(("0\r\n" + trailers + "\r\n").encode("latin-1"))
    return True


class Http2:
    """One connection; answers of several streams are sent in turns."""

    def __init__(self, connection, application):
        self.socket = connection
        self.application = application
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.requests = {}
        self.sending = {}  # stream: [iterator of pieces, rest of a piece, response]

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.socket.sendall(data)

    def run(self):
        self.h2.initiate_connection()
        self.flush()
        while True:
            data = self.socket.recv(65536)
            if not data:
                return
            for event in self.h2.receive_data(data):
                self.take(event)
            self.pump()
            self.flush()

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            headers = dict(event.headers)
            fields = [(name, value) for name, value in event.headers if not name.startswith(":")]
            self.requests[event.stream_id] = Request(headers[":method"], headers[":path"], headers[":authority"], fields,
                                                     sni=getattr(self.socket, "sni", ""))
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id].body += event.data
            if event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            request = self.requests.pop(event.stream_id)
            if request.target.startswith("/slow/"):
                self.pump()  # answers to what came together with it do not wait for it
            self.begin(event.stream_id, self.application.answer(request))
        elif isinstance(event, h2.events.StreamReset):
            self.sending.pop(event.stream_id, None)

    def begin(self, stream, response):
        for status, headers in response.interim:
            self.h2.send_headers(stream, [(":status", str(status)), *headers])
        self.h2.send_headers(stream, [(":status", str(response.status)), *response.headers])
        pieces = iter([response.body]) if isinstance(response.body, bytes) else iter(response.body)
        self.sending[stream] = [pieces, b"", response]

    def pump(self):
        moved = True
        while moved:
            moved = False
            for stream in list(self.sending):
                moved = self.send_some(stream) or moved
                self.flush()

    def send_some(self, stream):
        """Whether anything was sent."""
        pieces, rest, response = self.sending[stream]
        if response.cut is not None:
            self.h2.send_data(stream, response.body[:response.cut])
            self.flush()
            time.sleep(0.2)  # curl forgets what comes together with the reset
            self.h2.reset_stream(stream, 2)
            del self.sending[stream]
            return True
        if not rest:
            rest = next(pieces, None)
        if rest is None:
            if response.trailers:
                self.h2.send_headers(stream, response.trailers, end_stream=True)
            else:
                self.h2.end_stream(stream)
            del self.sending[stream]
            return True
        room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
        if room == 0 and rest:
            self.sending[stream][1] = rest
            return False
        if rest[:room]:
            self.h2.send_data(stream, rest[:room])
        self.sending[stream][1] = rest[room:]
        return True


def serve_http2(application):
    return lambda connection: Http2(connection, application).run()


def serve_by_alpn(application):
    http1, http2 = serve_http1(application), serve_http2(application)
    return lambda connection: (http2 if connection.selected_alpn_protocol() == "h2" else http1)(connection)


def relay(one, other):
    while True:
        readable, _, _ = select.select([one, other], [], [], 30)
        if not readable:
            return
        for source in readable:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


class Proxy:
    """A forward proxy: absolute-form requests, and CONNECT. Every name leads to loopback. `asked` has the request lines."""

    def __init__(self, refuses=()):
        self.asked = []
        self.refuses = refuses

    def serve(self, connection):
        reader = Reader(connection)
        while b"\r\n\r\n" not in reader.data:
            reader.more()
        request, _, rest = reader.data.partition(b"\r\n\r\n")
        line, _, fields = request.decode("latin-1").partition("\r\n")
        method, target, version = line.split(" ")
        self.asked.append(f"{method} {target}")
        if target in self.refuses:
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        authority = target if method == "CONNECT" else target.split("/")[2]
        with socket.create_connection(("127.0.0.1", int(authority.rpartition(":")[2])), 10) as back:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Established\r\n\r\n")
                if rest:
                    back.sendall(rest)
            else:
                path = "/" + target.split("/", 3)[3]
                kept = [f for f in fields.split("\r\n") if not f.lower().startswith("proxy-")]
                back.sendall(f"{method} {path} {version}\r\n".encode() + "\r\n".join([*kept, "", ""]).encode("latin-1") + rest)
            relay(connection, back)
