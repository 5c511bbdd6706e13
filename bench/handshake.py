#!/usr/bin/python3
"""CPU seconds of the client for a fresh TLS 1.3 handshake and one HTTP request by our engine, as a ratio to what
`openssl s_time -new` takes for the handshake alone, against the same nginx (ECDSA P-256), in turn.

    bench/handshake.py [--rounds 5] [--seconds 3]

nginx is taken from PATH or unpacked from Debian's package into build/bench-data; it runs on a free port of 127.0.0.1
in a folder of its own and is stopped at the end. s_time resolves the address and looks the issuer up each time, sends
no SNI and reads no ticket; ours sends SNI and the request, reads tickets and answer, and looks the leaf up. The least
that OpenSSL needs for the handshake, without any of that, stands between them.
"""
import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import audit  # nginx() and sh(): the same nginx as in the other bench

CONFIG = """daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl backlog=1024;
    server_name bench.test;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    location / {{ return 200 "ok\\n"; }}
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_nginx(folder):
    audit.sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
             "-subj", "/CN=bench.test", "-addext", "subjectAltName=DNS:bench.test", "-keyout", f"{folder}/key.pem",
             "-out", f"{folder}/cert.pem", stderr=subprocess.DEVNULL)
    port = free_port()
    with open(f"{folder}/nginx.conf", "w") as out:
        out.write(CONFIG.format(folder=folder, port=port))
    server = subprocess.Popen([audit.nginx(), "-p", folder, "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
    wait_for(server, port, folder)
    return server, port


def wait_for(server, port, folder):
    """Until the server listens."""
    for _ in range(100):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    server.terminate()
    sys.exit(f"nobody listens on port {port}; nginx tells why with -c {folder}/nginx.conf")


def cpu_of(command):
    """Output and user + system seconds of the whole process."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} exited with {process.returncode}:\n{text[-2000:]}")
    return text, usage.ru_utime + usage.ru_stime


def s_time(port, seconds):
    text, cpu = cpu_of(["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-tls1_3", "-time", str(seconds)])
    match = re.search(r"^(\d+) connections in \d+ real seconds", text, re.M)
    if not match or int(match[1]) == 0:
        sys.exit(f"openssl s_time made no connection:\n{text[-2000:]}")
    return cpu / int(match[1])


def per_connection(binary, port, seconds):
    text, cpu = cpu_of([f"build/bench/bench/{binary}", "127.0.0.1", str(port), str(seconds)])
    return cpu / int(text.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    arguments = parser.parse_args()
    os.chdir(audit.ROOT)
    if not os.path.exists("build/bench/build.ninja"):
        audit.sh("cmake", "--preset", "bench", stdout=sys.stderr)
    audit.sh("ninja", "-C", "build/bench", "handshake", "handshake_alone", stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="astray-handshake-") as folder:
        server, port = start_nginx(folder)
        try:
            measured = [(s_time(port, arguments.seconds), per_connection("handshake_alone", port, arguments.seconds),
                         per_connection("handshake", port, arguments.seconds)) for _ in range(arguments.rounds)]
        finally:
            server.terminate()
            server.wait()
    for theirs, least, our in measured:
        print(f"s_time {theirs * 1e6:6.1f} us   OpenSSL's handshake alone {least * 1e6:6.1f} us   "
              f"astray {our * 1e6:6.1f} us   ratios {our / theirs:.3f} {our / least:.3f}")
    print(f"median: {statistics.median(our / theirs for theirs, _, our in measured):.3f} of s_time (goal: at most 1.15), "
          f"{statistics.median(our / least for _, least, our in measured):.3f} of the handshake alone")


if __name__ == "__main__":
    main()
