#!/usr/bin/python3
"""What `astray watch` costs against a local nginx: 5,000 names on 5 nodes, a round of 10,000 cells each minute.

    bench/watch.py [--rounds 3] [--names 5000] [--nodes 5] [--cells 10000]

CPU is the process's own, of whole rounds from the second one on, with all that comes between two; memory is its peak. Goals: at most
50 % of a core, at most 300 MiB. Each node is an address of 127/8; the names have one wildcard certificate, and each a
page of its own. The store is on disk, as it is in use.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import audit
import handshake

ASTRAY = "build/release/src/astray"
PORT = handshake.free_port()
PAGE_PORT = handshake.free_port()


def start_nginx(folder, nodes):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-subj", "/CN=bench", "-addext", "subjectAltName=DNS:*.bench.test", "-keyout", f"{folder}/key.pem", "-out",
                    f"{folder}/certificate.pem"], check=True, capture_output=True)
    listen = "\n".join(f"    listen 127.0.0.{i + 1}:{PORT} ssl http2;" for i in range(nodes))
    with open(f"{folder}/nginx.conf", "w") as file:
        file.write(f"""
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 100000;
  server {{
{listen}
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    default_type text/html;
    location / {{ return 200 "<h1>$host</h1>"; }}
  }}
}}
""")
    server = subprocess.Popen([audit.nginx(), "-p", folder, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])
    time.sleep(0.5)
    if server.poll() is not None:
        sys.exit(open(f"{folder}/error.log").read())
    return server


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def metric(name):
    with urllib.request.urlopen(f"http://127.0.0.1:{PAGE_PORT}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " ") or line.startswith(name + "{"):
                return float(line.rsplit(" ", 1)[1])
    sys.exit(f"/metrics has no {name}")


def wait_for_round(watcher, after):
    """(rounds, CPU seconds, cells) once there are more rounds than these."""
    while True:
        time.sleep(2)
        if watcher.poll() is not None:
            sys.exit(f"astray watch ended with {watcher.returncode}")
        try:
            rounds = metric("astray_watch_rounds_total")
        except OSError:
            continue
        if rounds > after:
            return rounds, cpu_seconds(watcher.pid), metric("astray_watch_cells_total")


def settings(folder, arguments):
    with open(f"{folder}/names.txt", "w") as names:
        for i in range(arguments.names):
            names.write(f"https://n{i}.bench.test:{PORT}\n")
    with open(f"{folder}/watch.yaml", "w") as file:
        file.write(json.dumps({
            "target_files": ["names.txt"],
            "nodes": [f"127.0.0.{i + 1}" for i in range(arguments.nodes)],
            "questions": {"authorities": "certificate.pem"},
            "pace": {"interval": "60s", "jitter": "0%", "cells_per_round": arguments.cells, "connections_per_second": 60},
            "store": {"path": "watch.db"},
            "page": {"address": f"127.0.0.1:{PAGE_PORT}"},
        }))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--names", type=int, default=5000)
    parser.add_argument("--nodes", type=int, default=5)
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--astray", help="this binary instead of one built for the purpose")
    arguments = parser.parse_args()
    os.chdir(audit.ROOT)
    if not arguments.astray:
        if not os.path.exists("build/release/build.ninja"):
            audit.sh("cmake", "--preset", "release", stdout=sys.stderr)
        audit.sh("ninja", "-C", "build/release", "astray", stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="astray-watch-") as folder:
        server = start_nginx(folder, arguments.nodes)
        settings(folder, arguments)
        watcher = subprocess.Popen([arguments.astray or ASTRAY, "watch", "-c", f"{folder}/watch.yaml"])
        try:
            # The first round has a store to make and pages to load.
            rounds, cpu, cells = wait_for_round(watcher, 0)
            for _ in range(arguments.rounds):
                rounds, now, all_cells = wait_for_round(watcher, rounds)
                print(f"{all_cells - cells:.0f} cells: {now - cpu:.1f} s of CPU, so {(now - cpu) / 60:.1%} of a core at a round a minute; "
                      f"{peak_mib(watcher.pid):.0f} MiB at most", flush=True)
                cpu, cells = now, all_cells
            size = os.path.getsize(f"{folder}/watch.db") / 2**20
            print(f"store: {size:.1f} MiB after {metric('astray_watch_rounds_total'):.0f} rounds")
        finally:
            watcher.terminate()
            watcher.wait()
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
