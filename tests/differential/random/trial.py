"""One configuration: predicted, served by the real server, asked, compared."""
import glob
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field

import asking
from configuration_tree import WRITERS

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import generator_haproxy  # noqa: E402
import generator_httpd  # noqa: E402
import generator_nginx  # noqa: E402
import real_servers  # noqa: E402

GENERATORS = {"nginx": generator_nginx, "httpd": generator_httpd, "haproxy": generator_haproxy}
AUTHORITIES = ["ca1.pem", "ca2.pem", "ca3.pem"]

ODD_HOSTS = ["{}.", "{upper}", "{}:443", "{}:99", "{}:", "127.0.0.1", "127.0.0.1:443", "[::1]", "[::1]:443", "", "none", "..", "a..b.test",
             "under_score.test", "{}/x", "{}%20", "user@{}", "bad port.test:x", "{}..", ".{}", "*.{}", "-{}", "{}:443.", "[::1", "[zz]",
             "{}:99999", "{}:0x50", "1.2.3", "{}\\", "\xe4.test", ".", ":", ":443", "{},b.test", "[::1].", "0127.0.0.1", "{}:-1", "123", "{}:443:443"]
ODD_SNIS = ["none", "{}", "{upper}", "unknown.invalid", "{}.", "under_score.a.test", "x.{}", "-a.test", "1.2.3"]


@dataclass
class Difference:
    cell: dict  # None: astray refused the whole configuration
    holding: str  # the authority of the client's certificate, or None
    how: str  # "fresh" or "reused"
    text: str
    kinds: tuple


@dataclass
class Outcome:
    refusal: str = None  # what the server said when it would not start
    cells: int = 0
    connections: int = 0
    remembered: int = 0  # cells that an earlier request on the same connection had changed, and a fresh one agreed with
    differences: list = field(default_factory=list)


class Refused(Exception):
    pass


class Predictions(list):
    error = ""


def free_ports(count):
    """Free on every address at once."""
    held, ports = [], []
    try:
        while len(ports) < count:
            six = socket.socket(socket.AF_INET6)
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            held.append(six)
            six.bind(("::", 0))
            ports.append(six.getsockname()[1])
    finally:
        for one in held:
            one.close()
    return ports


class Server:
    """The real server in the foreground, as one process; ended by its own process id."""

    def __init__(self, kind, binary, folder, options, addresses):
        config = os.path.join(folder, "server.conf")
        if kind == "nginx":
            command = [binary, "-p", folder, "-c", config, "-e", os.path.join(folder, "error.log")]
        elif kind == "haproxy":
            command = [binary, "-db", "-f", config]
        else:
            command = [binary, "-X", "-d", folder, "-f", config, *options]
        self.kind = kind
        self.log = os.path.join(folder, "server.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            self._wait_until_up(addresses)
        except BaseException:
            self.stop()
            raise

    def _wait_until_up(self, addresses, seconds=10):
        deadline = time.monotonic() + seconds
        # HAProxy listens at one address after the other.
        up = all if self.kind == "haproxy" else any
        while not up(self._answers(address) for address in addresses):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Refused(self._told())
            time.sleep(0.005)

    def _answers(self, address):
        # httpd listens before it has read its certificates: only an answer tells that it is up. HAProxy listens once it
        # has read all, and closes a connection that speaks no TLS without a word.
        try:
            with socket.create_connection(address, timeout=5) as probe:
                if self.kind == "haproxy":
                    return True
                probe.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return bool(probe.recv(1))
        except OSError:
            return False

    def _told(self):
        text = ""
        for name in (self.log, os.path.join(os.path.dirname(self.log), "error.log")):
            if os.path.exists(name):
                with open(name, encoding="utf-8", errors="replace") as log:
                    text += log.read()
        return text[-2000:]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def spelled(pattern, name):
    return pattern.replace("{upper}", name.upper()).replace("{}", name)


def show_address(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Bench:
    """What all trials of one server share."""

    def __init__(self, kind, binary, version, astray, credentials):
        self.kind, self.binary, self.version = kind, binary, version
        self.astray, self.credentials = astray, credentials
        self.contexts = asking.Contexts()
        modules = {"nginx": "usr/lib/nginx/modules", "httpd": "usr/lib/apache2/modules", "haproxy": ""}[kind]
        self.modules = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(binary))), modules)

    def try_out(self, configuration, rng, most_connections):
        """Every cell of several matrices: the configuration's own names, odd spellings, client certificates."""
        with Trial(self, configuration) as trial:
            return trial.run(trial.passes(rng), rng, most_connections)

    def still_differs(self, configuration, difference):
        """Whether the one cell still differs in the same way."""
        with Trial(self, configuration) as trial:
            return trial.repeats(difference)


