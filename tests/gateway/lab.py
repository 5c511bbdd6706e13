"""`astray gateway` on loopback with clients and backs of the test's own: what live.py, hostile.py and faults.py stand on."""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / folder) for folder in ("fetch", "support")]

import application  # noqa: E402
import free_ports  # noqa: E402
import servers  # noqa: E402

FAILURES = []
NAMES = ("a.test", "b.test", "c.test", "mtls.test", "tls12.test", "never.test", "port.test", "h1.test", "gone.test", "close.test")
SITES = {"shared": ["a.test", "b.test", "mtls.test", "tls12.test", "never.test", "port.test", "h1.test", "gone.test", "close.test"],
         "c": ["c.test"], "wild": ["*.wild.test"], "back": ["back.test", "a.test", "b.test"], "person": ["person.test"]}


def expect(condition, message):
    if not condition:
        FAILURES.append(f"{sys._getframe(1).f_code.co_name}: {message}")
        print(f"  failed: {FAILURES[-1]}", flush=True)


def expect_equal(found, wanted, what):
    if found != wanted:
        FAILURES.append(f"{sys._getframe(1).f_code.co_name}: {what}: {found!r}, not {wanted!r}")
        print(f"  failed: {FAILURES[-1]}", flush=True)


def wait_until(condition, seconds=10.0):
    """The condition's value, as soon as it is true, or the last one."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


class Ports(dict):
    """A free port for each label that a configuration names as {label}."""

    def __missing__(self, label):
        self[label] = free_ports.free_port()
        return self[label]


class Gateway:
    """One process, from a configuration with {labels} for ports. Ended by its process id."""

    def __init__(self, lab, configuration, ports=None, before=None, name="gateway"):
        self.lab, self.ports = lab, ports if ports is not None else Ports()
        self.folder = tempfile.mkdtemp(prefix=name + "-", dir=lab.folder)
        self.path = os.path.join(self.folder, name + ".yaml")
        self.log_path = os.path.join(self.folder, "access.log")
        self.configure(configuration)
        self.stderr_path = os.path.join(self.folder, "stderr")
        self.before = before
        self.process = None

    def configure(self, configuration):
        filled = configuration.replace("CERTIFICATES", self.lab.folder).replace("ACCESS_LOG", self.log_path)
        filled = re.sub(r"<(\w+)>", lambda found: str(self.ports[found[1]]), filled)
        with open(self.path, "w", encoding="ascii") as file:
            file.write(filled)

    def start(self, wait="serving "):
        errors = open(self.stderr_path, "ab")
        with errors:
            self.process = subprocess.Popen([self.lab.astray, "gateway", self.path], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                            preexec_fn=self.before)
        wait_until(lambda: wait in self.said() or self.process.poll() is not None, 20)
        if wait not in self.said():
            raise AssertionError(f"the gateway does not start: {self.said()}")
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for trouble in re.findall(r"(?:AddressSanitizer|runtime error|CHECK failed).*", self.said()):
            FAILURES.append(f"the gateway said: {trouble}")

    def said(self):
        with open(self.stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def signal(self, number):
        os.kill(self.process.pid, number)

    def reload(self, configuration=None):
        """What it says of it."""
        before = len(self.said())
        if configuration is not None:
            self.configure(configuration)
        self.signal(signal.SIGHUP)
        wait_until(lambda: "reloaded" in self.said()[before:])
        return self.said()[before:]

    def end(self, seconds=15):
        """The exit status after SIGTERM; None when it does not end."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def memory(self):
        """Resident now, KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def log(self, least=1, seconds=5, where=lambda line: True):
        """The lines of the access log that `where` holds for, once there are so many."""
        def read():
            if not os.path.exists(self.log_path):
                return []
            with open(self.log_path, encoding="ascii") as lines:
                return [line for text in lines if text.endswith("\n") and where(line := json.loads(text))]
        wait_until(lambda: len(read()) >= least, seconds)
        return read()

    def metric(self, name, **labels):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["admin"], timeout=10)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
                   if re.match(re.escape(name) + r"[ {]", line) and all(label in line for label in wanted))

    # ---- clients

    def connect(self, listener="https", sni=None, alpn=("http/1.1",), tls=True, source=None, before=b"", certificate=None, version=None,
                timeout=20, receive_buffer=None):
        raw = socket.socket()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(timeout)
        if source:
            raw.bind((source, 0))
        raw.connect(("127.0.0.1", self.ports[listener]))
        if before:
            raw.sendall(before)
        if not tls:
            return raw
        try:
            return self.lab.context(alpn, certificate, version).wrap_socket(raw, server_hostname=sni)
        except BaseException:
            raw.close()
            raise

    def http1(self, listener="https", sni="a.test", **options):
        return Http1(self.connect(listener, sni, ("http/1.1",), **options))

    def http2(self, listener="https", sni="a.test", **options):
        settings = options.pop("settings", ())
        return Http2(self.connect(listener, sni, ("h2",), **options), settings)

    def authority(self, name, listener="https"):
        return f"{name}:{self.ports[listener]}"


class Answer:
    def __init__(self):
        self.status, self.headers, self.body, self.trailers, self.interim = 0, [], b"", [], []
        self.reset, self.ended = None, False

    def header(self, name):
        return next((value for key, value in self.headers if key == name), "")

    def count(self, name):
        return sum(key == name for key, _ in self.headers)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:200]!r} reset={self.reset}>"


class Closed(Exception):
    """By the gateway; `args` has how."""


class Http1:
    """A client that sends whatever bytes it is told to."""

    def __init__(self, connection):
        self.socket, self.data = connection, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def more(self):
        try:
            piece = self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(f"broken: {error}") from error
        if not piece:
            raise Closed("end")
        self.data += piece

    def until(self, mark):
        while mark not in self.data:
            self.more()
        taken, self.data = self.data.split(mark, 1)
        return taken

    def exactly(self, size):
        while len(self.data) < size:
            self.more()
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = (lines[0] + " ").split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        return int(status), [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]

    def answer(self, method="GET"):
        answer = Answer()
        while True:
            answer.status, answer.headers = self.head()
            if answer.status >= 200 or answer.status == 101:
                break
            answer.interim.append((answer.status, answer.headers))
        if method == "HEAD" or answer.status in (101, 204, 304):
            pass
        elif "chunked" in answer.header("transfer-encoding"):
            pieces = []
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                pieces.append(self.exactly(size))
                assert self.exactly(2) == b"\r\n"
            answer.body = b"".join(pieces)
            while line := self.until(b"\r\n"):
                name, _, value = line.decode().partition(":")
                answer.trailers.append((name.lower(), value.strip()))
        elif answer.header("content-length"):
            answer.body = self.exactly(int(answer.header("content-length")))
        else:
            with contextlib.suppress(Closed):
                while True:
                    self.more()
            answer.body, self.data = self.data, b""
        answer.ended = True
        return answer

    def ask(self, authority, path="/hello/x", method="GET", headers=(), body=b""):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {authority}", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return self.answer(method)

    def is_over(self, seconds=5):
        """How the gateway ended the connection ("end", "broken: …"); "" when it is open after so long."""
        before = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            while True:
                self.more()
        except Closed as closed:
            return str(closed)
        except TimeoutError:
            return ""
        finally:
            with contextlib.suppress(OSError):
                self.socket.settimeout(before)


# ---- HTTP/2 frames by hand (RFC 9113 section 4.1)

DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def settings_payload(pairs):
    return b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in pairs)


class Http2:
    """A client that sends whatever frames it is told to, and acknowledges by itself what must be."""

    def __init__(self, connection, settings=()):
        import hpack
        self.socket, self.buffer = connection, b""
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.decoder.max_header_list_size = 1 << 20
        self.answers, self.next_stream = {}, 1
        self.goaway, self.over, self.pings, self.settings, self.origins = None, "", 0, {}, b""
        self.settings_acknowledged = 0
        self.window_updates = True  # give back what was received
        self.send_window, self.stream_windows = 65535, {}
        self.raw(PREFACE + frame(SETTINGS, 0, 0, settings_payload(settings)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def block(self, fields):
        return self.encoder.encode(fields)

    def fields(self, authority, path="/hello/x", method="GET", headers=(), scheme="https"):
        pseudo = [(":method", method), (":scheme", scheme), (":path", path)]
        return [*pseudo, *([(":authority", authority)] if authority is not None else []), *headers]

    def begin(self, authority, path="/hello/x", method="GET", headers=(), end=True, fields=None):
        """The stream of a new request."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        self.answers[stream] = Answer()
        block = self.block(fields or self.fields(authority, path, method, headers))
        self.raw(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, block))
        return stream

    def data(self, stream, data=b"", end=True):
        """Waits for window."""
        while True:
            room = min(self.send_window, self.stream_windows.setdefault(stream, self.settings.get(4, 65535)), 16384)
            piece, data = data[:room], data[len(data[:room]):]
            self.send_window -= len(piece)
            self.stream_windows[stream] -= len(piece)
            self.raw(frame(DATA, END_STREAM if end and not data else 0, stream, piece))
            if not data:
                return
            if min(self.send_window, self.stream_windows[stream]) == 0:
                self.receive()

    def ask(self, authority, path="/hello/x", method="GET", headers=(), body=b"", fields=None):
        stream = self.begin(authority, path, method, headers, end=not body, fields=fields)
        if body:
            self.receive_settings()
            self.data(stream, body)
        return self.answer(stream)

    def receive_settings(self):
        while not self.settings:
            self.receive()

    def receive(self):
        """One frame."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
            try:
                piece = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError) as error:
                self.over = f"broken: {error}"
                raise Closed(self.over) from error
            if not piece:
                self.over = "end"
                raise Closed(self.over)
            self.buffer += piece
        size = int.from_bytes(self.buffer[:3], "big")
        kind, flags, stream = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big")
        payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
        self.take(kind, flags, stream, payload)
        return kind

    def take(self, kind, flags, stream, payload):
        answer = self.answers.get(stream)
        if kind == HEADERS:
            fields = self.decoder.decode(payload)
            if fields and fields[0][0] == ":status":
                status, rest = int(fields[0][1]), [tuple(field) for field in fields[1:]]
                if status < 200:
                    answer.interim.append((status, rest))
                else:
                    answer.status, answer.headers = status, rest
            else:
                answer.trailers = [tuple(field) for field in fields]
            answer.ended = answer.ended or bool(flags & END_STREAM)
        elif kind == DATA:
            if answer:
                answer.body += payload
                answer.ended = answer.ended or bool(flags & END_STREAM)
            if payload and self.window_updates:
                update = len(payload).to_bytes(4, "big")
                self.raw(frame(WINDOW_UPDATE, 0, 0, update) + (b"" if flags & END_STREAM else frame(WINDOW_UPDATE, 0, stream, update)))
        elif kind == RST_STREAM:
            if answer:
                answer.reset = int.from_bytes(payload, "big")
        elif kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                self.settings[int.from_bytes(payload[at:at + 2], "big")] = int.from_bytes(payload[at + 2:at + 6], "big")
            self.settings.setdefault(4, 65535)
            self.raw(frame(SETTINGS, ACK))
        elif kind == SETTINGS:
            self.settings_acknowledged += 1
        elif kind == PING:
            if flags & ACK:
                self.pings += 1
            else:
                self.raw(frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            self.goaway = (int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:8], "big"))
        elif kind == WINDOW_UPDATE:
            if stream:
                self.stream_windows[stream] = self.stream_windows.get(stream, self.settings.get(4, 65535)) + int.from_bytes(payload, "big")
            else:
                self.send_window += int.from_bytes(payload, "big")
        elif kind == 0x0c:
            self.origins += payload

    def answer(self, stream):
        """Once it has ended or was reset."""
        answer = self.answers[stream]
        while not answer.ended and answer.reset is None:
            self.receive()
        return answer

    def until(self, condition):
        while not condition():
            self.receive()

    def is_over(self, seconds=5):
        """As of Http1."""
        before = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            while True:
                self.receive()
        except Closed as closed:
            return str(closed)
        except TimeoutError:
            return ""
        except OSError as error:  # of a window update that it sends
            self.over = f"broken: {error}"
            return self.over
        finally:
            with contextlib.suppress(OSError):
                self.socket.settimeout(before)


class Application(application.Application):
    """Of a back: what it saw, and the answers that tests of a gateway need besides."""

    def __init__(self, label="back"):
        super().__init__()
        self.label, self.requests = label, []

    def answer(self, request):
        with self.lock:
            self.requests.append(request)
        return super().answer(request)

    def at_seen(self, request, rest):
        """All fields, as JSON."""
        told = {"back": self.label, "method": request.method, "target": request.target, "host": request.authority, "sni": request.sni,
                "body": request.body.decode("latin-1")}
        return application.text(json.dumps({**told, "headers": request.headers}))

    def seen(self, path):
        with self.lock:
            return [request for request in self.requests if request.path == path]


class Lab:
    def __init__(self, stack, astray, folder):
        self.stack, self.astray, self.folder = stack, astray, folder
        servers.make_certificates(folder, SITES)
        self.contexts = {}

    def context(self, alpn=("http/1.1",), certificate=None, version=None):
        key = (tuple(alpn), certificate, version)
        if key not in self.contexts:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            made.check_hostname = False
            made.load_verify_locations(os.path.join(self.folder, "authority.pem"))
            if alpn:
                made.set_alpn_protocols(list(alpn))
            if certificate:
                made.load_cert_chain(os.path.join(self.folder, certificate + ".pem"))
            if version:
                made.minimum_version = made.maximum_version = version
            self.contexts[key] = made
        return self.contexts[key]

    def back(self, serve=None, tls=None):
        """A listener with `app`, or one that calls serve(socket) for each connection."""
        app = Application()
        listener = servers.Listener(serve or servers.serve_http1(app), tls)
        listener.app = app
        return self.stack.enter_context(listener)

    def h2c_back(self):
        app = Application("h2c")
        listener = servers.Listener(servers.serve_http2(app))
        listener.app = app
        return self.stack.enter_context(listener)

    def tls_back(self, alpn=("h2", "http/1.1")):
        app = Application("tls")
        listener = servers.Listener(servers.serve_by_alpn(app), servers.context(self.folder, "back", list(alpn)))
        listener.app = app
        return self.stack.enter_context(listener)

    def gateway(self, configuration, ports=None, **options):
        return Gateway(self, configuration, ports, **options)


def site(routes="[{backs: [app]}]", backs="app: {addresses: [\"127.0.0.1:<app>\"]}", operation="", listener=""):
    """The configuration of one name, a.test, on the listener https."""
    return f"""
