"""Certificates of the lab, made by openssl: valid ones, and one whose time is over."""
import pathlib
import subprocess

CONFIGURATION = """[ca]
default_ca = lab
[lab]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


def make(folder, name, names, expired=False):
    """folder/name.pem holds a new key and its certificate for `names`, signed by itself."""
    place = pathlib.Path(folder) / f"making-{name}"
    place.mkdir(parents=True)
    (place / "ca.conf").write_text(CONFIGURATION)
    (place / "index").write_text("")
    (place / "serial").write_text("01\n")
    request = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key",
               "-out", "request", "-subj", f"/CN={names[0]}", "-addext", "subjectAltName=" + ",".join("DNS:" + each for each in names)]
    dates = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] if expired else ["-days", "365"]
    sign = ["openssl", "ca", "-batch", "-config", "ca.conf", "-selfsign", "-keyfile", "key", "-in", "request", "-out", "certificate",
            "-notext", *dates]
    for command in (request, sign):
        subprocess.run(command, cwd=place, check=True, capture_output=True)
    text = (place / "certificate").read_text() + (place / "key").read_text()
    (pathlib.Path(folder) / f"{name}.pem").write_text(text)
