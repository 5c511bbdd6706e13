#!/usr/bin/python3
"""What `astray probe` costs, against a local nginx, in one run:

    bench/probe.py [--rounds 3] [--cells 50000] [--tarpits 1000]

1. CPU seconds per cell (a fresh TLS 1.3 handshake and a request, judged and written as JSON), as a ratio to what
   `openssl s_time -new` takes for the handshake alone, in turn. Goal: at most 1.15.
2. Memory of a run of many cells beside one of a tenth of them. Goal: no growth to speak of.
3. When the last cell of a good node is answered with tarpits beside it (listeners on loopback that say nothing), as a
   ratio to the good node alone. Goal: about 1.
"""
import argparse
import json
import os
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import audit
import handshake

ASTRAY = "build/release/src/astray"
# One ALPN offer, one spelling, no reuse: every cell is a handshake and a request.
FRESH = ["--connection", "fresh", "--alpn", "h1", "--sni", "names", "--host", "names", "--axes", "full"]
PACE = ["--rate", "0", "--ca", "none", "--progress", "none", "--fail-on", "never", "--format", "jsonl"]


def targets(count, port):
    return [f"n{i}.bench.test@127.0.0.1:{port}" for i in range(count)]


def probe(arguments, timeout=600):
    """(cells, user + system seconds, peak RSS in MiB, seconds) of a run; what it prints is thrown away."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as summary:
        command = " ".join(shlex.quote(word) for word in [ASTRAY, "probe", *arguments, *PACE])
        process = subprocess.Popen(["bash", "-c", f"exec {command} > >(tail -n 1)"], stdout=summary, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        time.sleep(0.2)
        summary.seek(0)
        text = summary.read()
        if process.returncode != 0 or not text:
            sys.exit(f"astray probe exited with {process.returncode}:\n{errors.decode()[-2000:]}")
        total = json.loads(text)
        if total["verdicts"]["failed"]:
            sys.exit(f"{total['verdicts']['failed']} of {total['cells']} cells failed")
    return total["cells"], usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.monotonic() - began


def handshakes(port, rounds, seconds):
    ratios = []
    for _ in range(rounds):
        theirs = handshake.s_time(port, seconds)
        cells, cpu, _, _ = probe([*FRESH, "--tls-min", "1.3", *targets(60, port)])
        ratios.append(cpu / cells / theirs)
        print(f"s_time {theirs * 1e6:6.1f} us   astray probe {cpu / cells * 1e6:6.1f} us a cell   ratio {ratios[-1]:.3f}", flush=True)
    print(f"median: {statistics.median(ratios):.3f} of s_time's handshake alone (goal: at most 1.15)")


def memory(port, most_cells):
    few, many = (int((cells) ** 0.5) + 1 for cells in (most_cells / 10, most_cells))
    found = [probe([*FRESH, *targets(count, port)]) for count in (few, many)]
    for cells, cpu, rss, seconds in found:
        print(f"{cells} cells: {rss:.1f} MiB, {seconds:.1f} s, {cpu / cells * 1e6:.0f} us of CPU a cell")
    growth = (found[1][2] - found[0][2]) * 2**20 / (found[1][0] - found[0][0])
    print(f"growth: {growth:.0f} bytes a cell")


def good_node_done(arguments, good):
    """Seconds until the last cell of the good node came out."""
    began = time.monotonic()
    done = None
    process = subprocess.Popen([ASTRAY, "probe", *arguments, *PACE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if line.startswith('{"type":"cell"') and f'"address":"{good}"' in line[:300]:
            done = time.monotonic() - began
    process.wait()
    return done


def beside_tarpits(port, count):
    silent = []
    try:
        for i in range(count):
            s = socket.socket()
            s.bind((f"127.1.{i // 250}.{i % 250 + 1}", 0))
            s.listen(64)
            silent.append(s)
        mute = [f"m{i}.bench.test@{s.getsockname()[0]}:{s.getsockname()[1]}" for i, s in enumerate(silent)]
        good = f"127.0.0.1:{port}"
        alone = good_node_done(targets(100, port), good)
        beside = good_node_done([*targets(100, port), *mute, "--timeout", "5"], good)
        print(f"the good node alone: {alone:.2f} s; with {count} tarpits beside it: {beside:.2f} s; {beside / alone:.2f} x")
    finally:
        for s in silent:
            s.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=50_000)
    parser.add_argument("--tarpits", type=int, default=1000)
    arguments = parser.parse_args()
    os.chdir(audit.ROOT)
    if not os.path.exists("build/release/build.ninja"):
        audit.sh("cmake", "--preset", "release", stdout=sys.stderr)
    audit.sh("ninja", "-C", "build/release", "astray", stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="astray-probe-") as folder:
        server, port = handshake.start_nginx(folder)
        try:
            handshakes(port, arguments.rounds, 3)
            memory(port, arguments.cells)
            beside_tarpits(port, arguments.tarpits)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
