#!/usr/bin/env python3
"""The real gateway and the real client: with ORIGIN frames (RFC 8336) `astray fetch --coalesce origin-frame` puts on one
connection what the frame names and nothing else, and without them nothing at all."""
import argparse
import contextlib
import http.server
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import free_ports  # noqa: E402 pylint: disable=wrong-import-position

CONFIGURATION = """listeners:
  https: {{address: "127.0.0.1:{port}", origin_frames: {frames}}}
virtual_hosts:
  shared: {{names: [a.test, b.test], certificates: [{{certificate: site.pem, key: site.key}}], routes: [{{backs: [app]}}]}}
  old: {{names: [c.test], protocols: [http/1.1], certificates: [{{certificate: site.pem, key: site.key}}], routes: [{{backs: [app]}}]}}
  wild: {{names: ["*.wild.test"], certificates: [{{certificate: site.pem, key: site.key}}], routes: [{{backs: [app]}}]}}
backs:
  app: {{addresses: ["127.0.0.1:{back}"]}}
operation: {{threads: 1, admin: off}}
"""
# Settings, and for each name asked after a.test: whether it shares that connection.
CASES = (
    ("{send: true}", {"b.test": True, "c.test": False, "x.wild.test": False}),
    ("{send: true, most: 2}", {"b.test": True}),
    ("{send: true, most: 1}", {"b.test": False}),
    ("{send: false}", {"b.test": False}),
)


class Back(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def make_certificate(folder):
    names = ",".join(f"DNS:{name}" for name in ("a.test", "b.test", "c.test", "*.wild.test"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-subj", "/CN=a.test", "-addext", f"subjectAltName={names}", "-keyout", folder / "site.key",
                    "-out", folder / "site.pem"], check=True, capture_output=True)
    (folder / "site.key").chmod(0o600)


@contextlib.contextmanager
def gateway(astray, folder, back, frames):
    """Gives its port."""
    port = free_ports.free_port()
    (folder / "gateway.yaml").write_text(CONFIGURATION.format(port=port, back=back, frames=frames))
    with subprocess.Popen([astray, "gateway", folder / "gateway.yaml"], stderr=subprocess.PIPE, text=True) as process:
        said = ""
        while "serving" not in said and (line := process.stderr.readline()):
            said += line
        try:
            if "serving" not in said:
                raise RuntimeError(said)
            yield port
        finally:
            process.terminate()
            process.communicate(timeout=30)


def fetch_after_a(astray, folder, port, name):
    """(statuses, events of the trace)"""
    done = subprocess.run(
        [astray, "fetch", "--coalesce", "origin-frame", "--trace=json", "--cacert", folder / "site.pem", "--resolve",
         f"*:{port}:127.0.0.1", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_code} %{conn_id}\\n",
         f"https://a.test:{port}/", f"https://{name}:{port}/"], capture_output=True, text=True, timeout=60, check=False)
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    return done.stdout.split("\n")[:2], events


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    astray = parser.parse_args().astray
    wrong = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Back)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="astray-origin-") as temporary:
        folder = pathlib.Path(temporary)
        make_certificate(folder)
        for frames, expected in CASES:
            with gateway(astray, folder, server.server_port, frames) as port:
                for name, shared in expected.items():
                    answers, events = fetch_after_a(astray, folder, port, name)
                    kinds = [event["event"] for event in events]
                    wanted = ["200 1", "200 1" if shared else "200 2"]
                    if answers != wanted:
                        wrong.append(f"{frames}, {name}: {answers} instead of {wanted}: {events}")
                    if ("coalesced" in kinds) != shared or "misdirected" in kinds:
                        wrong.append(f"{frames}, {name}: {kinds}")
                    told = "origin-set" in kinds
                    if told != ("send: true" in frames and not re.search(r"most: 1\b", frames)):
                        wrong.append(f"{frames}, {name}: an ORIGIN frame " + ("came" if told else "did not come"))
    server.shutdown()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
