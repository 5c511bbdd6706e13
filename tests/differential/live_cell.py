"""Asks a real server one cell: an SNI, a Host and an ALPN offer, on a fresh connection or on one that is there already.

A Host is written as `predict --host` takes it, None for none; "b.test (Host: a.test)" is a conflict: over h1 the absolute-form
target names b.test and the Host field a.test, over h2 :authority and a Host field do.
"""
import functools
import http.client
import re
import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

TIMEOUT = 5.0
ALPN = {"none": None, "h1": ["http/1.1"], "h2": ["h2", "http/1.1"], "h2-only": ["h2"]}


TLS_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def context(alpn, client_certificate=None, tls_version=None):
    """tls_version: the only one that the client speaks, a key of TLS_VERSIONS; all of them without."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    tls.minimum_version = TLS_VERSIONS[tls_version] if tls_version else ssl.TLSVersion.MINIMUM_SUPPORTED
    if tls_version:
        tls.maximum_version = TLS_VERSIONS[tls_version]
    tls.set_ciphers("ALL:@SECLEVEL=0")
    if ALPN[alpn]:
        tls.set_alpn_protocols(ALPN[alpn])
    if client_certificate:
        tls.load_cert_chain(client_certificate)
    return tls


_shared_context = functools.lru_cache(maxsize=64)(context)  # making one takes longer than a handshake


def alert_of(error):
    """The alert that ended a connection, by its name in RFC 8446; None for a close or a reset without one. Python has a name for
    most reasons of OpenSSL's, and else OpenSSL's words: "tlsv1 alert no application protocol"."""
    said = getattr(error, "reason", None) or re.sub(r".*\] | \(.*", "", str(error)).replace(" ", "_").upper()
    found = re.fullmatch(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(\w+)|TLSV1_(UNRECOGNIZED_NAME)", said)
    return (found[1] or found[2]).lower() if found and isinstance(error, ssl.SSLError) else None


def split_conflict(host):
    """"b.test (Host: a.test)" -> ("b.test", "a.test"); a Host without conflict -> (host, None)."""
    found = re.fullmatch(r"(.*) \(Host: (.*)\)", host or "")
    return (None if found[1] == "none" else found[1], found[2]) if found else (host, None)


class Connection:
    """A TLS connection to a port of loopback. Raises ssl.SSLError and OSError; every wait is bounded by TIMEOUT."""

    def __init__(self, port, sni, tls_context, session=None):
        tcp = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else small writes wait for late acknowledgements
        try:
            self.tls = tls_context.wrap_socket(tcp, server_hostname=sni, session=session)
        except BaseException:
            tcp.close()
            raise
        self.fingerprint = self.tls.getpeercert(binary_form=True)
        self.protocol = "h2" if self.tls.selected_alpn_protocol() == "h2" else "h1"
        self.tls_version = self.tls.version()
        self.is_open = True
        self.engine = None

    def handshake(self):
        return {"handshake": "ok", "fingerprint": self.fingerprint, "protocol": self.protocol, "tls_version": self.tls_version}

    def request(self, host, last=True):
        """{"status", "virtual_host"}, and "reset" with the name of an h2 error code instead of a status.
        Raises ConnectionError when the connection ends without an answer. `last`: no other request follows."""
        return (self._request_h2 if self.protocol == "h2" else self._request_h1)(host, last)

    def _request_h1(self, host, last):
        authority, field = split_conflict(host)
        target = "/" if field is None else f"https://{authority}/"
        host = host if field is None else field
        lines = [f"GET {target} HTTP/1.1"] + ([] if host is None else [f"Host: {host}"]) + (["Connection: close"] if last else [])
        self.tls.sendall("\r\n".join(lines + ["", ""]).encode())
        response = http.client.HTTPResponse(self.tls, method="GET")
        try:
            response.begin()
            answer = {"status": response.status, "virtual_host": response.getheader("x-virtual-host")}
            if not last:
                response.read()
            self.is_open = not response.will_close and not last
        except http.client.HTTPException as error:
            self.is_open = False
            raise ConnectionResetError("closed without an answer") from error
        finally:
            response.close()
        return answer

    def _request_h2(self, host, _):
        authority, field = split_conflict(host)
        if not self.engine:
            self.engine = h2.connection.H2Connection(h2.config.H2Configuration(
                header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False,
                # nginx hands on an Upgrade field that httpd sends over HTTP/1.1. The answer is malformed then, but there it is.
                validate_inbound_headers=False))
            self.engine.initiate_connection()
        headers = [(":method", "GET"), (":scheme", "https"), (":path", "/")]
        if authority is not None:
            headers.append((":authority", authority))
        if field is not None:
            headers.append(("host", field))
        stream = self.engine.get_next_available_stream_id()
        self.engine.send_headers(stream, headers, end_stream=True)
        self.tls.sendall(self.engine.data_to_send())
        answer = {}
        while True:
            data = self.tls.recv(65536)
            if not data:
                self.is_open = False
                if answer:
                    return answer
                raise ConnectionResetError("closed without an answer")
            try:
                events = self.engine.receive_data(data)
            except h2.exceptions.ProtocolError:
                self.is_open = False
                return answer or {"status": None, "virtual_host": None}
            done = False
            for event in events:
                if isinstance(event, h2.events.ConnectionTerminated):
                    self.is_open = False
                    if not answer:
                        answer = {"status": None, "virtual_host": None, "reset": error_name(event.error_code)}
                    done = True
                elif getattr(event, "stream_id", None) != stream:
                    continue
                elif isinstance(event, h2.events.ResponseReceived):
                    fields = dict(event.headers)
                    answer = {"status": int(fields[":status"]), "virtual_host": fields.get("x-virtual-host")}
                elif isinstance(event, h2.events.DataReceived):
                    self.engine.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, h2.events.StreamReset):
                    answer = answer or {"status": None, "virtual_host": None, "reset": error_name(event.error_code)}
                    done = True
                elif isinstance(event, h2.events.StreamEnded):
                    done = True
            if done:
                return answer
            self.tls.sendall(self.engine.data_to_send())

    def close(self):
        self.tls.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def error_name(code):
    """An h2 error code by its name in RFC 9113 §7: "PROTOCOL_ERROR"."""
    try:
        return h2.errors.ErrorCodes(code).name
    except ValueError:
        return str(code)


def ask(port, sni, host, alpn, client_certificate=None, tls_version=None):
    """On a fresh connection: {"handshake", "fingerprint", "protocol", "tls_version", "status", "virtual_host"}; status and virtual_host None
    without an answer. Where the handshake is refused: "alert", and "closed" if it was complete and only then the end came."""
    try:
        with Connection(port, sni, _shared_context(alpn, client_certificate, tls_version)) as connection:
            answer = connection.handshake()
            try:
                return {**answer, **connection.request(host)}
            except TimeoutError:
                return {**answer, "status": "timeout", "virtual_host": None}
            except (ssl.SSLError, OSError) as error:
                # TLS 1.3 clients learn of a refused client certificate only now.
                return {"handshake": "rejected", "alert": alert_of(error), "closed": alert_of(error) is None}
    except TimeoutError:
        return {"handshake": "timeout"}
    except (ssl.SSLError, ConnectionError) as error:
        return {"handshake": "rejected", "alert": alert_of(error)}


def ask_in_clear(port, host):
    """As ask(), over HTTP/1.1 without TLS."""
    nothing_agreed = {"handshake": "cleartext", "fingerprint": None, "protocol": "h1", "tls_version": None}
    authority, field = split_conflict(host)
    target = "/" if field is None else f"http://{authority}/"
    host = host if field is None else field
    lines = [f"GET {target} HTTP/1.1"] + ([] if host is None else [f"Host: {host}"]) + ["Connection: close"]
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as tcp:
            tcp.sendall("\r\n".join(lines + ["", ""]).encode())
            response = http.client.HTTPResponse(tcp, method="GET")
            response.begin()
            return {**nothing_agreed, "status": response.status, "virtual_host": response.getheader("x-virtual-host")}
    except TimeoutError:
        return {**nothing_agreed, "status": "timeout", "virtual_host": None}
    except (OSError, http.client.HTTPException):
        return {**nothing_agreed, "status": None, "virtual_host": None}


def ask_reused(port, sni, first, hosts, alpn, client_certificate=None, tls_version=None):
    """Yields an answer for each of `hosts`, each the next request on a connection that was opened for `sni` and has carried a
    request for `first`. None where no request can follow that one. Several hosts share a connection; when the server ends it,
    with or without saying so (httpd closes without a word after a 421), the next host gets another."""
    tls_context = _shared_context(alpn, client_certificate, tls_version)
    connection, carried, opened = None, 0, None
    try:
        for host in hosts:
            answer = None
            for _ in range(2):
                try:
                    if connection is None or not connection.is_open:
                        if connection:
                            connection.close()
                        connection, carried = Connection(port, sni, tls_context), 0
                        opened = connection.request(first, last=False)
                except (ssl.SSLError, OSError):
                    connection = None
                if connection is None or not connection.is_open:
                    answer = None
                    break
                answer = connection.handshake()
                carried += 1
                try:
                    answer.update(connection.request(host, last=False))
                    break
                except TimeoutError:
                    connection.is_open = False
                    answer.update({"status": "timeout", "virtual_host": None})
                    break
                except (ssl.SSLError, OSError) as error:
                    connection.is_open = False
                    answer = {"handshake": "rejected", "alert": alert_of(error), "closed": alert_of(error) is None}
                    if carried == 1:
                        refused = opened["status"] is None or opened["status"] >= 400
                        answer = None if refused and answer["closed"] else answer
                        break
            yield answer
    finally:
        if connection:
            connection.close()
