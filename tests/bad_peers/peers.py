"""The bad peers, one row each: what it does to a client, and the one outcome that astray must name."""
import dataclasses
import gzip
import ssl

import http2
import tls
from http2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, STATUS_103,
                   STATUS_200, WINDOW_UPDATE, frame)

LIMIT = 64 * 1024  # bytes of a body that astray reads
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
GZIP = gzip.compress(b"\0" * 30_000_000)  # 30 MB in 30 KB


@dataclasses.dataclass
class Row:
    name: str
    serve: object  # function of a Connection; None: the port refuses
    failure: str | None
    stage: str
    says: str = ""  # in the message
    alert: str | None = None
    status: int | None = None
    scheme: str = "https"
    alpn: str = "h1"
    body_bytes: int | None = None
    truncated: bool = False
    takes_timeout: bool = False  # the outcome comes when the time is up


class Peers:
    """Every row; certificates are in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.plain_context = tls.context(folder)
        self.h2_context = tls.context(folder, alpn=["h2"])
        self.big_context = tls.context(folder, "big")
        self.rows = [*self.connecting(), *self.shaking_hands(), *self.http1(), *self.http1_floods(), *self.http2(),
                     *self.http2_floods(), *self.line_protocols()]

    # What a row is made of.
    def secured(self, connection):
        return tls.Secured(connection, self.plain_context).handshake()

    def asked(self, connection):
        """Past an HTTP/1.1 request over TLS."""
        secured = self.secured(connection)
        secured.read_until(b"\r\n\r\n")
        return secured

    def answering(self, answer, then=None):
        """Sends these bytes behind the request, and then closes, or does something else."""
        def serve(connection):
            secured = self.asked(connection)
            secured.send(answer)
            if then:
                then(secured)
        return serve

    def flooding(self, piece, before=b""):
        return self.answering(before, lambda secured: secured.send_forever(piece))

    def over_h2(self, then):
        """`then` is given the frames and the stream of the request."""
        def serve(connection):
            frames = http2.Frames(tls.Secured(connection, self.h2_context).handshake()).greet()
            then(frames, frames.request())
            frames.secured.silence()
        return serve

    def h2_flood(self, piece, before=None):
        """Both are functions of the stream."""
        def then(frames, stream):
            if before:
                frames.send(before(stream))
            frames.secured.send_forever(piece(stream) * 50)
        return self.over_h2(then)

    def cut_flight(self, share, end):
        """A share of the server's first flight, and then `end`."""
        def serve(connection):
            flight = tls.Secured(connection, self.plain_context).first_flight()
            connection.send(flight[:int(len(flight) * share)])
            end(connection)
        return serve

    # The rows.
    def connecting(self):
        def reset(connection):
            connection.reset()
        def close(connection):
            connection.read()
        def silence(connection):
            connection.silence()
        return [
            Row("refused", None, "refused", "connect", "connection refused"),
            Row("reset at accept", reset, "reset", "handshake", "reset"),
            Row("closed at the ClientHello", close, "closed-early", "handshake"),
            Row("silence at accept", silence, "timed-out", "handshake", "gave up after {timeout} s in the TLS handshake",
                takes_timeout=True),
            Row("silence at accept in clear", silence, "timed-out", "response-head",
                "gave up after {timeout} s waiting for the head of the answer", scheme="http", takes_timeout=True),
        ]

    def shaking_hands(self):
        def saying(words, end=lambda connection: None):
            def serve(connection):
                connection.read()
                connection.send(words)
                end(connection)
            return serve
        def slow(connection):
            connection.send_slowly(tls.Secured(connection, self.plain_context).first_flight())
        def big(connection):
            tls.Secured(connection, self.big_context).handshake()
        def close_notify(connection):
            self.secured(connection).close_notify()
        def wrong_alpn(version):
            def serve(connection):
                tls.PyOpenSsl(connection, self.folder, alpn=b"spdy/1", version=version).handshake().read()
            return serve
        def renegotiating(connection):
            secured = tls.PyOpenSsl(connection, self.folder, version=tls.SSL.TLS1_2_VERSION).handshake()
            secured.read()
            secured.tls.renegotiate()
            secured.handshake()
            connection.silence()
        def silence(connection):
            connection.silence()
        fatal = b"\x15\x03\x03\x00\x02\x02"
        return [
            Row("reset in the ServerHello", self.cut_flight(0.05, lambda c: c.reset()), "reset", "handshake", "reset"),
            Row("reset behind the certificate", self.cut_flight(0.9, lambda c: c.reset()), "reset", "handshake", "reset"),
            Row("silence in the ServerHello", self.cut_flight(0.05, silence), "timed-out", "handshake",
                "gave up after {timeout} s in the TLS handshake", takes_timeout=True),
            Row("end in the ServerHello", self.cut_flight(0.5, lambda c: None), "closed-early", "handshake"),
            Row("a handshake of one byte a second", slow, "timed-out", "handshake", "in the TLS handshake", takes_timeout=True),
            Row("garbage instead of TLS", saying(bytes(range(7, 250)) * 20), "not-tls", "handshake", "does not speak TLS"),
            Row("a TLS record of garbage", saying(b"\x16\x03\x03\x01\x00\x02\x00\x00\xfc" + b"\xff" * 252), "tls-error", "handshake"),
            Row("records of garbage without end", saying(b"", lambda c: c.send_forever(b"\x16\x03\x03\x40\x00\x02\x00\xff\xff" + bytes(16380))),
                "tls-error", "handshake"),
            Row("HTTP on the TLS port", saying(b"HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP request sent"), "not-tls", "handshake",
                'HTTP in clear; it began with "HTTP/1.1 400 Bad Request'),
            Row("SSH on the TLS port", saying(b"SSH-2.0-OpenSSH_9.2\r\n", silence), "not-tls", "handshake", "SSH"),
            Row("SMTP's 421 on the TLS port", saying(b"421 4.7.0 too many connections\r\n", silence), "not-tls", "handshake",
                "whose 421 is not HTTP's"),
            Row("text without line end", saying(b"hello, who are you", silence), "not-tls", "handshake",
                'it began with "hello, who are you"', takes_timeout=True),
            Row("alert handshake_failure", saying(fatal + b"\x28"), "tls-alert", "handshake", "handshake failure", "handshake_failure"),
            Row("alert unrecognized_name", saying(fatal + b"\x70"), "tls-alert", "handshake", "unrecognized name", "unrecognized_name"),
            Row("alert of an unknown number", saying(fatal + b"\xc8"), "tls-alert", "handshake", "", "unknown"),
            Row("a certificate of 1 MB", big, "certificate-too-big", "handshake"),
            Row("ALPN that was not offered", wrong_alpn(tls.SSL.TLS1_3_VERSION), "alpn-not-offered", "handshake",
                "was not offered"),
            Row("ALPN that was not offered, TLS 1.2", wrong_alpn(tls.SSL.TLS1_2_VERSION), "alpn-not-offered", "handshake",
                "was not offered", alpn="h2-only"),
            Row("close_notify at once", close_notify, "closed-early", "response-head"),
            Row("renegotiation asked for", renegotiating, "timed-out", "response-head", "waiting for the head", takes_timeout=True),
        ]

    def http1(self):
        def reset_at_once(connection):
            self.secured(connection).reset()
        def silence(secured):
            secured.silence()
        def reset(secured):
            secured.rest(0.1)
            secured.reset()
        body = HEAD + b"Content-Length: 100\r\n\r\nhalf of it"
        slow = self.answering(b"", lambda secured: secured.send_slowly(HEAD + b"\r\n"))
        slow_body = self.answering(HEAD + b"Content-Length: 100\r\n\r\n", lambda secured: secured.send_slowly(b"a" * 100))
        return [
            Row("reset behind the handshake", reset_at_once, "reset", "response-head", "reset"),
            Row("reset behind the request", self.answering(b"", reset), "reset", "response-head", "reset"),
            Row("closed behind the request", self.answering(b""), "closed-early", "response-head", "before a response began"),
            Row("silence behind the request", self.answering(b"", silence), "timed-out", "response-head",
                "gave up after {timeout} s waiting for the head of the answer", takes_timeout=True),
            Row("reset in the head", self.answering(HEAD, reset), "reset", "response-head", "reset"),
            Row("end in the head", self.answering(HEAD), "closed-early", "response-head"),
            Row("silence in the head", self.answering(HEAD, silence), "timed-out", "response-head", "waiting for the head",
                takes_timeout=True),
            Row("reset in the body", self.answering(body, reset), "reset", "response-body", "reset", status=200),
            Row("end in the body", self.answering(body), "closed-early", "response-body", status=200),
            Row("silence in the body", self.answering(body, silence), "timed-out", "response-body",
                "gave up after {timeout} s reading the body", status=200, takes_timeout=True),
            Row("a head of one byte a second", slow, "timed-out", "response-head", "waiting for the head", takes_timeout=True),
            Row("a body of one byte a second", slow_body, "timed-out", "response-body", "reading the body", status=200,
                takes_timeout=True),
            Row("HTTP/0.9", self.answering(b"<html>1991</html>\n"), "http-0.9", "response-head", "HTTP/0.9"),
            Row("text instead of HTTP", self.answering(b"who are you?\r\n"), "not-http", "response-head", "who are you?"),
            Row("text without line end instead of HTTP", self.answering(b"who are you?", silence), "not-http", "response-head",
                "who are you?", takes_timeout=True),
            Row("SSH on the HTTP port", lambda connection: connection.send(b"SSH-2.0-OpenSSH_9.2\r\n"), "not-http", "response-head",
                "SSH", scheme="http"),
            Row("TLS alert on the HTTP port", lambda connection: connection.send(b"\x15\x03\x01\x00\x02\x02\x0a"), "not-http",
                "response-head", "this port wants https", scheme="http"),
            Row("SMTP's 421 behind TLS", self.answering(b"421 4.7.0 too many connections\r\n"), "other-protocol", "response-head",
                "whose 421 is not HTTP's"),
            Row("nobody asked for an upgrade", self.answering(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\nfoo"),
                "malformed-response", "response-body", "switched protocols", status=101),
            Row("a broken chunk", self.answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), "malformed-response",
                "response-body", status=200),
            Row("gzip stays as it is", self.answering(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(GZIP) + GZIP),
                None, "done", status=200, body_bytes=len(GZIP)),
        ]

    def http1_floods(self):
        chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
        return [
            Row("header fields without end", self.flooding(b"X-Field: value\r\n" * 100, HEAD), "head-too-big", "response-head"),
            Row("a header field without end", self.flooding(b"a" * 4096, HEAD + b"X-Field: "), "head-too-big", "response-head"),
            Row("a status line without end", self.flooding(b"a" * 4096, b"HTTP/1.1 200 "), "head-too-big", "response-head"),
            Row("1xx without end", self.flooding(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 10), "too-many-informational",
                "response-head"),
            Row("a body without end", self.flooding(b"a" * 65536, HEAD + b"\r\n"), None, "done", status=200, body_bytes=LIMIT,
                truncated=True),
            Row("chunks without end", self.flooding(chunk, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), None, "done", status=200,
                body_bytes=LIMIT, truncated=True),
            Row("chunk extensions without end", self.flooding(b";x=y" * 1000, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5"),
                "head-too-big", "response-body", status=200),
            Row("trailers without end", self.flooding(b"X-Field: value\r\n" * 100, HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"),
                "head-too-big", "response-body", status=200),
            Row("a body of 2^63 bytes", self.flooding(b"a" * 65536, HEAD + b"Content-Length: 9223372036854775807\r\n\r\n"), None,
                "done", status=200, body_bytes=LIMIT, truncated=True),
        ]

    def http2(self):
        def h1_text(connection):
            secured = tls.Secured(connection, self.h2_context).handshake()
            secured.read()
            secured.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        def silence(connection):
            tls.Secured(connection, self.h2_context).handshake().silence()
        def goaway_at_once(connection):
            frames = http2.Frames(tls.Secured(connection, self.h2_context).handshake()).greet()
            frames.send(frame(GOAWAY, payload=bytes(8)))
            frames.secured.silence()
        def answer(*pieces):
            """Functions of the stream."""
            def then(frames, stream):
                for piece in pieces:
                    frames.send(piece(stream))
            return self.over_h2(then)
        def reset_connection(frames, _):
            frames.secured.rest(0.1)
            frames.secured.reset()
        head = lambda stream: frame(HEADERS, END_HEADERS, stream, STATUS_200)
        h2 = {"alpn": "h2-only"}
        return [
            Row("HTTP/1.1 where HTTP/2 was agreed", h1_text, "not-http", "response-head", "HTTP/2", **h2),
            Row("silence where HTTP/2 was agreed", silence, "timed-out", "response-head", "waiting for the head", takes_timeout=True, **h2),
            Row("GOAWAY at once", goaway_at_once, "goaway", "response-head", "GOAWAY", **h2),
            Row("GOAWAY behind the request", answer(lambda _: frame(GOAWAY, payload=bytes(7) + b"\x0b")), "goaway", "response-head",
                "GOAWAY (ENHANCE_YOUR_CALM)", **h2),
            Row("RST_STREAM", answer(lambda stream: frame(RST_STREAM, 0, stream, b"\0\0\0\x07")), "stream-reset", "response-head",
                "REFUSED_STREAM", **h2),
            Row("RST_STREAM in the body", answer(head, lambda stream: frame(RST_STREAM, 0, stream, b"\0\0\0\x02")), "stream-reset",
                "response-body", "INTERNAL_ERROR", status=200, **h2),
            Row("the connection is reset", self.over_h2(reset_connection), "reset", "response-head", "reset", **h2),
            Row("silence in the h2 body", answer(head), "timed-out", "response-body", "reading the body", status=200,
                takes_timeout=True, **h2),
            Row("no :status", answer(lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, http2.literal(b"x", b"y"))),
                "malformed-response", "response-head", **h2),
            Row("broken HPACK", answer(lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, b"\xff\xff\xff\xff\xff\xff")),
                "malformed-response", "response-head", "compression", **h2),
            Row("a frame of 16 MB", answer(lambda stream: b"\xff\xff\xff\x01\x04" + stream.to_bytes(4, "big") + bytes(9000)),
                "malformed-response", "response-head", "frame-size", **h2),
            Row("a push", answer(lambda stream: frame(5, END_HEADERS, stream, b"\0\0\0\x02" + STATUS_200)), "malformed-response",
                "response-head", "push", **h2),
        ]

    def http2_floods(self):
        flood = lambda kind, payload=b"", flags=0: self.h2_flood(lambda _: frame(kind, flags, 0, payload))
        head = lambda stream: frame(HEADERS, END_HEADERS, stream, STATUS_200)
        open_head = lambda stream: frame(HEADERS, 0, stream, STATUS_200)
        h2 = {"alpn": "h2-only"}
        return [
            Row("CONTINUATION without end", self.h2_flood(lambda stream: frame(CONTINUATION, 0, stream, http2.literal(b"x", b"y")), open_head),
                "flood", "response-head", "continuation", **h2),
            Row("large CONTINUATION frames", self.h2_flood(lambda stream: frame(CONTINUATION, 0, stream, http2.literal(b"x", b"y" * 100) * 150), open_head),
                "head-too-big", "response-head", **h2),
            Row("an HPACK bomb", self.h2_flood(lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, http2.bomb())),
                "head-too-big", "response-head", **h2),
            Row("SETTINGS without end", flood(SETTINGS, b"\x00\x03\x00\x00\x00\x64"), "flood", "response-head", "settings", **h2),
            Row("PING without end", flood(PING, b"ping-pon"), "flood", "response-head", "ping", **h2),
            Row("SETTINGS acknowledged without end", flood(SETTINGS, flags=ACK), "malformed-response", "response-head", "SETTINGS",
                **h2),
            Row("WINDOW_UPDATE without end", flood(WINDOW_UPDATE, b"\0\0\0\x01"), "flood", "response-head", **h2),
            Row("unknown frames without end", flood(0xEE, b"x"), "flood", "response-head", **h2),
            Row("ORIGIN frames without end", flood(0x0C, b"\x00\x0fhttps://a.tests"), "flood", "response-head", **h2),
            Row("empty DATA without end", self.h2_flood(lambda stream: frame(DATA, 0, stream), head), "flood", "response-body", "data",
                status=200, **h2),
            Row("RST_STREAM without end", self.h2_flood(lambda stream: frame(RST_STREAM, 0, stream, b"\0\0\0\x08")), "stream-reset",
                "response-head", "CANCEL", **h2),
            Row("1xx without end over h2", self.h2_flood(lambda stream: frame(HEADERS, END_HEADERS, stream, STATUS_103)),
                "too-many-informational", "response-head", **h2),
            Row("a body without end over h2", self.over_h2(self.endless_body), None, "done", status=200, body_bytes=LIMIT,
                truncated=True, **h2),
        ]

    @staticmethod
    def endless_body(frames, stream):
        """As much as the window takes, which is more than the limit."""
        frames.send(frame(HEADERS, END_HEADERS, stream, STATUS_200))
        for _ in range(15):
            frames.send(frame(DATA, 0, stream, b"a" * 16384))

    def line_protocols(self):
        def plain(words, end=lambda connection: None):
            def serve(connection):
                connection.send(words)
                end(connection)
            return serve
        def secured(words):
            def serve(connection):
                self.secured(connection).send(words)
            return serve
        silence = lambda connection: connection.silence()
        ftp_421, smtp_421 = b"421 Too many users are connected, FTP closed.\r\n", b"421 4.7.0 mail.example too busy\r\n"
        not_http = "not HTTP's"
        return [
            Row("FTP's 421", plain(ftp_421), "other-protocol", "done", not_http, status=421, scheme="ftp"),
            Row("FTP's 421 over TLS", secured(ftp_421), "other-protocol", "done", not_http, status=421, scheme="ftps"),
            Row("SMTP's 421", plain(smtp_421), "other-protocol", "done", not_http, status=421, scheme="smtp"),
            Row("SMTP's 421 over TLS", secured(smtp_421), "other-protocol", "done", not_http, status=421, scheme="smtps"),
            Row("SMTP that greets and hangs", plain(b"220 mail.example ESMTP\r\n", silence), "other-protocol", "done", "SMTP",
                scheme="smtp", takes_timeout=True),
            Row("a mail port that says nothing", plain(b"", silence), "timed-out", "response-head", "greet first", scheme="smtp",
                takes_timeout=True),
            Row("a greeting without end", plain(b"220-hello\r\n", lambda c: c.send_forever(b"220-hello\r\n" * 100)), "head-too-big",
                "response-head", scheme="ftp"),
            Row("SSH on the FTP port", plain(b"SSH-2.0-OpenSSH_9.2\r\n"), "not-http", "response-head", "SSH-2.0", scheme="ftp"),
            Row("plain FTP on the TLS port", plain(b"220 FTP ready\r\n", silence), "not-tls", "handshake", "FTP or SMTP", scheme="ftps"),
            Row("a mail port that closes", plain(b""), "closed-early", "response-head", scheme="smtp"),
        ]
