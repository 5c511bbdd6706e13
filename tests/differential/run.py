#!/usr/bin/python3
"""Holds `astray predict` against the real server, cell by cell.

    tests/differential/run.py --astray BINARY --work FOLDER [CASE…]

A case is a folder below cases/: <server>-<slug>/ with the server's configuration (server.conf, where @DIR@, @MODULES@
and @PORT1@ … stand for what is known only at run time, and @PREAMBLE@ for preambles/<server>.conf) and `certificates` (one line each: `name.pem: NAME, NAME…`,
`CA name.pem`, or `copy.pem = name.pem`). Every virtual host answers with an X-Virtual-Host field that says its label.
Accepted differences stand in quirks.yaml with a sentence each; one that no longer happens fails the run.
"""
import argparse
import json
import os
import re
import shutil
import ssl
import subprocess
import sys

import yaml

import live_cell
import real_servers

HERE = os.path.dirname(os.path.abspath(__file__))


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
        path = os.path.join(folder, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "30", "-subj", subject, "-keyout", path + ".key", "-out", path + ".crt", *extra],
                       check=True, capture_output=True)
        with open(path, "wb") as both:
            for part in (".crt", ".key"):
                with open(path + part, "rb") as piece:
                    both.write(piece.read())


def certificate_names(folder):
    """DER of each generated certificate -> its set of names."""
    names = {}
    for entry in os.listdir(folder):
        if entry.endswith(".crt"):
            path = os.path.join(folder, entry)
            decoded = ssl._ssl._test_decode_cert(path)  # the standard library's own reader of subjectAltName
            with open(path, encoding="ascii") as pem:
                names[ssl.PEM_cert_to_DER_cert(pem.read())] = {n.lower() for _, n in decoded.get("subjectAltName", ())}
    return names


class Case:
    def __init__(self, name, folder, binaries):
        self.name = name
        self.kind = name.split("-")[0]
        self.binary = binaries[self.kind]
        self.folder = folder
        source = os.path.join(HERE, "cases", name)
        with open(os.path.join(source, "certificates"), encoding="utf-8") as listing:
            make_certificates(listing.read(), self.folder)
        with open(os.path.join(source, "server.conf"), encoding="utf-8") as text:
            config = text.read()
        with open(os.path.join(HERE, "preambles", self.kind + ".conf"), encoding="utf-8") as text:
            config = config.replace("@PREAMBLE@", text.read())
        self.ports = []
        for placeholder in sorted(set(re.findall(r"@PORT\d@", config))):
            self.ports.append(real_servers.free_port())
            config = config.replace(placeholder, str(self.ports[-1]))
        root = os.path.dirname(os.path.dirname(os.path.dirname(self.binary)))
        modules = {"nginx": "usr/lib/nginx/modules", "httpd": "usr/lib/apache2/modules"}[self.kind]
        config = config.replace("@DIR@", self.folder).replace("@MODULES@", os.path.join(root, modules))
        self.config = os.path.join(self.folder, "server.conf")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(config)
        os.makedirs(os.path.join(self.folder, "htdocs"))
        with open(os.path.join(self.folder, "htdocs", "index.html"), "w", encoding="ascii") as page:
            page.write("ok\n")

    def client_certificate(self, authority):
        """A PEM file with a certificate that the authority signed, and its key."""
        path, ca = (os.path.join(self.folder, name) for name in ("client-" + authority, authority))
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                        "/CN=client", "-keyout", path + ".key", "-out", path + ".csr"], check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", path + ".csr", "-CA", ca + ".crt", "-CAkey", ca + ".key", "-days", "30",
                        "-CAcreateserial", "-out", path + ".crt"], check=True, capture_output=True)
        with open(path, "wb") as both:
            for part in (".crt", ".key"):
                with open(path + part, "rb") as piece:
                    both.write(piece.read())
        return path

    def predictions(self, astray, version, extra):
        command = [astray, "predict", self.config, "--server", f"{self.kind}@{version}", "--format", "jsonl", *extra]
        output = subprocess.run(command, capture_output=True, text=True, check=False)
        if output.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} exited with {output.returncode}:\n{output.stderr}")
        return [json.loads(line) for line in output.stdout.splitlines()]


def differences(cell, live, names):
    """What the prediction says and the server does not: a list of "field: predicted X, was Y"."""
    if cell["outcome"] == "unknowable" or cell["handshake"] == "unknowable":
        return ["unknowable"]
    found = []

    def compare(field, predicted, was):
        if predicted != was:
            found.append(f"{field}: predicted {predicted}, was {was}")

    compare("handshake", cell["handshake"], live["handshake"])
    if found or live["handshake"] != "ok":
        return found
    compare("certificate", {n.lower() for n in cell["certificate"]}, names.get(live["fingerprint"], "unknown"))
    compare("protocol", cell["protocol"], live["protocol"])
    if cell["outcome"] == "reject":
        compare("status", cell["status"], live["status"])
    elif cell["status"]:
        compare("status", cell["status"], live["status"])
    else:
        compare("status", 200, live["status"])
        compare("virtual_host", cell["virtual_host"], live["virtual_host"])
    return found


