#!/usr/bin/python3
"""Points `astray fetch` at every bad peer of tests/bad_peers: each ends in time, with a message that names the phase and the reason."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bad_peers"))

import listening  # pylint: disable=wrong-import-position
import peers
import tls

MAX_TIME = 1
SLACK = 10  # seconds for a process to start and end on a busy machine
PHASES = "prepare|wait|resolve|connect|proxy-tunnel|handshake|request|response-head|response-body"
VERSIONS = {"h1": ["--http1.1"], "h2": [], "h2-only": ["--http2-prior-knowledge"]}


def run(arguments, row):
    with listening.Listener(row.serve) as listener, tempfile.TemporaryDirectory() as folder:
        url = f"{row.scheme}://{tls.NAME}:{listener.port}/"
        command = [arguments.astray, "fetch", "-k", "--max-time", str(MAX_TIME), "--compressed", "--max-filesize", "4M", "--resolve",
                   f"{tls.NAME}:{listener.port}:127.0.0.1", "-o", os.path.join(folder, "body"), *VERSIONS[row.alpn], url]
        began = time.monotonic()
        try:
            done = subprocess.run(command, capture_output=True, timeout=MAX_TIME + 2 * SLACK, check=False, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return 0, "", ["it hangs"]
        return done.returncode, done.stderr.decode(errors="replace"), check(row, url, done, time.monotonic() - began)


def check(row, url, done, took):
    wrong = []
    said = done.stderr.decode(errors="replace")
    if took > MAX_TIME + SLACK:
        wrong.append(f"it took {took:.1f} s")
    allowed = (2,) if row.failure and row.failure != "other-protocol" else (0, 1, 2)
    if done.returncode not in allowed:
        wrong.append(f"exit status {done.returncode}")
    if done.returncode == 2 and not re.fullmatch(rf"astray: fetch: {re.escape(url)}: ({PHASES}): [^\n]{{10,}}; [^\n]+\n", said):
        wrong.append(f"it says {said!r}")
    if done.returncode == 0 and said:
        wrong.append(f"it says {said!r} and ends with 0")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--only", default="", help="a regular expression over the rows' names")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--table", action="store_true", help="print each peer with what was said of it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tls.make_certificates(folder)
        rows = [row for row in peers.Peers(folder).rows if row.scheme in ("http", "https") and re.search(arguments.only, row.name)]
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            outcomes = list(pool.map(lambda row: run(arguments, row), rows))
    bad = 0
    for row, (status, said, wrong) in zip(rows, outcomes):
        bad += bool(wrong)
        if arguments.table:
            print(f"{status} {row.name} (probe: {row.failure} in {row.stage}): {said.strip()}")
        for line in wrong:
            print(f"{row.name}: {line}")
    print(f"{len(rows)} bad peers, {bad} of them with an unexpected outcome")
    return 1 if bad or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
