#!/usr/bin/python3
"""What requests cost in astray's HTTP client, against libcurl's multi interface on the same local nginx, in turn:

    bench/client.py [--rounds 7] [--requests 20000] [--mebibytes 1024] [--origins 10000] [--only small|download|pool]

1. CPU (user and system) of the client's process for a request of 1 KiB over TLS: h2 with 100 streams at once on one
   connection; HTTP/1.1 on 64 kept connections. Goal: at most 0.6 of libcurl's.
2. A download over TLS, in h2 and in HTTP/1.1: the rate, and the client's CPU. Goal: at least libcurl's rate.
3. A pool of 10,000 origins: what a lookup takes (CPU of its thread), and the heap that each idle connection holds
   beside its TLS state, so counted in clear: pool, connection, stream, engine, addresses, as malloc rounds it up.
   What other libraries hold is counted apart. Goal: under 200 ns, and at most 1 KiB.

libcurl is only measured, not used: apt-get install libcurl4-openssl-dev. nginx (one worker, ECDSA P-256) is taken from
PATH or unpacked from Debian's package into build/bench-data; it runs on a free port of 127.0.0.1 in a folder of its
own, on another core than the clients, and is stopped at the end.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import audit
import handshake

CONFIG = """daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 15000; }}
http {{
  access_log off; sendfile on; tcp_nopush on;
  open_file_cache max=10 inactive=1h; open_file_cache_valid 1h;
  keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl http2 backlog=1024;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    root {folder}/files;
  }}
  server {{ listen 127.0.0.1:{h1_port} backlog=1024; root {folder}/files; }}
  server {{ listen 127.0.0.1:{h2_port} http2 backlog=1024; root {folder}/files; }}
}}
"""
SERVER_CORE, CLIENT_CORE = 0, 1
# A server that answers slowly must not make a round endless.
ROUND_SECONDS = 120


def start_nginx(folder, mebibytes):
    audit.sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
             "-subj", "/CN=bench.test", "-addext", "subjectAltName=DNS:bench.test,DNS:*.bench.test",
             "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", stderr=subprocess.DEVNULL)
    os.mkdir(f"{folder}/files")
    with open(f"{folder}/files/small", "wb") as out:
        out.write(b"x" * 1024)
    with open(f"{folder}/files/large", "wb") as out:
        out.truncate(mebibytes * 2**20)
    port, h1_port, h2_port = (handshake.free_port() for _ in range(3))
    with open(f"{folder}/nginx.conf", "w") as out:
        out.write(CONFIG.format(folder=folder, port=port, h1_port=h1_port, h2_port=h2_port))
    server = subprocess.Popen(on_core(SERVER_CORE, [audit.nginx(), "-p", folder, "-c", f"{folder}/nginx.conf"]),
                              stderr=subprocess.DEVNULL)
    handshake.wait_for(server, port, folder)
    return server, port, {"h1": h1_port, "h2": h2_port}


def on_core(core, command):
    return ["taskset", "-c", str(core % os.cpu_count()), *command]


def run(binary, *arguments):
    """The numbers that a driver prints."""
    command = on_core(CLIENT_CORE, [f"build/bench/bench/{binary}", *(str(argument) for argument in arguments)])
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=ROUND_SECONDS)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} exited with {done.returncode}")
    return [float(number) for number in done.stdout.split()]


def in_turn(number, *arguments):
    """What libcurl and astray print, in this order; who goes first changes from round to round."""
    binaries = ["client_libcurl", "client_astray"]
    found = {binary: run(binary, *arguments) for binary in (binaries if number % 2 == 0 else reversed(binaries))}
    return [found[binary] for binary in binaries]


class Series:
    """Figures of both clients, round by round."""

    def __init__(self, name, unit):
        self.name, self.unit, self.theirs, self.ours = name, unit, [], []

    def add(self, theirs, ours):
        self.theirs.append(theirs)
        self.ours.append(ours)

    @staticmethod
    def spread(values):
        return f"{statistics.median(values):8.2f} ({min(values):.2f}–{max(values):.2f})"

    def print(self, goal):
        ratios = [ours / theirs for theirs, ours in zip(self.theirs, self.ours)]
        print(f"{self.name:34} libcurl {self.spread(self.theirs)}  astray {self.spread(self.ours)} {self.unit}  "
              f"ratio {statistics.median(ratios):.3f} ({min(ratios):.3f}–{max(ratios):.3f}; goal: {goal})", flush=True)


def small_answers(url, authorities, rounds, requests):
    for version, at_once, name in (("h2", 100, "h2, 1 connection, 100 streams"), ("h1", 64, "HTTP/1.1, 64 connections")):
        cpu = Series(f"{name}: CPU", "us/request")
        wall = Series(f"{name}: time", "us/request")
        for number in range(rounds):
            found = in_turn(number, version, at_once, requests, f"{url}/small", authorities)
            cpu.add(*(cpu_seconds * 1e6 / count for count, _, cpu_seconds, _ in found))
            wall.add(*(seconds * 1e6 / count for count, _, _, seconds in found))
        cpu.print("at most 0.6")
        wall.print("none")


def downloads(url, authorities, rounds, mebibytes):
    for version in ("h2", "h1"):
        rate = Series(f"{mebibytes} MiB over {version}: rate", "MiB/s")
        cpu = Series(f"{mebibytes} MiB over {version}: CPU", "s/GiB")
        for number in range(rounds):
            found = in_turn(number, version, 1, 1, f"{url}/large", authorities)
            if any(size != mebibytes * 2**20 for _, size, _, _ in found):
                sys.exit("not the whole file came")
            rate.add(*(mebibytes / seconds for _, _, _, seconds in found))
            cpu.add(*(cpu_seconds * 1024 / mebibytes for _, _, cpu_seconds, _ in found))
        rate.print("at least 1")
        cpu.print("at most 1")


def pool(clear_ports, port, authorities, rounds, origins):
    for version, clear_port in clear_ports.items():
        found = [run("client_pool", version, "http", origins, clear_port, authorities) for _ in range(rounds)]
        lookups = [nanoseconds for _, nanoseconds, _, _, _ in found]
        _, _, own, library, _ = found[0]
        over_tls = run("client_pool", version, "https", min(origins, 1000), port, authorities)
        print(f"{origins} origins over {version}: lookup {statistics.median(lookups):.0f} ns "
              f"({min(lookups):.0f}–{max(lookups):.0f}; goal: under 200); in clear each connection holds {own:.0f} bytes "
              f"(goal: at most 1024), and other libraries {library:.0f}; over TLS {over_tls[2] - own:.0f} more of ours and "
              f"{over_tls[4]:.0f} of OpenSSL's", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--only", choices=["small", "download", "pool"])
    parser.add_argument("--origins", type=int, default=10_000)
    arguments = parser.parse_args()
    os.chdir(audit.ROOT)
    if not os.path.exists("build/bench/build.ninja"):
        audit.sh("cmake", "--preset", "bench", stdout=sys.stderr)
    if subprocess.run(["pkg-config", "--exists", "libcurl"]).returncode != 0:
        sys.exit("libcurl's headers are missing: apt-get install libcurl4-openssl-dev, and cmake --preset bench again")
    audit.sh("ninja", "-C", "build/bench", "client_astray", "client_libcurl", "client_pool", stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="astray-client-") as folder:
        server, port, clear_ports = start_nginx(folder, arguments.mebibytes)
        try:
            url, authorities = f"https://bench.test:{port}", f"{folder}/cert.pem"
            if arguments.only in (None, "small"):
                small_answers(url, authorities, arguments.rounds, arguments.requests)
            if arguments.only in (None, "download"):
                downloads(url, authorities, min(arguments.rounds, 5), arguments.mebibytes)
            if arguments.only in (None, "pool"):
                pool(clear_ports, port, authorities, min(arguments.rounds, 3), arguments.origins)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
