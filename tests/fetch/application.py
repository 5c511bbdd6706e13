"""What the test's servers answer, whatever the protocol: one function from a request to a response."""
import base64
import ctypes
import dataclasses
import gzip
import hashlib
import threading
import time
import urllib.parse

LARGE = 50 * 1024 * 1024
SHOWN = ("accept", "authorization", "content-type", "cookie", "range", "referer", "x-one", "x-two")
TEXT = ("Compressible text, line %06d of many.\n" * 400) % tuple(range(400))


@dataclasses.dataclass
class Request:
    method: str
    target: str
    authority: str
    headers: list  # (lower-case name, value)
    body: bytes = b""
    sni: str = ""

    @property
    def path(self):
        return urllib.parse.urlsplit(self.target).path

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.target).query))

    def header(self, name):
        return next((value for key, value in self.headers if key == name), "")


@dataclasses.dataclass
class Response:
    status: int = 200
    headers: list = dataclasses.field(default_factory=list)
    body: object = b""  # bytes, or pieces, which are chunked in HTTP/1.1
    trailers: list = dataclasses.field(default_factory=list)
    interim: list = dataclasses.field(default_factory=list)  # (status, headers) before it
    cut: int | None = None  # close the connection behind so many bytes of the body


def text(body, status=200, **headers):
    body = body if isinstance(body, bytes) else body.encode()
    fields = [("content-type", "text/plain"), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return Response(status, fields, body)


def echo(request):
    """What arrived, without what differs between clients."""
    lines = [f"{request.method} {request.target}", f"host: {request.authority}"]
    lines += sorted(f"{name}: {value}" for name, value in request.headers if name in SHOWN and value != "*/*")
    if len(request.body) > 1000:
        lines += ["", f"{len(request.body)} bytes, {hashlib.sha256(request.body).hexdigest()}"]
    else:
        lines += ["", request.body.decode("latin-1")]
    return text("\n".join(lines) + "\n")


def brotli(data):
    library = ctypes.CDLL("libbrotlienc.so.1")
    size = ctypes.c_size_t(len(data) + 1000)
    out = ctypes.create_string_buffer(size.value)
    assert library.BrotliEncoderCompress(5, 22, 0, ctypes.c_size_t(len(data)), data, ctypes.byref(size), out)
    return out.raw[:size.value]


def zstandard(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(data) + 1000)
    size = library.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


CODINGS = {"gzip": gzip.compress, "br": brotli, "zstd": zstandard}


def large_pieces(size):
    piece = bytes(range(256)) * 256
    while size > 0:
        yield piece[:size]
        size -= len(piece)


class Application:
    def __init__(self):
        self.counts = {}
        self.lock = threading.Lock()

    def times(self, key):
        """How often it was asked, this time included."""
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            return self.counts[key]

    def answer(self, request):
        first, _, rest = request.path[1:].partition("/")
        response = getattr(self, "at_" + first.replace("-", "_"), self.missing)(request, rest)
        if request.method == "HEAD" and isinstance(response.body, bytes):
            response.headers = [*response.headers, ("content-length", str(len(response.body)))]
            response.body = b""
        return response

    def missing(self, request, rest):
        return text("there is nothing here\n", 404)

    def at_echo(self, request, rest):
        return echo(request)

    def at_hello(self, request, rest):
        return text(f"hello {rest}\n")

    def at_status(self, request, rest):
        return text(f"status {rest}\n", int(rest))

    def at_empty(self, request, rest):
        return text("")

    def at_204(self, request, rest):
        return Response(204)

    def at_304(self, request, rest):
        return Response(304, [("etag", '"x"')])

    def at_redirect(self, request, rest):
        return text("look elsewhere\n", int(rest), location=request.query["to"])

    def at_circle(self, request, rest):
        return text("again\n", 302, location=request.target)

    def at_chunked(self, request, rest):
        return Response(200, [("content-type", "text/plain")], (f"piece {i}\n".encode() for i in range(20)))

    def at_trailers(self, request, rest):
        return Response(200, [("content-type", "text/plain"), ("trailer", "x-checksum")], iter([b"with ", b"trailers\n"]),
                        [("x-checksum", "42")])

    def at_hints(self, request, rest):
        return Response(200, [("content-type", "text/plain")], b"after hints\n", interim=[(103, [("link", "</x>; rel=preload")])])

    def at_large(self, request, rest):
        size = int(rest or LARGE)
        return Response(200, [("content-type", "application/octet-stream"), ("content-length", str(size))], large_pieces(size))

    def at_compressed(self, request, rest):
        if rest not in request.header("accept-encoding"):
            return text(TEXT)
        return Response(200, [("content-type", "text/plain"), ("content-encoding", rest)], CODINGS[rest](TEXT.encode()))

    def at_garbled(self, request, rest):
        return Response(200, [("content-type", "text/plain"), ("content-encoding", "gzip")], b"this is no gzip at all")

    def at_basic(self, request, rest):
        if request.header("authorization") == "Basic " + base64.b64encode(b"user:pass word").decode():
            return text("welcome\n")
        return text("who are you?\n", 401, www_authenticate='Basic realm="test"')

    def at_slow(self, request, rest):
        time.sleep(float(rest))
        return text("at last\n")

    def at_cut(self, request, rest):
        return Response(200, [("content-type", "text/plain"), ("content-length", "1000")], b"x" * 1000, cut=100)

    def at_flaky(self, request, rest):
        """503 at first, and then well; the rest tells callers apart."""
        if self.times(rest) == 1:
            return text("not yet\n", 503, retry_after="0")
        return text("now\n")
