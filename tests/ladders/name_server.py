"""A DNS server over UDP (RFC 1035) that answers what a scenario says, and remembers what it was asked.

Names of the lab that have no record of the asked type get an empty answer, all others NXDOMAIN: browsers ask for things of their own."""
import ipaddress
import socket
import struct
import threading
import time

A, AAAA, HTTPS = 1, 28, 65
TTL = 300  # seconds: a client that keeps answers may keep these for longer than the test takes


def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def read_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace").lower())
        at += 1 + packet[at]
    return ".".join(labels), at + 1


def https_record(alpns):
    """ServiceMode (RFC 9460 §2.4.3): the name itself, these protocols and no others."""
    listed = b"".join(bytes([len(alpn)]) + alpn.encode() for alpn in alpns)
    return struct.pack("!H", 1) + b"\0" + struct.pack("!HH", 1, len(listed)) + listed


class NameServer:
    def __init__(self, address, port=53):
        self.addresses = {}  # name -> [addresses]
        self.services = {}  # name -> ALPN ids of its HTTPS record
        self.asked = []  # (time, name, type, addresses answered)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        threading.Thread(target=self._serve, daemon=True).start()

    def move(self, addresses):
        """New addresses for these names, which every client is taken to know from now on: it was made to forget the old ones."""
        self.addresses.update(addresses)
        for name, given in addresses.items():
            for kind, version in ((A, 4), (AAAA, 6)):
                of_kind = [address for address in given if ipaddress.ip_address(address).version == version]
                self.asked.append((time.monotonic(), name, kind, of_kind))

    def answers_until(self, name, moment):
        """The addresses that were last given for `name` before `moment`, both families together; None if nobody had asked."""
        last = {}
        for when, asked, kind, addresses in list(self.asked):
            if asked == name and when <= moment and kind in (A, AAAA):
                last[kind] = addresses
        if not last:
            return None
        return [address for kind in (A, AAAA) for address in last.get(kind, [])]

    def count_asked(self, name, since, until):
        return sum(1 for when, asked, kind, _ in list(self.asked) if asked == name and kind in (A, AAAA) and since <= when <= until)

    def _serve(self):
        while True:
            packet, peer = self.socket.recvfrom(4096)
            try:
                self.socket.sendto(self._answer(packet), peer)
            except (IndexError, struct.error, ValueError, OSError):
                pass  # not a question

    def _answer(self, packet):
        name, at = read_name(packet, 12)
        kind, _ = struct.unpack("!HH", packet[at:at + 4])
        records, given = [], []
        known = name in self.addresses
        if known and kind in (A, AAAA):
            for address in self.addresses[name]:
                parsed = ipaddress.ip_address(address)
                if (parsed.version == 4) == (kind == A):
                    records.append(parsed.packed)
                    given.append(address)
        elif kind == HTTPS and name in self.services:
            records.append(https_record(self.services[name]))
        self.asked.append((time.monotonic(), name, kind, given))
        flags = 0x8580 | (0 if known else 3)  # an authoritative answer; NXDOMAIN
        answer = packet[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + packet[12:at + 4]
        for data in records:
            answer += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, TTL, len(data)) + data
        return answer
