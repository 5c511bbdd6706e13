"""TLS by hand: the server's bytes go through memory, so that a peer can stop, cut or add anywhere."""
import os
import ssl
import subprocess

from OpenSSL import SSL

from listening import Gone

NAME = "a.example"
BIG_NAMES = 32000  # subjectAltName entries: more than 1 MB of certificate


def make_certificates(folder, stems=("site", "big")):
    """site.crt and site.key; big.crt has more than 1 MB."""
    for stem in stems:
        count = BIG_NAMES if stem == "big" else 0
        path = os.path.join(folder, stem)
        names = [NAME] + [f"name-{at:06}.of-a-very-long-list.example" for at in range(count)]
        with open(path + ".cnf", "w", encoding="ascii") as file:
            file.write("[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=" + NAME +
                       "\n[ext]\nsubjectAltName=@names\n[names]\n")
            file.writelines(f"DNS.{at}={name}\n" for at, name in enumerate(names))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                        "-config", path + ".cnf", "-keyout", path + ".key", "-out", path + ".crt"], check=True, capture_output=True)


def context(folder, stem="site", alpn=None, versions=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(folder, stem + ".crt"), os.path.join(folder, stem + ".key"))
    if alpn:
        made.set_alpn_protocols(alpn)
    if versions:
        made.minimum_version = made.maximum_version = versions
    return made


class Secured:
    """TLS on top of a Connection; same verbs."""

    def __init__(self, connection, made_context):
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = made_context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def first_flight(self):
        """What answers the ClientHello, not yet sent."""
        try:
            while True:
                self.incoming.write(self.connection.read())
                try:
                    self.tls.do_handshake()
                except ssl.SSLWantReadError:
                    if self.outgoing.pending:
                        return self.outgoing.read()
        except ssl.SSLError as error:
            raise Gone from error

    def _drive(self, action):
        while True:
            try:
                result = action()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.connection.read())
            except ssl.SSLError as error:
                raise Gone from error

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.connection.send(data)

    def handshake(self):
        self._drive(self.tls.do_handshake)
        return self

    def read(self):
        data = self._drive(lambda: self.tls.read(65536))
        if not data:
            raise Gone
        return data

    def read_until(self, end):
        data = b""
        while end not in data:
            data += self.read()
        return data

    def send(self, data):
        for at in range(0, len(data), 16384):
            self.tls.write(data[at:at + 16384])
            self.flush()

    def send_slowly(self, data, pause=1.0):
        for at in range(len(data)):
            self.send(data[at:at + 1])
            self.connection.rest(pause)

    def send_forever(self, data):
        while True:
            self.send(data)

    def close_notify(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self.flush()

    def rest(self, seconds):
        self.connection.rest(seconds)

    def silence(self):
        self.connection.silence()

    def reset(self):
        self.connection.reset()


class PyOpenSsl:
    """For what Python's ssl does not let a server do: choose any ALPN protocol, ask for renegotiation."""

    def __init__(self, connection, folder, alpn=None, version=None):
        self.connection = connection
        made = SSL.Context(SSL.TLS_SERVER_METHOD)
        made.use_certificate_file(os.path.join(folder, "site.crt"))
        made.use_privatekey_file(os.path.join(folder, "site.key"))
        if version:
            made.set_min_proto_version(version)
            made.set_max_proto_version(version)
        if alpn:
            made.set_alpn_select_callback(lambda _, offered: alpn)
        self.tls = SSL.Connection(made, None)
        self.tls.set_accept_state()

    def _flush(self):
        while True:
            try:
                data = self.tls.bio_read(65536)
            except SSL.WantReadError:
                return
            self.connection.send(data)

    def drive(self, action):
        while True:
            try:
                result = action()
                self._flush()
                return result
            except SSL.WantReadError:
                self._flush()
                self.tls.bio_write(self.connection.read())
            except SSL.Error as error:
                self._flush()
                raise Gone from error

    def handshake(self):
        self.drive(self.tls.do_handshake)
        return self

    def read(self):
        return self.drive(lambda: self.tls.recv(65536))

    def send(self, data):
        self.drive(lambda: self.tls.send(data))
