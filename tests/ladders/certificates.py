"""An authority of the lab and certificates that it signs, made by openssl: ECDSA, valid for 30 days."""
import os
import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
PASSWORD = "lab"
LIMIT = 60  # seconds for a command


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT)


class Authority:
    def __init__(self, folder, name):
        self.folder = folder
        self.name = name
        self.certificate = os.path.join(folder, name + ".crt")
        self.key = os.path.join(folder, name + ".key")
        self.signed = {}
        openssl("req", "-x509", *KEY, "-days", "30", "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.certificate,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _sign(self, stem, subject, extensions):
        path = os.path.join(self.folder, f"{self.name}-{stem}")
        openssl("req", *KEY, "-subj", subject, "-keyout", path + ".key", "-out", path + ".csr")
        with open(path + ".ext", "w", encoding="ascii") as out:
            out.write("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" + "\n".join(extensions) + "\n")
        openssl("x509", "-req", "-in", path + ".csr", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", "30",
                "-extfile", path + ".ext", "-out", path + ".crt")
        with open(path + ".pem", "w", encoding="ascii") as both:
            for part in (".crt", ".key"):
                with open(path + part, encoding="ascii") as piece:
                    both.write(piece.read())
        return path + ".pem"

    def server(self, names):
        """A PEM file with a certificate for these names, and its key."""
        key = tuple(names)
        if key not in self.signed:
            sans = "subjectAltName=" + ",".join("DNS:" + name for name in names)
            self.signed[key] = self._sign(str(len(self.signed)), "/CN=lab", [sans, "extendedKeyUsage=serverAuth"])
        return self.signed[key]

    def client(self):
        """The same for a client, and beside it a PKCS #12 file (PASSWORD)."""
        pem = self._sign("client", "/CN=client", ["extendedKeyUsage=clientAuth"])
        openssl("pkcs12", "-export", "-in", pem, "-name", "client", "-passout", "pass:" + PASSWORD, "-out",
                pem.replace(".pem", ".p12"))
        return pem


def make_nss_database(folder, authority, client_pem):
    """What Chromium (in $HOME/.pki/nssdb) and Firefox (in the profile) trust, and the certificate that they may show. The folder must
    be new: of a database that is there, certutil -N asks the password, without end where nobody answers."""
    os.makedirs(folder)
    database = "sql:" + folder
    for command in (["certutil", "-N", "-d", database, "--empty-password"],
                    ["certutil", "-A", "-d", database, "-n", authority.name, "-t", "C,,", "-i", authority.certificate],
                    ["pk12util", "-i", client_pem.replace(".pem", ".p12"), "-d", database, "-W", PASSWORD, "-K", ""]):
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT)
