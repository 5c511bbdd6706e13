#!/usr/bin/python3
"""Points the real `astray probe` at servers that misbehave. Each must yield one cell with one named outcome within its timeout.

Alone: a process for every peer, with its time and memory. With --together: all peers in few processes, for a slow checker around them.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

import listening
import peers
import tls

SLACK = 10  # seconds for a process to start and end on a busy machine


def command(arguments, targets, alpn, timeout):
    return [*shlex.split(arguments.wrapper), arguments.astray, "probe", "--format", "jsonl", "--rate", "0", "--timeout", str(timeout),
            "--alpn", alpn, "--connection", "fresh", "--sni", "names", "--host", "names", "--ca", "none", "--fail-on", "never",
            "--node", "127.0.0.1", *targets]


def run(words, longest):
    """Output lines, what is wrong, seconds, peak memory in KiB (never below this script's own, from which it is forked)."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        timer = threading.Timer(longest, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        lines = [json.loads(line) for line in out.read().decode().splitlines()]
        messages = err.read().decode(errors="replace")
    wrong = []
    if process.returncode not in (0, 2):
        wrong.append(f"exit status {process.returncode} (a hang is ended with -9 after {longest} s)\n{messages}")
    return lines, wrong, took, usage.ru_maxrss


def check(row, cells, timeout):
    if len(cells) != 1:
        return [f"{len(cells)} cells instead of one"]
    cell = cells[0]
    wrong = []
    for field in ("failure", "stage", "alert"):
        if cell[field] != getattr(row, field):
            wrong.append(f"{field} is {cell[field]!r} and not {getattr(row, field)!r}: {cell['error']}")
    if cell["status"] != row.status:
        wrong.append(f"status is {cell['status']} and not {row.status}")
    says = row.says.replace("{timeout}", str(timeout))
    if row.failure and (not cell["error"] or says not in cell["error"]):
        wrong.append(f"the message {cell['error']!r} does not say {says!r}")
    body = cell["body"]
    if row.body_bytes is not None and (not body or (body["bytes"], body["truncated"]) != (row.body_bytes, row.truncated)):
        wrong.append(f"the body is {body}")
    total = cell["timings"]["total_us"] / 1e6
    if total > timeout + 0.5:
        wrong.append(f"the cell took {total:.1f} s")
    return wrong


def target(row, listener):
    return f"{row.scheme}://{tls.NAME}:{listener.port}/"


def alone(arguments, row):
    timeout = arguments.timeout
    with listening.Listener(row.serve) as listener:
        lines, wrong, took, memory = run(command(arguments, [target(row, listener)], row.alpn, timeout), 60)
    wrong += check(row, [line for line in lines if line["type"] == "cell"], timeout)
    if took > timeout + SLACK:
        wrong.append(f"the process took {took:.1f} s")
    if not row.takes_timeout and any(line.get("failure") == "timed-out" for line in lines):
        wrong.append("nobody had to wait for the timeout")
    if arguments.memory and memory > arguments.memory * 1024:
        wrong.append(f"{memory // 1024} MiB of memory at the peak")
    return wrong


def ask(arguments, rows, alpn):
    """The cells by the name of the row, all asked by one process, and what is wrong with that process."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(listening.Listener(row.serve)) for row in rows]
        targets = [target(row, listener) for row, listener in zip(rows, listeners)]
        lines, wrong, _, _ = run(command(arguments, targets, alpn, arguments.timeout), 120)
        for listener in listeners:
            listener.over.set()
    cells = [line for line in lines if line["type"] == "cell"]
    return {row.name: [cell for cell in cells if cell["node"] == f"127.0.0.1:{listener.port}"] for row, listener in zip(rows, listeners)}, wrong


def together(arguments, rows):
    """Wrong things by the name of the row. Peers that send without end leave little of a busy machine to the others: those that then
    had too little time are asked once more, without the rest."""
    found = {}
    for alpn in sorted({row.alpn for row in rows}):
        chosen = [row for row in rows if row.alpn == alpn]
        cells, wrong = ask(arguments, chosen, alpn)
        late = [row for row in chosen if row.failure != "timed-out" and any(cell["failure"] == "timed-out" for cell in cells[row.name])]
        if late:
            again, more_wrong = ask(arguments, late, alpn)
            cells |= again
            wrong += more_wrong
        if wrong:
            found[f"all peers with {alpn}"] = wrong
        for row in chosen:
            wrong = check(row, cells[row.name], arguments.timeout)
            if wrong:
                found[row.name] = wrong
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--only", default="", help="a regular expression over the rows' names")
    parser.add_argument("--wrapper", default="", help="a command to run astray under")
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--timeout", type=int, default=1, help="seconds a cell may take")
    parser.add_argument("--memory", type=int, default=0, help="MiB that a process may need; 0: not looked at")
    parser.add_argument("--jobs", type=int, default=6)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        tls.make_certificates(folder)
        rows = [row for row in peers.Peers(folder).rows if re.search(arguments.only, row.name)]
        if arguments.together:
            found = together(arguments, rows)
        else:
            with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
                found = dict(zip((row.name for row in rows), pool.map(lambda row: alone(arguments, row), rows)))
    for name, wrong in found.items():
        for line in wrong:
            print(f"{name}: {line}")
    bad = sum(1 for wrong in found.values() if wrong)
    print(f"{len(rows)} bad peers, {bad} of them with an unexpected outcome")
    return 1 if bad or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
