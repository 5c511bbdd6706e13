#!/usr/bin/env python3
"""Agents of one region share its nodes over the real nats-server of Debian: every cell is asked once a round, by one of two; what
they see of pairs is judged by the watcher that compares; one is killed, and within two rounds the other asks all."""
import gzip
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time

from player import RunningProcess, arguments, check, folder, free_port, unpack, wait_for

NAMES = ("a.example", "b.example")
NODES = ("127.0.0.1", "127.0.0.2")
INTERVAL = 3  # seconds


class Site(http.server.ThreadingHTTPServer):
    """Both names at one address, each with a page of its own. `by_sni`: a request gets the page of the connection's name."""
    daemon_threads = True
    by_sni = False

    def __init__(self, address, context):
        super().__init__(address, Page)
        self.context = context
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        try:
            super().finish_request(self.context.wrap_socket(request, server_side=True), client_address)
        except OSError:
            pass  # a handshake that was broken off

    def handle_error(self, *_):
        pass


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = (self.headers["Host"] or "").split(":")[0]
        if self.server.by_sni:
            name = getattr(self.connection, "asked", None) or name
        body = f"This is {name.lower().rstrip('.')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Reports:
    """What agents publish, heard as any client of NATS hears it: by (agent's store, beginning of the round) its questions."""

    def __init__(self, port):
        self.rounds = {}
        self.twice = []
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB astray.answers.eu 1\r\nPING\r\n')
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self):
        stream = self.connection.makefile("rb")
        for line in stream:
            words = line.split()
            if words[:1] == [b"PING"]:
                self.connection.sendall(b"PONG\r\n")
            if words[:1] != [b"MSG"]:
                continue
            payload = stream.read(int(words[-1]) + 2)[:-2]
            self._take(json.loads(gzip.decompress(payload)))

    def _take(self, report):
        questions = self.rounds.setdefault((report["watcher"], report["began"]), set())
        for answer in report["answers"]:
            question = tuple(answer[member] for member in ("node", "sni", "authority", "alpn", "connection", "client_certificate"))
            if question in questions:
                self.twice.append(question)
            questions.add(question)

    def of(self, agent):
        """Its rounds in their order, without the last, which may not be reported to its end."""
        return [questions for (watcher, _), questions in sorted(self.rounds.copy().items()) if watcher == agent][:-1]

    def agents(self):
        return sorted({watcher for watcher, _ in self.rounds.copy()})

    def after(self, agent, second):
        """Rounds that began later."""
        rounds = sorted(self.rounds.copy().items())
        return [questions for (watcher, began), questions in rounds if watcher == agent and began > second]


