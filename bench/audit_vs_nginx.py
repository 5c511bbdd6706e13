#!/usr/bin/python3
"""Times `astray audit` against `nginx -t` on the same generated files, in turn, in one run.

    bench/audit_vs_nginx.py [--blocks 100000] [--names 10] [--certificates 10000] [--rounds 3]

Prints wall seconds and peak memory of each (medians), and the ratio. nginx is taken from PATH or unpacked from
Debian's package into build/bench/nginx, never installed, never started as a server.
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=100_000)
    parser.add_argument("--names", type=int, default=10, help="per block")
    parser.add_argument("--certificates", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-nginx", action="store_true", help="time astray alone")
    options = parser.parse_args()
    build()
    data = os.path.join(WORK, f"sites-{options.blocks}-{options.names}-{options.certificates}")
    if not os.path.exists(data):
        sh("build/bench/bench/make_nginx_sites", data, str(options.blocks), str(options.names), str(options.certificates))
    config = os.path.join(data, "nginx.conf")
    commands = {"astray audit": (["build/bench/src/astray", "audit", config, "--server", "nginx@1.22.1", "--format", "json"], (0, 1))}
    if not options.without_nginx:
        commands["nginx -t"] = ([nginx(), "-t", "-p", data, "-c", config], (0,))
    results = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, (command, good) in commands.items():
            results[name].append(measure(command, good))
    print(f"{options.blocks} server blocks, {options.blocks * options.names} names, {options.certificates} certificates; "
          f"medians of {options.rounds} rounds in turn")
    medians = {}
    for name, runs in results.items():
        seconds, memory = (statistics.median(column) for column in zip(*runs))
        medians[name] = seconds
        print(f"  {name:<14} {seconds:8.2f} s  {memory:8.0f} MiB")
    if len(medians) == 2:
        print(f"  ratio          {medians['astray audit'] / medians['nginx -t']:8.3f}")


if __name__ == "__main__":
    main()
