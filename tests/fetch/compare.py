#!/usr/bin/python3
"""Runs ordinary uses with Debian's curl and with `astray fetch`, and holds bodies, written files, -w and exit status against each other."""
import argparse
import concurrent.futures
import contextlib
import itertools
import os
import re
import socket
import subprocess
import sys
import tempfile

import application
import servers
from uses import USES, VARIABLES

MARK = "@@"


def write_out(names):
    return "%{stderr}" + MARK + "".join(f" {name}=<%{{{name}}}>" for name in names) + r"\n"


class Lab:
    """Servers, certificates, and what the words of a use stand for."""

    def __init__(self, stack, folder):
        app = application.Application()
        servers.make_certificates(folder, {"site": ["a.test", "b.test"], "wrong": ["c.test"]})
        with open(os.path.join(folder, "one.txt"), "w", encoding="ascii") as file:
            file.write("line one\nline two\n")
        with open(os.path.join(folder, "two.bin"), "wb") as file:
            file.write(bytes(range(256)) * 1200)
        listen = lambda *words, **more: stack.enter_context(servers.Listener(*words, **more))
        clear = listen(servers.serve_http1(app))
        ipv6 = listen(servers.serve_http1(app), family=socket.AF_INET6)
        h2c = listen(servers.serve_http2(app))
        tls = listen(servers.serve_by_alpn(app), servers.context(folder, "site", ["h2", "http/1.1"]))
        wrong = listen(servers.serve_by_alpn(app), servers.context(folder, "wrong", ["h2", "http/1.1"]))
        proxy = listen(servers.Proxy(refuses=("refused.test:443",)).serve)
        no_tls = listen(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n") or connection.recv(9999))
        refused = socket.socket()
        refused.bind(("127.0.0.1", 0))
        stack.callback(refused.close)
        self.folder = folder
        self.pins = [word for port in (tls.port, wrong.port) for name in ("a.test", "b.test")
                     for word in ("--resolve", f"{name}:{port}:127.0.0.1")]
        self.means = {
            "clear": f"http://127.0.0.1:{clear.port}", "clear_port": clear.port, "clear_user": f"http://user:pass%20word@127.0.0.1:{clear.port}",
            "tls": f"https://a.test:{tls.port}", "tls_port": tls.port, "other": f"https://b.test:{tls.port}",
            "wrong": f"https://a.test:{wrong.port}", "ipv6": f"http://[::1]:{ipv6.port}", "h2c": f"http://127.0.0.1:{h2c.port}",
            "no_tls_port": no_tls.port, "proxy": f"http://127.0.0.1:{proxy.port}", "refused": f"http://127.0.0.1:{refused.getsockname()[1]}", "folder": folder,
        }


class Runner:
    def __init__(self, lab, curl, astray):
        self.lab = lab
        self.commands = {"curl": [curl, "--disable"], "astray": [os.path.abspath(astray), "fetch"]}
        self.counter = itertools.count()

    def run(self, who, use, version):
        means = {**self.lab.means, "run": f"{who}-{next(self.counter)}"}
        words = [word.format(**means).replace("␣", " ") for word in use.words.split(" ")]
        words += [version] if version else []
        if "--cacert" not in words:
            words += ["--cacert", os.path.join(self.lab.folder, "authority.pem")]
        names = [name for name in VARIABLES if name not in use.differs]
        command = [*self.commands[who], "-s", *self.lab.pins, "-w", write_out(names), *words]
        environment = {"PATH": os.environ["PATH"], "HOME": self.lab.folder,
                       **{key: os.environ[key] for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ},
                       **{key: value.format(**means) for key, value in use.environment.items()}}
        with tempfile.TemporaryDirectory(prefix="astray-fetch-") as folder:
            done = subprocess.run(command, cwd=folder, env=environment, input=use.stdin or b"", capture_output=True, timeout=60, check=False)
            files = {}
            for place, _, entries in os.walk(folder):
                for entry in entries:
                    path = os.path.join(place, entry)
                    with open(path, "rb") as file:
                        files[os.path.relpath(path, folder)] = file.read()
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith(MARK)]
        rest = [line for line in done.stderr.decode(errors="replace").splitlines() if not line.startswith(MARK)]
        return {"status": done.returncode, "body": done.stdout, "files": files, "said": said, "rest": rest}


def fields(lines):
    return [dict(re.findall(r"(\w+)=<([^>]*)>", line)) for line in lines]


def short(value):
    text = repr(value)
    return text if len(text) < 300 else f"{text[:140]} … {text[-140:]} ({len(text)})"


def check(runner, use, version):
    curl, astray = runner.run("curl", use, version), runner.run("astray", use, version)
    wrong = []
    if (curl["status"] == 0) != (astray["status"] == 0) or astray["status"] not in (0, 1, 2):
        wrong.append(f"exit status {astray['status']}, curl's is {curl['status']}; {astray['rest']}")
    if curl["body"] != astray["body"]:
        wrong.append(f"standard output is {short(astray['body'])}, curl's is {short(curl['body'])}")
    for name in sorted({*curl["files"], *astray["files"]}):
        ours, theirs = astray["files"].get(name), curl["files"].get(name)
        if ours != theirs:
            wrong.append(f"{name} is {short(ours)}, curl's is {short(theirs)}")
    ours, theirs = fields(astray["said"]), fields(curl["said"])
    if len(ours) != len(theirs):
        wrong.append(f"-w wrote {len(ours)} lines, curl {len(theirs)}: {astray['rest']}")
    for at, (one, other) in enumerate(zip(ours, theirs)):
        for name in one:
            # curl 7 writes "HTTPS", and nothing where it has not connected; later ones write "https".
            if name == "scheme" and other.get(name, "").lower() in ("", one[name]):
                continue
            if one[name] != other.get(name):
                wrong.append(f"%{{{name}}} of URL {at + 1} is {one[name]!r}, curl's is {other.get(name)!r}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--curl", default="/usr/bin/curl")
    parser.add_argument("--only", default="", help="a regular expression over the uses' names")
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--table", action="store_true", help="print each use with its outcome")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="astray-fetch-lab-"))
        runner = Runner(Lab(stack, folder), arguments.curl, arguments.astray)
        jobs = [(use, version) for use in USES if re.search(arguments.only, use.name) for version in use.versions or ("",)]
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            outcomes = list(pool.map(lambda job: check(runner, *job), jobs))
    bad = 0
    for (use, version), wrong in zip(jobs, outcomes):
        bad += bool(wrong)
        if arguments.table:
            print(f"{'differs' if wrong else 'same':8} {use.name} {version}".rstrip())
        for line in wrong:
            print(f"{use.name} {version}: {line}".replace(" :", ":"))
    print(f"{len({use.name for use, _ in jobs})} uses in {len(jobs)} runs, {bad} unlike curl")
    return 1 if bad or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