class Watch:
    """A process of astray watch; with `words` --agent one of the agents."""

    def __init__(self, astray, path, name, settings, *words):
        self.notes, self.events = [], []
        file = os.path.join(path, f"{name}.yaml")
        with open(file, "w", encoding="ascii") as out:
            json.dump({**settings, "store": {"path": f"{name}.db"}, "nats": {**settings["nats"], "agent": name}}, out)
        self.process = subprocess.Popen([astray, "watch", "-c", file, "--format", "jsonl", *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        for stream, kept in ((self.process.stdout, self.events), (self.process.stderr, self.notes)):
            threading.Thread(target=kept.extend, args=(stream,), daemon=True).start()

    def told(self, kind):
        """The nodes of each such problem that was told."""
        problems = [json.loads(line)["problem"] for line in self.events.copy()]
        return [set(problem["nodes"]) for problem in problems if problem["kind"] == kind]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def certificate(path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj",
                    "/CN=site", "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in NAMES), "-keyout", f"{path}/key.pem",
                    "-out", f"{path}/certificate.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{path}/certificate.pem", f"{path}/key.pem")

    def note(connection, name, _):
        connection.asked = name

    context.sni_callback = note
    return context


def are_shared(reports, agents, whole):
    """Whether each agent's last two rounds are one part of the whole, and the other's are the rest."""
    lasts = [reports.of(agent)[-2:] for agent in agents]
    if any(len(last) < 2 or last[0] != last[1] for last in lasts):
        return False
    return lasts[0][0] | lasts[1][0] == whole and not lasts[0][0] & lasts[1][0]


def judged_by_who_compares(astray, path, settings, site, agents):
    """A fault that shows in pairs alone, and so in no agent's own words."""
    compares = {**settings, "nats": {"url": settings["nats"]["url"]}}
    node = f"{site.server_address[0]}:{site.server_address[1]}"
    with Watch(astray, path, "hub", compares) as hub:
        site.by_sni = True
        wait_for(lambda: any(f"eu {node}" in nodes for nodes in hub.told("misdirected")), 60, f"the region's node is told: {hub.events}")
        site.by_sni = False
    check(not any(agent.events for agent in agents), "an agent tells of problems itself")


def main():
    options = arguments()
    binary = unpack("nats", options.work)
    with folder() as path:
        context = certificate(path)
        port, site_port = free_port(), free_port()
        sites = [Site((address, site_port), context) for address in NODES]
        settings = {"targets": [f"https://{name}:{site_port}" for name in NAMES], "nodes": list(NODES),
                    "questions": {"authorities": "certificate.pem"}, "page": "off",
                    "pace": {"interval": f"{INTERVAL}s", "jitter": "0%", "connections_per_second": 0},
                    "nats": {"url": f"nats://127.0.0.1:{port}", "region": "eu"}}
        command = [binary, "--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir", os.path.join(path, "jetstream")]
        with RunningProcess(command, path, [port], {"PATH": "/usr/bin:/bin", "HOME": path}):
            reports = Reports(port)
            with Watch(options.astray, path, "one", settings, "--agent") as one:
                wait_for(lambda: len(reports.agents()) == 1 and reports.of(reports.agents()[0]), 60, f"a round of one agent: {one.notes}")
                first = reports.agents()[0]
                whole = reports.of(first)[0]
                check({question[0] for question in whole} == {f"{node}:{site_port}" for node in NODES}, f"not both nodes: {whole}")
                pairs = [question for question in whole if question[1] and question[2] in NAMES and question[1] != question[2]]
                check(pairs, "an agent reports pairs too: nobody else judges them")
                with Watch(options.astray, path, "two", settings, "--agent") as two:
                    wait_for(lambda: len(reports.agents()) == 2, 60, f"a round of the other agent: {two.notes}")
                    second = next(agent for agent in reports.agents() if agent != first)
                    wait_for(lambda: are_shared(reports, (first, second), whole), 20 * INTERVAL, "each cell is asked once a round")
                    shares = {agent: reports.of(agent)[-1] for agent in (first, second)}
                    check(all(shares.values()), "one agent asks all, and the other nothing")
                    begun = {agent: len(reports.of(agent)) for agent in shares}
                    wait_for(lambda: all(len(reports.of(agent)) >= begun[agent] + 3 for agent in shares), 30 * INTERVAL, "three more rounds")
                    for agent, share in shares.items():
                        check(all(questions == share for questions in reports.of(agent)[begun[agent]:]), "shares stay what they are")
                    judged_by_who_compares(options.astray, path, settings, sites[1], (one, two))
                    one.process.kill()
                    killed = int(time.time())
                    wait_for(lambda: len(reports.after(second, killed)) >= 3, 30 * INTERVAL, "rounds after the other's death")
                    check(reports.after(second, killed)[1] == whole, "the second round after an agent's death does not ask all")
            check(not reports.twice, f"asked twice in one round: {reports.twice[:3]}")
        for site in sites:
            site.shutdown()
    print(f"{len(whole)} cells of 2 nodes: {len(shares[first])} asked by the one agent, {len(shares[second])} by the other, "
          "all of them by the one that was left")


if __name__ == "__main__":
    main()