class Trial:
    def __init__(self, bench, configuration):
        self.bench = bench
        self.configuration = configuration
        self.labels = GENERATORS[bench.kind].labels(configuration.root)
        self._folder = real_servers.served_folder()

    def __enter__(self):
        self.folder = self._folder.__enter__()
        self.ports = dict(zip(("@PORT1@", "@PORT2@", "@PORT3@"), free_ports(3)))
        self._write()
        return self

    def __exit__(self, *error):
        self._folder.__exit__(*error)

    def _write(self):
        values = {"@DIR@": self.folder, "@CREDENTIALS@": self.bench.credentials.folder, "@MODULES@": self.bench.modules,
                  **{name: str(port) for name, port in self.ports.items()}}
        writer = WRITERS[self.bench.kind]().write(self.configuration.root)
        self.owners = {}
        for (path, line), host in writer.owners.items():
            self.owners[self._local(path), line] = host
        for path, lines in writer.files.items():
            text = "\n".join(lines) + "\n"
            for name, value in values.items():
                text = text.replace(name, value)
            target = os.path.join(self.folder, self._local(path))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8") as out:
                out.write(text)
        os.makedirs(os.path.join(self.folder, "htdocs"))
        for page in ("index.html", "page.html"):
            with open(os.path.join(self.folder, "htdocs", page), "w", encoding="ascii") as out:
                out.write("ok\n")

    @staticmethod
    def _local(path):
        return os.path.normpath(path.replace("@DIR@/", "").replace("*", "1"))

    # What is asked

    def passes(self, rng):
        """(arguments of the prediction, authority of the client's certificate), each a matrix of cells."""
        texts = []
        for path in glob.glob(os.path.join(self.folder, "**", "*"), recursive=True):
            if os.path.isfile(path) and "htdocs" not in path:
                with open(path, encoding="utf-8") as text:
                    texts.append(text.read())
        names = [n for n in ("a.test", "b.test", "c.test", "www.a.test") if any(n in text for text in texts)] or ["a.test"]
        alpn = rng.sample(["none", "h1", "h2", "h2", "h2-only"], 2)
        if set(alpn) == {"none"}:
            alpn.append("h2")
        plain = self._alpn(alpn)
        yield plain, None
        extra = []
        for sni in rng.sample(ODD_SNIS, 3):
            extra += ["--sni", spelled(sni, rng.choice(names))]
        for host in rng.sample(ODD_HOSTS, 7):
            extra += ["--host", spelled(host, rng.choice(names))]
        yield self._alpn([rng.choice(["h1", "none"]), "h2"]) + extra, None
        if any("erify" in text for text in texts):
            for authority in rng.sample(AUTHORITIES, 2):
                yield self._alpn([rng.choice(["h1", "h2", "h2"])]), authority

    @staticmethod
    def _alpn(offers):
        return [word for offer in offers for word in ("--alpn", offer)]

    def _predict(self, arguments, holding, clients=None):
        command = [self.bench.astray, "predict", "server.conf", "--server", f"{self.bench.kind}@{self.bench.version}",
                   "--format", "jsonl", *arguments]
        for option, define in zip(self.configuration.options[::2], self.configuration.options[1::2]):
            command += ["--define", define] if option == "-D" else []
        for address, port in clients or self.configuration.clients:
            command += ["--address", show_address(address, self.ports[port])]
        if holding:
            command += ["--client-cert", self.bench.credentials.path(holding)]
        output = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        found = Predictions(json.loads(line) for line in output.stdout.splitlines())
        asked = {show_address(address, self.ports[port]): show_address(address, port) for address, port in self.configuration.clients}
        for cell in found:
            cell["client"] = asked[cell["address"]]
        if output.returncode != 0:
            found.error = f"exit {output.returncode}: " + output.stderr.replace(self.folder, "@DIR@").strip()
        return found

    # How it is compared

    def run(self, passes, rng, most_connections):
        outcome = Outcome()
        groups = {}
        for arguments, holding in passes:
            predicted = self._predict(arguments, holding)
            if predicted.error and not any(d.cell is None for d in outcome.differences):
                outcome.differences.append(Difference(None, holding, "", "astray: " + predicted.error, ("refusal",)))
            for cell in predicted:
                groups.setdefault((cell["address"], cell["sni"], cell["alpn"], holding), {})[cell["host"]] = cell
        self.in_clear = {address for address in {key[0] for key in groups}
                         if all(key[1] is None and key[2] == "none" for key in groups if key[0] == address)}
        for (address, *_), cells in groups.items():
            for cell in cells.values():
                cell["in_clear"] = address in self.in_clear
        order = list(groups.items())
        rng.shuffle(order)
        try:
            with self._serve():
                for key, cells in order[:most_connections]:
                    self._hold(key, list(cells.values()), rng, outcome)
        except Refused as refusal:
            outcome.refusal = str(refusal).replace(self.folder, "@DIR@")
        return outcome

    def _serve(self):
        addresses = [(address, self.ports[port]) for address, port in self.configuration.clients]
        return Server(self.bench.kind, self.bench.binary, self.folder, self.configuration.options, addresses)

    def _hold(self, key, cells, rng, outcome):
        outcome.connections += 1
        rng.shuffle(cells)
        if cells[0]["handshake"] == "rejected":
            cells = cells[:1]  # without a connection, one Host is as good as another
        one_more = [rng.choice(cells)] if len(cells) > 1 else []
        live = self._ask_together(key, [cell["host"] for cell in cells])
        for cell in cells:
            self._compare(cell, live[cell["host"]], key, "reused", outcome)
        for cell in one_more:
            self._compare(cell, self._ask_fresh(key, cell["host"]), key, "fresh", outcome)

    def _compare(self, cell, live, key, how, outcome):
        outcome.cells += 1
        found = self._differences(cell, live)
        if found and how == "reused":
            # What an earlier request did to the connection is no part of the prediction.
            again = self._differences(cell, self._ask_fresh(key, cell["host"]))
            if again:
                found, how = again, "fresh"
            elif self._may_remember(live):
                outcome.remembered += 1
                return
        if found:
            text = "; ".join(f"{kind}: predicted {predicted}, was {was}" for kind, predicted, was in found)
            outcome.differences.append(Difference(cell, key[3], how, text, tuple(kind for kind, *_ in found)))

    def _may_remember(self, live):
        """httpd's connections remember a renegotiation under TLS 1.2, and the SSLVerifyDepth of the last request."""
        depths = any(d.name.lower() == "sslverifydepth" for d in self.configuration.root.walk())
        return self.bench.kind == "httpd" and (live.get("version") == "TLSv1.2" or depths)

    def _connect(self, key):
        address, sni, alpn, holding = key
        host, _, port = address.rpartition(":")
        context = None
        if address not in self.in_clear:
            context = self.bench.contexts.get(alpn, self.bench.credentials.client(holding) if holding else None)
        return asking.Connection(host.strip("[]"), int(port), context, sni)

    def _ask_fresh(self, key, host):
        return self._ask_together(key, [host])[host]

    def _ask_together(self, key, hosts):
        """Over as few connections as the server lets be."""
        live = {}
        waiting = list(hosts)
        while waiting:
            base = {"handshake": "silence", "alert": None, "version": None}
            try:
                with self._connect(key) as connection:
                    base = {"handshake": "cleartext" if connection.certificate is None else "ok", "version": connection.version,
                            "certificate": connection.certificate, "protocol": connection.protocol, "alert": None}
                    for host, status, virtual_host in connection.ask(waiting):
                        live[host] = dict(base, status=status, virtual_host=virtual_host)
                        waiting = [w for w in waiting if w != host]
                        if not connection.is_open:
                            break
            except asking.NoAnswer as end:
                if end.in_handshake:
                    return {host: {"handshake": "rejected", "alert": end.alert} for host in hosts}
                # Under TLS 1.3 a client learns only now that its certificate was refused.
                live[waiting[0]] = dict(base, closed=True, alert=end.alert, status=None, virtual_host=None)
                waiting = waiting[1:]
                if end.alert:
                    return {host: live.get(host, dict(base, closed=True, alert=end.alert, status=None, virtual_host=None))
                            for host in hosts}
            except (TimeoutError, socket.timeout):
                # nginx may leave a stream of HTTP/2 open that it never answers.
                live[waiting[0]] = dict(base, status=None, virtual_host=None)
                waiting = waiting[1:]
            except OSError as error:
                return {host: {"handshake": error.strerror, "alert": None} for host in hosts}
        return live

    def _differences(self, cell, live):
        """[(what, predicted, was)]"""
        found = []

        def compare(what, predicted, was):
            if predicted != was:
                found.append((what, predicted, was))

        if "unknowable" in (cell["handshake"], cell["outcome"]):
            return [] if self.configuration.unknowable else [("unknowable", "unknowable", f"{live['handshake']}, status {live.get('status')}")]
        if cell["handshake"] == "rejected":
            if live["handshake"] == "rejected" or live.get("closed"):
                # Which alert OpenSSL sends where nothing is common depends on versions and ciphers together.
                if cell["alert"] and live["alert"] and cell["reason"] != "no-common-protocol":
                    compare("alert", cell["alert"], live["alert"])
                return found
            return [("handshake", f"rejected ({cell['alert']})", f"{live['handshake']}, status {live.get('status')}")]
        if live["handshake"] != cell["handshake"]:
            return [("handshake", cell["handshake"], f"{live['handshake']} ({live['alert']})")]
        if live["handshake"] == "ok":
            names = self.bench.credentials.names.get(live["certificate"], "another certificate")
            compare("certificate", sorted(cell["certificate"] or []), sorted(names))
        compare("protocol", cell["protocol"], live["protocol"])
        if cell["outcome"] == "reject":
            compare("status", cell["status"], live["status"])
            if cell["reason"] not in ("own-name", "unowned", "coalesced", "default-virtual-host"):
                return found  # refused before a virtual host had the request
        else:
            compare("status", cell["status"] or 200, live["status"])
        if live["status"] is not None and not any(kind == "status" for kind, *_ in found):
            self._compare_virtual_host(cell, live, compare)
        return found

    def _compare_virtual_host(self, cell, live, compare):
        host = live["virtual_host"]
        if host is None and cell["virtual_host"] in getattr(GENERATORS[self.bench.kind], "SILENT", ()):
            return  # it answers by itself, and says no name
        label = self.labels.get(host)
        compare("virtual host", cell["virtual_host"], label if label is not None else host)
        source = cell.get("source") or {}
        owner = self.owners.get((os.path.normpath(source.get("file", "")), source.get("line")))
        if owner is not None and self.labels.get(owner) == label:
            compare("virtual host", owner, host)

    def repeats(self, difference):
        try:
            if difference.cell is None:
                predicted = self._predict([], None)
                if not predicted.error:
                    return False
                with self._serve():
                    return predicted.error.partition("\n")[0].split(":")[-1] == difference.text.partition("\n")[0].split(":")[-1]
            return self._repeats_cell(difference)
        except (Refused, OSError, asking.NoAnswer):
            return False

    def _repeats_cell(self, difference):
        cell, holding = difference.cell, difference.holding
        client = next(c for c in self.configuration.clients if show_address(c[0], c[1]) == cell["client"])
        arguments = ["--alpn", "h1"] if cell["alpn"] == "none" and cell["sni"] is None else ["--alpn", cell["alpn"]]
        arguments += ["--sni", "none" if cell["sni"] is None else cell["sni"], "--host", "none" if cell["host"] is None else cell["host"]]
        predicted = self._predict(self._alpn([cell["alpn"]]) + arguments[2:], holding, [client])
        if len(predicted) != 1:
            return False
        address = show_address(client[0], self.ports[client[1]])
        self.in_clear = {address} if cell["in_clear"] else set()
        addresses = [(client[0], self.ports[client[1]])]
        with Server(self.bench.kind, self.bench.binary, self.folder, self.configuration.options, addresses):
            live = self._ask_fresh((address, cell["sni"], cell["alpn"], holding), cell["host"])
        is_same_prediction = all(predicted[0][key] == cell[key] for key in ("handshake", "outcome", "status", "reason"))
        return is_same_prediction and tuple(kind for kind, *_ in self._differences(predicted[0], live)) == difference.kinds
