#!/usr/bin/env python3
"""Runs `astray demo`: it tells the story that the verdicts and the client's rules demand, ends by itself, and leaves
nothing, neither after its end nor after an interruption."""
import argparse
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Each step's heading, then patterns that must follow in this order before the next heading.
STORY = (
    ("A visitor of shop.test",
     r"connection 1 +opened, SNI shop\.test, h2", r"answer +200", r"shop answers for shop\.test"),
    ("The same visitor, blog.test",
     r"connection 1 +was opened for shop\.test and carries this, too", r"answer +200", r"blog answers for blog\.test"),
    ("The same visitor, accounts.test",
     r"connection 1 +was opened for shop\.test and carries this, too", r"answer +421 client-authentication-differs: ",
     r"client +retry-on-fresh-connection: ", r"connection 2 +opened, SNI accounts\.test, h2", r"answer +200",
     r"shop answers for accounts\.test"),
    ("blog.test once more",
     r"connection 3 +opened, SNI blog\.test, h2", r"answer +200", r"blog answers for blog\.test"),
    ("Under a false name: SNI shop.test, Host news.test",
     r"opened, SNI shop\.test, h2", r"answer +421 certificate-gap: ", r"client +retry-on-fresh-connection: ",
     r"opened, SNI shop\.test, h2", r"answer +421 certificate-gap: ", r"client +already-retried: "),
    ("A name that nobody serves: SNI shop.test, Host wiki.test",
     r"opened, SNI shop\.test, h2", r"answer +421 unowned: "),
    ("ORIGIN frames: shop.test", r"connection 1 +opened, SNI shop\.test, h2", r"answer +200"),
    ("ORIGIN frames: accounts.test",
     r"connection 1 +left alone: origin-set-excludes: ", r"connection 2 +opened, SNI accounts\.test, h2", r"answer +200",
     r"shop answers for accounts\.test"),
    ("What the servers saw",
     r"shop +shop\.test, accounts\.test$", r"blog +blog\.test, blog\.test$"),
)
LONGEST = 30  # seconds, on a busy machine


def environment(folder):
    return {"PATH": "/usr/bin:/bin", "TMPDIR": str(folder), "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "120",
            **{name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}}


def check_story(text):
    wrong, at = [], 0
    for title, *patterns in STORY:
        heading = re.compile(rf"^(\d\. )?{re.escape(title)}$", re.M).search(text, at)
        if not heading:
            return wrong + [f"no step {title!r}"]
        at = heading.end()
        following = re.compile(r"^\S", re.M).search(text, at)
        end = following.start() if following else len(text)
        for pattern in patterns:
            found = re.compile(pattern, re.M).search(text, at, end)
            if not found:
                wrong.append(f"{title}: no {pattern!r} where it should be")
                break
            at = found.end()
    return wrong


def check_left(folder, text):
    wrong = [f"left behind: {path}" for path in folder.iterdir()]
    for port in re.findall(r"127\.0\.0\.1:(\d+)", text):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                wrong.append(f"port {port} is still open")
    return wrong


def run_whole(astray, folder):
    done = subprocess.run([astray, "demo"], capture_output=True, text=True, timeout=LONGEST, check=False,
                          stdin=subprocess.DEVNULL, env=environment(folder))
    wrong = check_story(done.stdout) + check_left(folder, done.stdout)
    if done.returncode != 0 or done.stderr:
        wrong.append(f"ended with {done.returncode}: {done.stderr}")
    if "\033" in done.stdout:
        wrong.append("colours without a terminal")
    if wrong:
        wrong.append(done.stdout)
    return wrong


def run_coloured(astray, folder):
    done = subprocess.run([astray, "--color", "always", "demo", "lab"], capture_output=True, text=True, timeout=LONGEST,
                          check=False, env=environment(folder))
    plain = re.sub(r"\033\[[0-9;]*m", "", done.stdout)
    wrong = check_story(plain)
    return wrong + ([] if plain != done.stdout else ["no colours with --color always"])


def interrupt(astray, folder, number, delay):
    with subprocess.Popen([astray, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment(folder)) as demo:
        if delay is None:  # as soon as it says something
            begun = demo.stdout.readline()
        else:
            begun = ""
            time.sleep(delay)  # a moment in the life of the process, and not for anything to happen
        demo.send_signal(number)
        rest, complaints = demo.communicate(timeout=LONGEST)
    wrong = check_left(folder, begun + rest)
    if demo.returncode not in (0, 2, -number):
        wrong.append(f"{number} after {delay}: ended with {demo.returncode}: {complaints}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    astray = parser.parse_args().astray
    wrong = []
    with tempfile.TemporaryDirectory(prefix="astray-demo-") as temporary:
        folder = pathlib.Path(temporary)
        wrong += run_whole(astray, folder) + run_coloured(astray, folder)
        for number in (signal.SIGINT, signal.SIGTERM):
            for delay in (0.02, 0.1, None):
                wrong += interrupt(astray, folder, number, delay)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
