#!/usr/bin/env python3
"""How fast `astray explain` reads logs, beside jq (JSON) and goaccess (text), in one run, and what memory a large NetLog takes.

    bench/explain.py [--astray build/release/src/astray] [--mib 2048] [--netlog-mib 1024] [--threads 1,2]

Makes an nginx log with SNI, Host and connections as JSON, and one in combined format, both of --mib MiB; asks
`jq -c 'select(.status=="421")'` and goaccess for as much of them as takes them a few seconds. Speeds are bytes by the processor
time of the process (user and system), so that a busy machine does not count against anybody; the wall clock stands beside. The most
memory that a process had resident is the kernel's own count. A tool that is not there is left out and said. The load average says what
else ran: caches and memory are shared, also where processors are not.

The NetLog is one that Chromium wrote (fuzz/corpus), over and over, with connections and requests of its own each time.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

AGENTS = ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"]
NAMES = [f"www{i}.shop.example" for i in range(200)]
PART = 200_000  # lines that are made; a larger log repeats them, with connections of their own


def requests():
    rng = random.Random(1)
    for index in range(PART):
        connection, number = index // 7, index % 7 + 1
        sni = NAMES[connection % len(NAMES)]
        host = sni if number < 6 else NAMES[(connection + 1) % len(NAMES)]
        status = 421 if number == 7 and connection % 40 == 0 else 200
        yield {"time": 1_790_000_000 + index / 1000, "client": f"192.0.2.{connection % 250}", "port": 20_000 + connection % 40_000,
               "connection": connection, "number": number, "sni": sni, "host": host, "status": status, "bytes": rng.randrange(5000),
               "path": f"/static/js/app.{index % 977}.js?v=3", "agent": AGENTS[index % 2]}


def json_line(r, turn):
    return (f'{{"msec":"{r["time"] + turn * 200:.3f}","client":"{r["client"]}","client_port":"{r["port"]}","conn":"{turn}{r["connection"]:06}",'
            f'"connection_requests":"{r["number"]}","sni":"{r["sni"]}","host":"{r["host"]}","server_name":"{r["host"]}","proto":"HTTP/2.0",'
            f'"request":"GET {r["path"]} HTTP/2.0","status":"{r["status"]}","bytes":"{r["bytes"]}","referer":"https://{r["sni"]}/",'
            f'"user_agent":"{r["agent"]}","upstream_addr":"10.0.0.{r["connection"] % 9}:8443","request_time":"0.012"}}\n')


def text_line(r, turn):
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S", time.gmtime(r["time"] + turn * 200))
    return (f'{r["client"]} - - [{stamp} +0000] "GET {r["path"]} HTTP/2.0" {r["status"]} {r["bytes"]} "https://{r["sni"]}/" '
            f'"{r["agent"]}"\n')


def make(path, line, size):
    kept = list(requests())
    with open(path, "wb") as out:
        turn = 0
        while out.tell() < size:
            out.write("".join(line(r, turn) for r in kept).encode())
            turn += 1


def make_netlog(path, size):
    recorded = (pathlib.Path(__file__).resolve().parents[1] / "fuzz/corpus/explain_capture/coalesced_netlog.json").read_bytes()
    begin = recorded.index(b"\n", recorded.index(b'"events"')) + 1
    end = recorded.rindex(b"],")
    # Texts and, in between, numbers of sources.
    pieces = re.split(rb'(?<="id":)(\d+)', recorded[begin:end])
    with open(path, "wb") as out:
        out.write(recorded[:begin])
        turn = 0
        while out.tell() < size:
            out.write((b",\n" if turn else b"") + b"".join(b"%d" % (int(piece) + turn * 1000) if index % 2 else piece
                                                           for index, piece in enumerate(pieces)))
            turn += 1
        out.write(recorded[end:])


def measure(command, size):
    """Prints bytes by processor time and by the clock; gives the former, in MB/s."""
    begun = time.monotonic()
    with open(os.devnull, "wb") as nowhere, subprocess.Popen(command, stdout=nowhere, stderr=nowhere) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    processor = size / (usage.ru_utime + usage.ru_stime) / 1e6
    print(f"  {processor:8.0f} MB/s of processor time, {size / (time.monotonic() - begun) / 1e6:8.0f} MB/s by the clock, "
          f"{usage.ru_maxrss / 1024:6.0f} MiB   {' '.join(map(str, command))[:90]}", flush=True)
    return processor


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", default="build/release/src/astray")
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--netlog-mib", type=int, default=1024)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--make", nargs=2, metavar=("KIND", "FILE"), help="make one log and end")
    options = parser.parse_args()
    if options.make:
        if options.make[0] == "netlog":
            make_netlog(options.make[1], options.mib << 20)
        else:
            make(options.make[1], json_line if options.make[0] == "json" else text_line, options.mib << 20)
        return
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="astray-bench-") as folder:
        for kind, peer in (("json", ["jq", "-c", 'select(.status=="421")']),
                           ("text", ["goaccess", "--log-format=COMBINED", "-o", os.path.join(folder, "out.json")])):
            log = pathlib.Path(folder) / kind
            # In a process of its own: the kernel counts what this one had resident for its children too.
            subprocess.run([sys.executable, __file__, "--mib", str(options.mib), "--make", kind, log], check=True)
            piece = pathlib.Path(folder) / "piece"
            with open(piece, "wb") as part:
                subprocess.run(["head", "-c", str(100 << 20), log], stdout=part, check=True)
            print(f"{kind}, {log.stat().st_size >> 20} MiB")
            ours = [measure([options.astray, "explain", "--format", "json", "--threads", threads, log], log.stat().st_size)
                    for threads in options.threads.split(",")]
            if shutil.which(peer[0]):
                theirs = measure([*peer, piece], piece.stat().st_size)
                print(f"  {ours[0] / theirs:.1f} × {peer[0]}")
            else:
                print(f"  {peer[0]} is not there: nothing to compare with")
            log.unlink()
        if options.netlog_mib:
            netlog = pathlib.Path(folder) / "netlog"
            subprocess.run([sys.executable, __file__, "--mib", str(options.netlog_mib), "--make", "netlog", netlog], check=True)
            print(f"netlog, {netlog.stat().st_size >> 20} MiB")
            measure([options.astray, "explain", "--format", "json", netlog], netlog.stat().st_size)


if __name__ == "__main__":
    main()