# Spellings that stand in no configuration. `*` is replaced by each case's first name.
ODD_HOSTS = ["*", "*.", "UPPER(*)", "*:443", "*:99", "*:", "127.0.0.1", "[::1]", "[::1]:443", "", "none", "..", "a..b.test",
             "under_score.test", "*/x", "*%20", "user@*", "bad port.test:x", "*..", ".*"]
ODD_SNIS = ["none", "*", "UPPER(*)", "unknown.invalid"]


def spelled(patterns, name):
    return [name.upper() if p == "UPPER(*)" else p.replace("*", name) for p in patterns]


def passes(case):
    """The argument lists of the predictions that a case is held to, each with the client's certificate or None."""
    yield [], None
    with open(case.config, encoding="utf-8") as text:
        config = text.read()
    first = re.search(r"(?:server_name|ServerName)\s+([a-z0-9][a-z0-9.]*)[;:\s]", config[config.find("listen" if case.kind == "nginx" else "<Virt"):]).group(1)
    odd = []
    for sni in spelled(ODD_SNIS, first):
        odd += ["--sni", sni]
    for host in spelled(ODD_HOSTS, first):
        odd += ["--host", host]
    yield odd, None
    for entry in sorted(os.listdir(case.folder)):
        if re.fullmatch(r"ca\d*\.pem", entry):
            path = os.path.join(case.folder, entry)
            yield ["--client-cert", path], case.client_certificate(entry)


def describe(cell):
    return f'sni={cell["sni"]} host={cell["host"]!r} alpn={cell["alpn"]}'


def run_case(case, options, version, quirks):
    """(cells, agreements, quirks met, lines to complain about)"""
    cells = [(cell, holding) for arguments, holding in passes(case)
             for cell in case.predictions(options.astray, version, arguments)]
    names = certificate_names(case.folder)
    agreed, met, complaints = 0, {}, []
    with real_servers.RunningServer(case.kind, case.binary, case.config, case.folder, case.ports):
        for cell, holding in cells:
            port = int(cell["address"].rsplit(":", 1)[1])
            live = live_cell.ask(port, cell["sni"], cell["host"], cell["alpn"], holding)
            found = differences(cell, live, names)
            if not found:
                agreed += 1
                continue
            quirk = next((q for q in quirks if re.fullmatch(q["case"], case.name) and re.search(q["cell"], describe(cell))
                          and re.search(q["difference"], "; ".join(found))), None)
            if quirk:
                met[quirk["id"]] = met.get(quirk["id"], 0) + 1
            else:
                complaints.append(f"{case.name}: {describe(cell)}{' with client certificate' if holding else ''}: {'; '.join(found)}")
    return len(cells), agreed, met, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--work", required=True, help="folder for unpacked servers")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    options.work = os.path.abspath(options.work)
    with open(os.path.join(HERE, "quirks.yaml"), encoding="utf-8") as text:
        quirks = yaml.safe_load(text) or []
    every = sorted(os.listdir(os.path.join(HERE, "cases")))
    chosen = options.cases or every
    kinds = {name.split("-")[0] for name in chosen}
    binaries = {kind: real_servers.unpack(kind, os.path.join(options.work, "servers")) for kind in kinds}
    versions = {kind: real_servers.version(kind, binary) for kind, binary in binaries.items()}
    totals, all_met, failed = {}, {}, False
    for name in chosen:
        with real_servers.served_folder() as folder:
            case = Case(name, folder, binaries)
            count, agreed, met, complaints = run_case(case, options, versions[case.kind], quirks)
        server = f"{case.kind} {versions[case.kind]}"
        row = totals.setdefault(server, [0, 0, 0])
        row[0] += count
        row[1] += agreed
        row[2] += sum(met.values())
        for key, times in met.items():
            all_met[key] = all_met.get(key, 0) + times
        if count == 0:
            complaints.append(f"{name}: no cell was predicted")
        print(f"{name}: {count} cells, {agreed} agree, {sum(met.values())} quirks, {len(complaints)} differ")
        for line in complaints[:20]:
            print("  " + line)
        failed = failed or bool(complaints)
    if not options.cases:
        for quirk in quirks:
            if quirk["id"] not in all_met:
                print(f"quirk {quirk['id']} did not happen: remove it from quirks.yaml")
                failed = True
    for server, (count, agreed, met) in totals.items():
        print(f"{server}: {count} cells, {agreed} agree, {met} accepted quirks")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
