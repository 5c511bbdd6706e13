"""Certificates and keys for random configurations: server certificates that a client can tell apart by their names,
certificate authorities, and client certificates."""
import os
import shutil
import ssl
import subprocess

# Each has a name of its own, so that no two are equal to a client.
SERVER_CERTIFICATES = {
    "a.pem": ["a.test", "www.a.test", "only-a.test"],
    "b.pem": ["b.test", "only-b.test"],
    "all.pem": ["*.test", "*.a.test", "*.b.test", "only-all.test"],
    "multi.pem": ["a.test", "b.test", "c.test", "www.a.test", "only-multi.test"],
    "rsa.pem": ["a.test", "b.test", "only-rsa.test"],
    "address.pem": ["127.0.0.1", "only-address.test"],
}
COPIES = {"copy-of-a.pem": "a.pem"}
AUTHORITIES = ["ca1.pem", "ca2.pem", "ca3.pem"]
BUNDLES = {"ca1-and-ca2.pem": ["ca1.pem", "ca2.pem"], "ca2-and-ca1.pem": ["ca2.pem", "ca1.pem"]}


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def _key(name):
    return ["-newkey", "rsa:2048"] if name.startswith("rsa") else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


def _join(target, *parts):
    with open(target, "wb") as out:
        for part in parts:
            with open(part, "rb") as piece:
                out.write(piece.read())


class Credentials:
    def __init__(self, folder):
        self.folder = folder
        self.names = {}  # DER of a server certificate -> its set of names
        for name, names in SERVER_CERTIFICATES.items():
            sans = ",".join(("IP:" if n[0].isdigit() else "DNS:") + n for n in names)
            self._self_signed(name, "/CN=server", ["-addext", "subjectAltName=" + sans])
            with open(self.path(name) + ".crt", encoding="ascii") as pem:
                self.names[ssl.PEM_cert_to_DER_cert(pem.read())] = set(names)
        for copy, original in COPIES.items():
            shutil.copy(self.path(original), self.path(copy))
        for name in AUTHORITIES:
            self._self_signed(name, "/CN=" + name, ["-addext", "basicConstraints=critical,CA:TRUE"])
            self._client(name)
        for name, parts in BUNDLES.items():
            _join(self.path(name), *(self.path(part) + ".crt" for part in parts))

    def path(self, name):
        return os.path.join(self.folder, name)

    def client(self, authority):
        """A certificate that the authority signed, with its key."""
        return self.path("client-of-" + authority)

    def _self_signed(self, name, subject, extra):
        path = self.path(name)
        _openssl("req", "-x509", *_key(name), "-nodes", "-days", "30", "-subj", subject, "-keyout", path + ".key",
                 "-out", path + ".crt", *extra)
        _join(path, path + ".crt", path + ".key")

    def _client(self, authority):
        path, ca = self.client(authority), self.path(authority)
        _openssl("req", *_key(authority), "-nodes", "-subj", "/CN=client", "-keyout", path + ".key", "-out", path + ".csr")
        _openssl("x509", "-req", "-in", path + ".csr", "-CA", ca + ".crt", "-CAkey", ca + ".key", "-days", "30",
                 "-CAcreateserial", "-out", path + ".crt")
        _join(path, path + ".crt", path + ".key")
