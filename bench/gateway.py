#!/usr/bin/python3
"""What a request costs in `astray gateway`, beside nginx, haproxy, h2o and nghttpx from Debian's packages, in turn:

    bench/gateway.py [--rounds 5] [--requests 40000] [--only h2-small,h2-large,h1-small,full,resumed,idle,latency]
                     [--peers nginx,haproxy,h2o,nghttpx] [--astray build/bench/src/astray] [--back build/bench/bench/back]

(`cmake --preset bench && ninja -C build/bench astray back` makes both.)

Each proxy has one worker on one core, TLS with an ECDSA P-256 certificate in front and HTTP/1.1 in clear behind; the
clients (h2load, Python for new connections) and the back (bench/back.cc) share the other core. What is measured is the
proxy's own CPU time (user and system, /proc/PID/task/*/schedstat), as the median of interleaved rounds. astray judges
each request, writes its access log as JSON and counts its metrics; the others log nothing.

    apt-get install nginx-light haproxy h2o nghttp2-proxy nghttp2-client
"""
import argparse
import glob
import json
import os
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import handshake

PROXY_CORE, OTHER_CORE = 0, 1
NAME = "bench.test"
NGINX = """daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
worker_rlimit_nofile 20000; events {{ worker_connections 15000; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path {folder}/p1; proxy_temp_path {folder}/p2; fastcgi_temp_path {folder}/p3; uwsgi_temp_path {folder}/p4;
  scgi_temp_path {folder}/p5;
  upstream back {{ server 127.0.0.1:{back}; keepalive 256; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port} ssl http2 backlog=4096; server_name bench.test; ssl_session_tickets on;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    location / {{ proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering on; }} }} }}
"""
HAPROXY = """global
  nbthread 1
  maxconn 8000
  tune.ssl.default-dh-param 2048
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  http-reuse always
frontend f
  bind 127.0.0.1:{port} ssl crt {folder}/both.pem alpn h2,http/1.1 backlog 4096
  default_backend b
backend b
  server s 127.0.0.1:{back} maxconn 1000
"""
H2O = """listen:
  host: 127.0.0.1
  port: {port}
  ssl: {{certificate-file: {folder}/cert.pem, key-file: {folder}/key.pem}}
num-threads: 1
max-connections: 20000
http2-idle-timeout: 3600
http1-request-timeout: 3600
hosts:
  bench.test:
    paths:
      /: {{proxy.reverse.url: "http://127.0.0.1:{back}/", proxy.timeout.keepalive: 3600000}}
"""
ASTRAY = """listeners:
  main: {{address: "127.0.0.1:{port}", origin_frames: {{send: false}}}}
virtual_hosts:
  bench: {{names: [bench.test], certificates: [{{certificate: cert.pem, key: key.pem}}], routes: [{{backs: [{{back: app}}]}}]}}
backs:
  app: {{addresses: ["127.0.0.1:{back}"], limits: {{requests_per_connection: 999999999}}, timeouts: {{idle: 1h}}}}
operation:
  threads: 1
  admin: off
  access_log: {{path: access.log}}
  peers: {{timeouts: {{idle: 1h}}, connections: 20000}}
"""


def on_core(core, command):
    return ["taskset", "-c", str(core % os.cpu_count()), *command]


