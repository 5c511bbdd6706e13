"""Certificates for cases, made by openssl once and then shared: self-signed, valid for 30 days; RSA where their name
begins with "rsa", else ECDSA.

A listing has one certificate a line: `name.pem: NAME, NAME…`, `CA name.pem`, or `copy.pem = name.pem`."""
import hashlib
import os
import re
import shutil
import ssl
import subprocess
import time

import real_servers

ECDSA = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
RSA = ["-newkey", "rsa:2048", "-nodes"]
MAXIMUM_AGE = 20 * 24 * 3600  # seconds; made anew well before they expire
store = None  # a folder that keeps certificates from run to run; None makes each anew


def _join(path):
    with open(path, "wb") as both:
        for part in (".crt", ".key"):
            with open(path + part, "rb") as piece:
                both.write(piece.read())


def _stored(key, path, make):
    """Runs `make(path)`, which writes path, path.crt and path.key, unless the store has them from an earlier time."""
    if store is None:
        make(path)
        return
    kept = os.path.join(store, hashlib.sha256(key.encode()).hexdigest()[:24])
    with real_servers.locked(store):
        if not os.path.exists(kept) or time.time() - os.path.getmtime(kept) > MAXIMUM_AGE:
            make(kept)
    for part in (".crt", ".key", ""):
        shutil.copy(kept + part, path + part)


def make_certificates(listing, folder):
    for line in listing.splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("CA "):
            name, subject = line[3:].strip(), "/CN=" + line[3:].strip()
            extra = ["-addext", "basicConstraints=critical,CA:TRUE"]
        elif "=" in line:
            copy, original = (part.strip() for part in line.split("="))
            shutil.copy(os.path.join(folder, original), os.path.join(folder, copy))
            continue
        else:
            name, _, names = line.partition(":")
            sans = ",".join(("IP:" if re.fullmatch(r"[0-9.]+|[0-9a-f:]*::[0-9a-f:]*", n.strip()) else "DNS:") + n.strip()
                            for n in names.split(","))
            subject, extra = "/CN=astray test", ["-addext", "subjectAltName=" + sans]

        def make(path, subject=subject, extra=extra, key=RSA if name.startswith("rsa") else ECDSA):
            subprocess.run(["openssl", "req", "-x509", *key, "-days", "30", "-subj", subject, "-keyout", path + ".key", "-out",
                            path + ".crt", *extra], check=True, capture_output=True)
            _join(path)

        _stored(line, os.path.join(folder, name), make)


def client_certificate(folder, authority):
    """A PEM file with a certificate that the authority in `folder` signed, and its key."""
    path, ca = (os.path.join(folder, name) for name in ("client-" + authority, authority))

    def make(path):
        subprocess.run(["openssl", "req", *ECDSA, "-subj", "/CN=client", "-keyout", path + ".key", "-out", path + ".csr"],
                       check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", path + ".csr", "-CA", ca + ".crt", "-CAkey", ca + ".key", "-days", "30",
                        "-CAcreateserial", "-out", path + ".crt"], check=True, capture_output=True)
        _join(path)

    with open(ca + ".crt", encoding="ascii") as pem:
        _stored("client of " + pem.read(), path, make)
    return path


def fingerprint(path):
    """The certificate itself, as a TLS client sees it: DER."""
    with open(path, encoding="ascii") as pem:
        return ssl.PEM_cert_to_DER_cert(pem.read())


def certificate_names(folder):
    """DER of each generated certificate -> its set of names."""
    names = {}
    for entry in os.listdir(folder):
        if entry.endswith(".crt"):
            path = os.path.join(folder, entry)
            decoded = ssl._ssl._test_decode_cert(path)  # the standard library's own reader of subjectAltName
            names[fingerprint(path)] = {n.lower() for _, n in decoded.get("subjectAltName", ())}
    return names
