"""Ports for the servers that tests start."""
import contextlib
import random
import socket

_RESERVATIONS = {}
# Above the privileged ones; no browser connects to them (WHATWG Fetch, "bad port").
BLOCKED_BY_BROWSERS = frozenset({1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080})


def free_port():
    """Free on every address, and given to nobody else while this process lives: below the range that the kernel takes the
    ports of outgoing connections from, and reserved on this machine by the name of an abstract socket, since tests run side
    by side and a server takes its port a while after it was chosen."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as limits:
        first_outgoing = int(limits.read().split()[0])
    lowest = 10000 if first_outgoing > 12000 else 1024
    while True:
        port = random.randrange(lowest, max(first_outgoing, lowest + 1000))
        if port not in _RESERVATIONS and port not in BLOCKED_BY_BROWSERS and _is_free(port) and (reservation := _reserve(port)):
            _RESERVATIONS[port] = reservation
            return port


def _is_free(port):
    six = socket.has_dualstack_ipv6()
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET) as probe, contextlib.suppress(OSError):
        if six:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        probe.bind(("", port))
        return True
    return False


def _reserve(port):
    reservation = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        reservation.bind(f"\0astray test port {port}")
    except OSError:
        reservation.close()
        return None
    return reservation
