"""Asks a real server one cell: an SNI, a Host and an ALPN offer on a fresh connection."""
import socket
import ssl

import h2.config
import h2.connection
import h2.events

TIMEOUT = 5.0
ALPN = {"none": None, "h1": ["http/1.1"], "h2": ["h2", "http/1.1"], "h2-only": ["h2"]}


def context(alpn, client_certificate=None):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    tls.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    tls.set_ciphers("ALL:@SECLEVEL=0")
    if ALPN[alpn]:
        tls.set_alpn_protocols(ALPN[alpn])
    if client_certificate:
        tls.load_cert_chain(client_certificate)
    return tls


def ask(port, sni, host, alpn, client_certificate=None):
    """{"handshake", "fingerprint", "protocol", "status", "virtual_host"}; status and virtual_host None without an answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as tcp:
            with context(alpn, client_certificate).wrap_socket(tcp, server_hostname=sni) as tls:
                answer = {"handshake": "ok", "fingerprint": tls.getpeercert(binary_form=True)}
                answer["protocol"] = "h2" if tls.selected_alpn_protocol() == "h2" else "h1"
                talk = ask_h2 if answer["protocol"] == "h2" else ask_h1
                try:
                    answer["status"], answer["virtual_host"] = talk(tls, host)
                except (ssl.SSLError, ConnectionError):
                    # TLS 1.3 clients learn of a refused client certificate only now.
                    return {"handshake": "rejected"}
                return answer
    except (ssl.SSLError, ConnectionError):
        return {"handshake": "rejected"}


def ask_h1(tls, host):
    field = b"" if host is None else b"Host: " + host.encode() + b"\r\n"
    tls.sendall(b"GET / HTTP/1.1\r\n" + field + b"Connection: close\r\n\r\n")
    data = b""
    while b"\r\n\r\n" not in data:
        piece = tls.recv(65536)
        if not piece:
            break
        data += piece
    if not data:
        raise ConnectionResetError("closed without an answer")
    lines = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), fields.get("x-virtual-host")


def ask_h2(tls, host):
    engine = h2.connection.H2Connection(h2.config.H2Configuration(
        header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False))
    engine.initiate_connection()
    headers = [(":method", "GET"), (":scheme", "https"), (":path", "/")]
    if host is not None:
        headers.append((":authority", host))
    engine.send_headers(1, headers, end_stream=True)
    tls.sendall(engine.data_to_send())
    while True:
        data = tls.recv(65536)
        if not data:
            raise ConnectionResetError("closed without an answer")
        for event in engine.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                fields = dict(event.headers)
                return int(fields[":status"]), fields.get("x-virtual-host")
            if isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                return None, None
        tls.sendall(engine.data_to_send())
