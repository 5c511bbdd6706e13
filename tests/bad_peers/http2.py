"""HTTP/2 frames by hand (RFC 9113 section 4.1): whatever no library would send."""
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STATUS_200, STATUS_103 = b"\x88", b"\x08\x03103"  # RFC 7541: indexed; literal with the static name :status


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A field that enters no table; both shorter than 127 bytes."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def integer(value, prefix):
    """RFC 7541 section 5.1, without the bits above the prefix."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([value])
    out, value = bytearray([most]), value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def bomb(size=3900, times=2000):
    """A field that enters the table once, and is named again and again: 8 MB out of 6 KB."""
    name, value = b"x", b"a" * size
    return STATUS_200 + b"\x40" + integer(len(name), 7) + name + integer(len(value), 7) + value + b"\xbe" * times


class Frames:
    """The server's side of a connection: `request()` waits for HEADERS."""

    def __init__(self, secured):
        self.secured = secured
        self.buffer = b""
        self.send = secured.send

    def greet(self):
        self.send(frame(SETTINGS))
        return self

    def request(self):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        while len(self.buffer) < len(preface):
            self.buffer += self.secured.read()
        self.buffer = self.buffer[len(preface):]
        while True:
            while len(self.buffer) < 9:
                self.buffer += self.secured.read()
            size, kind, flags, stream = int.from_bytes(self.buffer[:3], "big"), self.buffer[3], self.buffer[4], self.buffer[5:9]
            while len(self.buffer) < 9 + size:
                self.buffer += self.secured.read()
            self.buffer = self.buffer[9 + size:]
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK))
            if kind == HEADERS:
                return int.from_bytes(stream, "big") & 0x7FFFFFFF