def find(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if not found:
        sys.exit(f"{name} is missing: apt-get install nginx-light haproxy h2o nghttp2-proxy nghttp2-client")
    return found


def cpu_seconds(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, encoding="ascii") as stat:
            total += int(stat.read().split()[0])
    return total / 1e9


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


class Proxy:
    def __init__(self, name, folder, back, astray):
        self.name, self.folder = name, folder
        self.port = handshake.free_port()
        text = {"nginx": NGINX, "haproxy": HAPROXY, "h2o": H2O, "astray": ASTRAY, "nghttpx": ""}[name]
        path = f"{folder}/{name}.conf"
        with open(path, "w", encoding="ascii") as out:
            out.write(text.format(folder=folder, port=self.port, back=back))
        command = {
            "nginx": lambda: [find("nginx"), "-p", folder, "-c", path],
            "haproxy": lambda: [find("haproxy"), "-db", "-f", path],
            "h2o": lambda: [find("h2o"), "-c", path],
            "astray": lambda: [astray, "gateway", path],
            "nghttpx": lambda: [find("nghttpx"), "--workers=1", "--single-process", f"--frontend=127.0.0.1,{self.port}",
                                f"--backend=127.0.0.1,{back};;proto=http/1.1", "--accesslog-file=/dev/null", "--errorlog-file=/dev/null",
                                "--worker-frontend-connections=20000", "--conf=/dev/null", "--no-server-rewrite", "--frontend-http2-read-timeout=1h",
                                "--frontend-keep-alive-timeout=1h", f"{folder}/key.pem", f"{folder}/cert.pem"],
        }[name]()
        self.log = open(f"{folder}/{name}.out", "w", encoding="utf-8")
        self.process = subprocess.Popen(on_core(PROXY_CORE, command), stdout=self.log, stderr=self.log)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.end()
        with open(f"{folder}/{name}.out", encoding="utf-8") as said:
            sys.exit(f"{name} does not listen: {said.read()[-2000:]}")

    def cpu(self):
        return cpu_seconds(self.process.pid)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def h2load(proxy, requests, clients, streams, path, protocol, *more):
    command = [find("h2load"), "-n", str(requests), "-c", str(clients), "-m", str(streams), "-t", "1", *more,
               f"--connect-to=127.0.0.1:{proxy.port}", f"https://{NAME}:{proxy.port}{path}"]
    if protocol == "h1":
        command.insert(1, "--h1")
    done = subprocess.run(on_core(OTHER_CORE, command), capture_output=True, text=True, timeout=600, check=False)
    good = re.search(r"status codes: (\d+) 2xx", done.stdout)
    if not good or int(good.group(1)) != requests:
        sys.exit(f"{proxy.name}: h2load got {good.group(1) if good else 'no'} answers of {requests}:\n{done.stdout[-1500:]}{done.stderr[-500:]}")
    return done.stdout


def per_request(requests, clients, streams, path, protocol):
    def run(proxy):
        before = proxy.cpu()
        h2load(proxy, requests, clients, streams, path, protocol)
        return (proxy.cpu() - before) / requests * 1e6
    return run


CONNECTIONS = """
import socket, ssl, sys
port, count, resumes, authority = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "resumed", sys.argv[4]
context = ssl.create_default_context(cafile=authority)
context.minimum_version = ssl.TLSVersion.TLSv1_3
request = b"GET /small HTTP/1.1\\r\\nHost: bench.test:%d\\r\\nConnection: close\\r\\n\\r\\n" % port
session, resumed = None, 0
for _ in range(count):
    connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="bench.test", session=session)
    connection.sendall(request)
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    if not answer.startswith(b"HTTP/1.1 200"):
        sys.exit("answered %r" % answer[:100])
    resumed += connection.session_reused
    if resumes:
        session = connection.session
    connection.close()
if resumes and resumed < count - 1:
    sys.exit("resumed %d of %d" % (resumed, count))
"""


def connections(mode, count):
    """New TLS 1.3 connections, one request each."""
    def run(proxy):
        before = proxy.cpu()
        subprocess.run(on_core(OTHER_CORE, [sys.executable, "-c", CONNECTIONS, str(proxy.port), str(count), mode, f"{proxy.folder}/cert.pem"]),
                       timeout=300, check=True)
        return (proxy.cpu() - before) / count * 1e6
    return run


def idle(count):
    """KiB of the process for each idle HTTP/2 connection over TLS."""
    def run(proxy):
        context = ssl.create_default_context(cafile=f"{proxy.folder}/cert.pem")
        context.set_alpn_protocols(["h2"])
        before = resident_kib(proxy.process.pid)
        held = []
        for _ in range(count):
            connection = context.wrap_socket(socket.create_connection(("127.0.0.1", proxy.port)), server_hostname=NAME)
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
            held.append(connection)
        time.sleep(1)
        grown = resident_kib(proxy.process.pid) - before
        for connection in held:
            connection.close()
        time.sleep(0.5)
        return grown / count
    return run


def latency(requests, rate):
    """Milliseconds within which 99 % of the requests were answered, at the same rate for all."""
    def run(proxy):
        with tempfile.NamedTemporaryFile(mode="r", suffix=".log") as log:
            h2load(proxy, requests, 16, 10, "/small", "h2", f"--rps={max(1, rate // 16)}", f"--log-file={log.name}")
            times = sorted(int(line.split("\t")[2]) for line in log if line.strip())
        return times[int(len(times) * 0.99)] / 1000
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=40000)
    parser.add_argument("--rate", type=int, default=20000, help="requests a second of the latency scenario")
    parser.add_argument("--only", default="h2-small,h2-large,h1-small,full,resumed,idle,latency")
    parser.add_argument("--peers", default="nginx,haproxy,h2o,nghttpx")
    parser.add_argument("--astray", default="build/bench/src/astray")
    parser.add_argument("--back", default="build/bench/bench/back")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    scenarios = {
        "h2-small": ("h2, 1 KiB, 16 x 10: us of CPU a request", per_request(options.requests, 16, 10, "/small", "h2")),
        "h2-large": ("h2, 64 KiB, 4 x 4: us of CPU a request", per_request(options.requests // 4, 4, 4, "/large", "h2")),
        "h1-small": ("h1, 1 KiB, 32: us of CPU a request", per_request(options.requests, 32, 1, "/small", "h1")),
        "full": ("full TLS 1.3 connection: us of CPU", connections("full", 1500)),
        "resumed": ("resumed TLS 1.3 connection: us of CPU", connections("resumed", 1500)),
        "idle": ("idle h2 connection: KiB", idle(1000)),
        "latency": (f"p99 at {options.rate} requests a second: ms", latency(options.requests, options.rate)),
    }
    names = ["astray", *[peer for peer in options.peers.split(",") if peer]]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                        f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        with open(f"{folder}/both.pem", "w", encoding="ascii") as both:
            for part in ("cert.pem", "key.pem"):
                with open(f"{folder}/{part}", encoding="ascii") as piece:
                    both.write(piece.read())
        back_port = handshake.free_port()
        back = subprocess.Popen(on_core(OTHER_CORE, [options.back, str(back_port)]))
        proxies = []
        try:
            handshake.wait_for(back, back_port, folder)
            for name in names:
                proxies.append(Proxy(name, folder, back_port, options.astray))
            results = {}
            for key in options.only.split(","):
                title, run = scenarios[key]
                rounds = 1 if key == "idle" else options.rounds
                if key.startswith("h"):
                    for proxy in proxies:  # connections to the back, pages in memory
                        h2load(proxy, 500, 4, 1, "/small", "h2")
                samples = {proxy.name: [] for proxy in proxies}
                for _ in range(rounds):
                    for proxy in proxies:
                        samples[proxy.name].append(run(proxy))
                medians = {name: statistics.median(values) for name, values in samples.items()}
                results[key] = medians
                if not options.json:
                    print(title)
                    for name, value in medians.items():
                        ratio = f"  astray / {name} = {medians['astray'] / value:.2f}" if name != "astray" else ""
                        print(f"  {name:8} {value:9.2f}{ratio}", flush=True)
            if options.json:
                print(json.dumps(results, indent=2))
        finally:
            for proxy in proxies:
                proxy.end()
            back.terminate()
            back.wait()


if __name__ == "__main__":
    main()
