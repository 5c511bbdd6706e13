#!/usr/bin/env python3
"""Runs the configurations of incidents that have a file `live` with real servers, and asks them what people asked.

A `live` file has a line for broken and one for repaired: names, one request each in this order, with the status to come:
  broken: shop.example 200, blog.example 421
The configurations are those that astray audits; only ports, folders and modules are put in place, and for nginx its
temporary folders. The front is nginx.conf, the back apache2.conf. Servers come from Debian's packages (real_servers.py).
"""
import argparse
import pathlib
import re
import shutil
import socket
import ssl
import sys

import run

sys.path[:0] = [str(run.SOURCE.parent / folder) for folder in ("differential", "support")]
import free_ports  # pylint: disable=wrong-import-position
import real_servers  # pylint: disable=wrong-import-position

TEMPORARY = " ".join(f"{kind}_temp_path temporary/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


def put_in_place(folder, front_port, back_port, modules):
    """Rewrites what belongs to the machine, and nothing that an audit looks at but ports."""
    nginx = (folder / "nginx.conf").read_text()
    nginx = re.sub(r"(?m)^user .*;\n|^worker_processes .*;\n|^ *http2 on;\n", "", nginx)  # 1.22 knows no http2 directive
    nginx = nginx.replace("listen 443", f"listen 127.0.0.1:{front_port}").replace("127.0.0.1:8443", f"127.0.0.1:{back_port}")
    nginx = nginx.replace("/var/log/nginx/", "").replace("http {", "http { " + TEMPORARY, 1)
    (folder / "nginx.conf").write_text("daemon off; master_process off; pid nginx.pid;\n" + nginx)

    httpd = (folder / "apache2.conf").read_text().replace("modules/mod_", f"{modules}/mod_").replace("8443", str(back_port))
    httpd = httpd.replace('ServerRoot "."', f"ServerRoot {folder}\nServerName main.invalid\nPidFile {folder}/httpd.pid\n"
                          f"ErrorLog {folder}/httpd-error.log\nDefaultRuntimeDir {folder}\nMutex file:{folder}\n"
                          "User daemon\nGroup daemon\n"
                          f"LoadModule dir_module {modules}/mod_dir.so\nDirectoryIndex index.html")
    httpd = httpd.replace("/var/log/apache2/", f"{folder}/httpd-")
    httpd = re.sub(r"DocumentRoot /srv/\w+", f"DocumentRoot {folder}/htdocs", httpd)
    # Debian builds mod_log_config in.
    (folder / "apache2.conf").write_text(re.sub(r"(?m)^LoadModule log_config_module .*\n", "", httpd))
    (folder / "htdocs").mkdir()
    (folder / "htdocs" / "index.html").write_text("ok\n")
    (folder / "temporary").mkdir()


def status_of(name, port):
    """Of a request on a connection of its own, with SNI and Host alike."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=10) as tcp:
        with context.wrap_socket(tcp, server_hostname=name) as tls:
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            return int(tls.recv(4096).split()[1])


def requests_of(incident):
    """{"broken": [("shop.example", 200), …], "repaired": […]}"""
    wanted = {}
    for line in (incident / "live").read_text().splitlines():
        variant, _, requests = line.partition(":")
        wanted[variant] = [(name, int(status)) for name, status in (part.split() for part in requests.split(","))]
    return wanted


def check(incident, work, binaries):
    """What is not as the file says, as lines."""
    wrong = []
    for variant, requests in requests_of(incident).items():
        folder = work / incident.name / variant
        shutil.copytree(incident / variant, folder)
        run.make_certificates(folder, work / "certificates")
        front, back = free_ports.free_port(), free_ports.free_port()
        modules = pathlib.Path(binaries["httpd"]).parents[1] / "lib/apache2/modules"
        put_in_place(folder, front, back, modules)
        with real_servers.RunningServer("httpd", binaries["httpd"], str(folder / "apache2.conf"), str(folder), [back]):
            with real_servers.RunningServer("nginx", binaries["nginx"], str(folder / "nginx.conf"), str(folder), [front]):
                answers = [(name, status_of(name, front)) for name, _ in requests]
        if answers != requests:
            wrong.append(f"{variant}: expected {requests}, got {answers}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", required=True, type=pathlib.Path, help="where the packages are unpacked")
    arguments = parser.parse_args()
    binaries = {kind: real_servers.unpack(kind, str(arguments.servers.resolve())) for kind in real_servers.PACKAGES}
    failures = 0
    for name in sorted(path.parent.name for path in run.SOURCE.glob("*/live")):
        with real_servers.served_folder() as folder:
            wrong = check(run.SOURCE / name, pathlib.Path(folder), binaries)
        print(f"{'FAILED' if wrong else 'ok':6} {name}")
        for line in wrong:
            print(f"    {line}")
        failures += bool(wrong)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