listeners:
  https: {{address: "127.0.0.1:<https>"{listener}}}
virtual_hosts:
  a:
    names: [a.test]
    certificates: [{{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}}]
    routes: {routes}
backs:
  {backs}
operation:
  threads: 1
  access_log: {{path: ACCESS_LOG}}
  admin: {{address: "127.0.0.1:<admin>"}}
  {operation}
"""


def log_schema():
    with open(ROOT / "docs" / "schema" / "gateway-log.schema.json", encoding="utf-8") as file:
        return jsonschema.Draft202012Validator(json.load(file))


def readable(connection, seconds):
    return bool(select.select([connection], [], [], seconds)[0])


def in_threads(count, work):
    """work(number) in so many threads; exceptions are failures."""
    def run(number):
        try:
            work(number)
        except Exception as error:  # pylint: disable=broad-except
            FAILURES.append(f"{work.__name__}: thread {number}: {error!r}")
    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def main(tests, set_up):
    """Runs each test with set_up(lab)'s value; exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--only", default="", help="tests whose names have this in them")
    parser.add_argument("--sanitized", action="store_true", help="memory is not judged, and all takes longer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astray-gateway-") as folder, contextlib.ExitStack() as stack:
        lab = Lab(stack, os.path.abspath(options.astray), folder)
        lab.sanitized = options.sanitized
        world = set_up(lab)
        for test in tests:
            if options.only not in test.__name__:
                continue
            begun = time.monotonic()
            try:
                test(world)
            except Exception as error:  # pylint: disable=broad-except
                import traceback
                place = traceback.extract_tb(error.__traceback__)
                lines = " < ".join(f"{os.path.basename(each.filename)}:{each.lineno}" for each in reversed(place))
                FAILURES.append(f"{test.__name__}: {error!r} at {lines}")
                print(f"  failed: {FAILURES[-1]}", flush=True)
            print(f"{time.monotonic() - begun:6.2f} s  {test.__name__}", flush=True)
    for failure in FAILURES:
        print(failure, file=sys.stderr)
    print(f"{len(FAILURES)} failures")
    return 1 if FAILURES else 0
