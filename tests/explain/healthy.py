#!/usr/bin/python3
"""Thirty logs of real servers on which nothing was misdirected: `astray explain` must say so of each, and read every line of it.

Each server is asked what servers are asked all day: names that share a connection and may, requests without SNI, in clear, over
HTTP/1.0; what is not there, not allowed, moved or broken; paths, agents and referers with 421 in them; connections without a request,
and bytes that are none. healthy/<kind>/ has the configurations; what each server writes is in LOGS.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys

from live_logs import explain, options_of, report_all, unpacked, until_written
from scenario import HERE, PATIENCE, in_place, live_cell, real_servers

AGENT = "421 Misdirected Request/1.0"
# kind: file -> the options that it needs ("config": the server's configuration has its format).
LOGS = {
    "nginx": {"combined.log": [], "told.json": [], "own.json": [], "nested.json": "config", "names.log": "config", "few.log": "config",
              "error.log": [], "combined.log.gz": [], "told.json.gz": []},
    "httpd": {"common.log": [], "combined.log": [], "vhost.log": [], "names.log": "config", "object.json": "config", "error.log": [],
              "combined.log.gz": []},
    "haproxy": {"httpslog.log": [], "httplog.log": [], "names.log": "config", "object.log": "config"},
    "caddy": {"access.json": [], "everything.json": [], "access.json.gz": []},
    "h2o": {"combined.log": [], "names.log": ["--log-format", "%h %{remote}p %t host=%V vhost=%v \"%r\" %s %{connection-id}x"],
            "object.json": []},
    "trafficserver": {"var/log/names.log": "config", "var/log/squid-own.log": [], "var/log/common.log": [], "var/log/few.log": "config",
                      "var/log/diags.log": []},
    "nghttpx": {"combined.log": []},
    "astray": {"access.json": [], "access.json.gz": []},
}
# In which of them a line is not one request.
OTHER_LINES = {"error.log", "var/log/diags.log", "everything.json"}
# HAProxy writes all to one place; its lines by what stands in them.
HAPROXY_LINES = {"httpslog.log": b" httpslog~? ", "httplog.log": b" httplog~? ", "names.log": b" sni=", "object.log": b'^{"time"'}


def curl(port, scheme, path, *more, host="a.test"):
    subprocess.run(["curl", "-sk", "-o", "/dev/null", "-m", str(PATIENCE), "--connect-to", f"::127.0.0.1:{port}", *more,
                    f"{scheme}://{host}{path}"], check=False, stdin=subprocess.DEVNULL)


def ask_much(port, scheme):
    """How many requests that was."""
    for path in ("/", "/missing", "/421", "/421/Misdirected%20Request?status=421", "/denied", "/moved", "/broken"):
        curl(port, scheme, path)
        curl(port, scheme, path, "--http1.1", "-A", AGENT, "-e", "https://421.test/421")
    curl(port, scheme, "/", "-I")
    curl(port, scheme, "/", "-d", "status=421", host="b.test")
    return 16


def share_connections(port, kind):
    """Names that a connection may carry both, and none in the handshake, which astray would refuse."""
    without_sni = [] if kind == real_servers.OWN else [(None, "h1", ["a.test"])]
    for sni, alpn, hosts in (("a.test", "h2", ["a.test", "b.test", "a.test"]), ("b.test", "h2", ["b.test", "a.test"]), *without_sni):
        with live_cell.Connection(port, sni, live_cell.context(alpn)) as connection:
            for index, host in enumerate(hosts):
                connection.request(host, last=index + 1 == len(hosts))
    return 5 + len(without_sni)


def send_rubbish(port):
    """In clear to TLS, and a handshake that is given up."""
    with live_cell.socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as tcp:
        tcp.sendall(b"GET / HTTP/1.0\r\n\r\n")
        tcp.recv(4096)
    with live_cell.Connection(port, "a.test", live_cell.context("h2")):
        pass


def separate_haproxy(folder):
    lines = (folder / "server.log").read_bytes().splitlines(keepends=True)
    for name, part in HAPROXY_LINES.items():
        (folder / name).write_bytes(b"".join(line for line in lines if re.search(part, line)))


def pack(path):
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))


def write_logs(kind, folder, binaries):
    """The case of a server that has written its logs."""
    case = in_place("healthy", kind, HERE / "healthy" / kind, folder, binaries, {})
    case.kind = kind
    clear = case.ports[1] if len(case.ports) > 1 else None
    with case.running():
        for port in case.ports:
            asked = ask_much(port, "http" if port == clear else "https")
            if port != clear:
                asked += share_connections(port, kind)
                send_rubbish(port)
        first = folder / next(iter(LOGS[kind]))
        until_written(first if kind != "haproxy" else folder / "server.log", asked)
    if kind == "haproxy":
        separate_haproxy(folder)
    for name in LOGS[kind]:
        pack(folder / name)
    return case


def check(astray, case, folder, name):
    needs = LOGS[case.kind][name]
    options = needs
    if needs == "config":
        options = ["--config", case.config, "--server", f"{case.kind}@{real_servers.version(case.kind, case.binary)}"]
    path = folder / name
    if not path.exists():
        return [f"the server wrote {sorted(os.listdir(path.parent))}"]
    status, told = explain(astray, [path], options)
    summary = told["summary"]
    wrong = []
    lines = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read().count(b"\n")
    if name in OTHER_LINES:
        # Exit status 2: nothing in it tells of a request.
        if status != (0 if summary["requests"] else 2) or lines < 2:
            wrong.append(f"exit status {status}, {summary['requests']} requests")
    elif status != 0 or not 2 <= summary["requests"] <= lines or summary["requests"] + summary["other_lines"] != lines:
        # HAProxy has a line for a connection on which nothing was asked.
        wrong.append(f"exit status {status}, {summary['requests']} requests and {summary['other_lines']} others in {lines} lines")
    if told["incidents"] or summary["refused"]:
        wrong.append(f"misdirected: {told['incidents']}")
    if summary["troubles"]:
        wrong.append(f"troubles: {summary['troubles']}")
    return wrong


def main():
    options = options_of(__doc__, ("--only", "one kind of server"), ("--keep", "folder that gets the logs"))
    astray = options.astray
    checks = {}
    for kind in LOGS:
        if options.only not in (None, kind):
            continue
        binaries = {kind: astray} if kind == real_servers.OWN else unpacked(options, [kind])
        with real_servers.served_folder() as place:
            folder = pathlib.Path(place)
            case = write_logs(kind, folder, binaries)
            if options.keep:
                shutil.copytree(folder, os.path.join(options.keep, kind))
            checks |= {f"{kind} {name}": check(astray, case, folder, name) for name in LOGS[kind]}
    return report_all(checks)


if __name__ == "__main__":
    sys.exit(main())
