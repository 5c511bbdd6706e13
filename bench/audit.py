#!/usr/bin/python3
"""The figures of the README's table, each from files that this script makes, as ratios within one run.

    bench/audit.py [--rounds 3] [--without-nginx]

1. `astray audit` against `nginx -t` on the same 100,000 server blocks (1,000,000 names, 10,000 certificates), in turn.
2. `astray audit` on half as many names: what twice the names cost.
3. 5,000 names that share one wildcard certificate.
4. `astray predict`: cells a second.

nginx is taken from PATH or unpacked from Debian's package into build/bench-data, never installed, never started.
"""
import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "build", "bench-data")


def sh(*command, **options):
    return subprocess.run(command, check=True, **options)


def build():
    os.chdir(ROOT)
    if not os.path.exists("build/bench/build.ninja"):
        sh("cmake", "--preset", "bench", stdout=sys.stderr)
    sh("ninja", "-C", "build/bench", "astray", "make_nginx_sites", stdout=sys.stderr)


def nginx():
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found:
        return found
    folder = os.path.join(WORK, "nginx")
    binary = os.path.join(folder, "usr/sbin/nginx")
    if not os.path.exists(binary):
        os.makedirs(folder, exist_ok=True)
        sh("apt-get", "download", "-qq", "nginx", cwd=folder)
        for package in glob.glob(os.path.join(folder, "nginx_*.deb")):
            sh("dpkg", "-x", package, folder)
    return binary


def measure(command, good):
    """Wall seconds and peak memory (MiB) of one run."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        sys.exit(f"{' '.join(command)} exited with {process.returncode}:\n{error.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def sites(blocks, names, certificates):
    """The main file of a generated configuration, made once."""
    folder = os.path.join(WORK, f"sites-{blocks}-{names}-{certificates}")
    if not os.path.exists(folder):
        sh("build/bench/bench/make_nginx_sites", folder, str(blocks), str(names), str(certificates))
    return os.path.join(folder, "nginx.conf")


def audit(config):
    return ["build/bench/src/astray", "audit", config, "--server", "nginx@1.22.1", "--format", "json"], (0, 1)


def compare(commands, rounds):
    """Median (seconds, MiB) of each command, run in turn."""
    results = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, good) in commands.items():
            results[name].append(measure(command, good))
    return {name: tuple(statistics.median(column) for column in zip(*runs)) for name, runs in results.items()}


def row(name, seconds, memory, note=""):
    print(f"  {name:<46} {seconds:8.2f} s {memory:8.0f} MiB  {note}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-nginx", action="store_true", help="leave the two minutes of `nginx -t` out")
    options = parser.parse_args()
    build()

    full, half, wildcard = sites(100_000, 10, 10_000), sites(50_000, 10, 5_000), sites(500, 10, 1)
    commands = {"audit, 1,000,000 names": audit(full), "audit, 500,000 names": audit(half),
                "audit, 5,000 names on one wildcard": audit(wildcard)}
    if not options.without_nginx:
        commands["nginx -t, 1,000,000 names"] = ([nginx(), "-t", "-p", os.path.dirname(full), "-c", full], (0,))
    medians = compare(commands, options.rounds)
    print(f"medians of {options.rounds} rounds in turn")
    for name, (seconds, memory) in medians.items():
        row(name, seconds, memory)
    astray = medians["audit, 1,000,000 names"][0]
    print(f"  twice the names take {astray / medians['audit, 500,000 names'][0]:.2f} times the time")
    if "nginx -t, 1,000,000 names" in medians:
        print(f"  audit / nginx -t = {astray / medians['nginx -t, 1,000,000 names'][0]:.3f}")

    names, asked = 5_000, 400
    snis = ",".join(f"n{i // 10}-{i % 10}.group0.example" for i in range(asked))
    predict = ["build/bench/src/astray", "predict", wildcard, "--server", "nginx@1.22.1", "--format", "jsonl"]
    timed = compare({"all": (predict + ["--sni", snis], (0,)), "one": (predict + ["--sni", "none"], (0,))}, options.rounds)
    # The difference of the two runs leaves out what reading the configuration takes.
    seconds, cells = timed["all"][0] - timed["one"][0], (asked - 1) * (names + 1) * 2
    row(f"predict, {cells:,} cells", seconds, timed["all"][1], f"{cells / seconds / 1e6:.2f} million cells a second")


if __name__ == "__main__":
    main()
