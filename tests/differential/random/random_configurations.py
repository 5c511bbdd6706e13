#!/usr/bin/python3
"""Holds `astray predict` against real servers over random configurations.

    random_configurations.py --astray BINARY --work FOLDER [--count N] [--first SEED] [--server nginx|httpd|haproxy]
    random_configurations.py --astray BINARY --work FOLDER --server nginx --seed N      one configuration again
    random_configurations.py --server nginx --seed N --show                             prints it

A seed makes one configuration and chooses what is asked. Where a prediction differs from what the server did, the
configuration is made smaller while the difference stays, and printed with the cell and both answers.
"""
import argparse
import copy
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import configuration_tree  # noqa: E402
import credentials  # noqa: E402
import real_servers  # noqa: E402
import trial  # noqa: E402

MOST_CONNECTIONS = 60  # of one configuration
MOST_ATTEMPTS = 5      # at a configuration that the server accepts


def generate(kind, seed, attempt):
    return trial.GENERATORS[kind].generate(random.Random(f"{kind}-{seed}-{attempt}"))


def text_of(configuration):
    files = configuration_tree.WRITERS[configuration.kind]().write(configuration.root).files
    return "\n".join(f"--- {path}\n" + "\n".join(lines) for path, lines in files.items())


class Result:
    """What one seed came to."""

    def __init__(self, kind, seed):
        self.kind, self.seed = kind, seed
        self.refusals = []
        self.cells = self.connections = self.remembered = self.differing = 0
        self.report = None


def try_seed(bench, seed, explain):
    result = Result(bench.kind, seed)
    for attempt in range(MOST_ATTEMPTS):
        configuration = generate(bench.kind, seed, attempt)
        outcome = bench.try_out(configuration, random.Random(f"asked-{bench.kind}-{seed}-{attempt}"), MOST_CONNECTIONS)
        if outcome.refusal is None:
            break
        result.refusals.append(outcome.refusal)
    else:
        return result
    result.cells, result.connections, result.differing = outcome.cells, outcome.connections, len(outcome.differences)
    result.remembered = outcome.remembered
    if outcome.differences:
        result.report = explain(bench, configuration, outcome, result)
    return result


def name_of(cell, holding):
    if cell is None:
        return "the whole configuration"
    host = "no Host" if cell["host"] is None else f"host={cell['host']!r}"
    return f"{cell['client']} sni={cell['sni']!r} {host} alpn={cell['alpn']}" + (f" client certificate of {holding}" if holding else "")


def explain_difference(bench, configuration, outcome, result):
    """The first difference that one fresh connection shows again, in the smallest configuration that has it."""
    lines = [f"{bench.kind} {bench.version}, seed {result.seed}: {len(outcome.differences)} of {outcome.cells} cells differ"]
    difference = next((d for d in outcome.differences if d.how != "reused"), outcome.differences[0])

    def still_differs(root):
        smaller = copy.copy(configuration)
        smaller.root = root
        return bench.still_differs(smaller, difference)

    smallest = copy.copy(configuration)
    if difference.how != "reused" and still_differs(configuration.root):
        smallest.root = configuration_tree.shrink(configuration.root, still_differs)
    else:
        lines.append("(not shown again by a single request over a fresh connection)")
    lines += [text_of(smallest), f"cell: {name_of(difference.cell, difference.holding)}", difference.text]
    if difference.cell:
        lines.append("prediction: " + json.dumps({k: difference.cell[k] for k in ("handshake", "outcome", "status", "virtual_host", "reason", "source")}))
    lines.append(f"again: random_configurations.py --server {bench.kind} --seed {result.seed}")
    return "\n".join(lines)


def first_difference(bench, _, outcome, result):
    first = outcome.differences[0]
    return f"{bench.kind} seed {result.seed}: {len(outcome.differences)} cells differ, as {name_of(first.cell, first.holding)}: {first.text}"


_benches = {}


def start_worker(benches):
    _benches.update(benches)


def work(task):
    kind, seed = task
    try:
        return try_seed(_benches[kind], seed, first_difference)
    except Exception as error:  # the seed must be told, whatever went wrong with it
        raise RuntimeError(f"{kind} seed {seed}: {error!r}") from error


class Totals:
    def __init__(self):
        self.by_kind = {}
        self.failing = []

    def add(self, result):
        row = self.by_kind.setdefault(result.kind, {"configurations": 0, "cells": 0, "connections": 0, "remembered": 0, "differ": 0, "refused": 0, "given_up": 0})
        row["refused"] += len(result.refusals)
        if len(result.refusals) == MOST_ATTEMPTS:
            row["given_up"] += 1
            return
        row["configurations"] += 1
        row["cells"] += result.cells
        row["connections"] += result.connections
        row["remembered"] += result.remembered
        row["differ"] += result.differing
        if result.differing:
            self.failing.append([result.kind, result.seed])

    def lines(self, versions):
        for kind, row in sorted(self.by_kind.items()):
            yield (f"{kind} {versions[kind]}: {row['configurations']} configurations, {row['cells']} cells, {row['cells'] - row['differ']} agree, "
                   f"{row['differ']} differ; {row['connections']} handshakes; {row['remembered']} cells agree on a fresh connection alone; "
                   f"{row['refused']} configurations refused")

    def is_sound(self):
        """Whether the servers take most of what is generated: a generator that is mostly refused tests little."""
        return all(row["refused"] <= 2 + 0.05 * row["configurations"] for row in self.by_kind.values())


def run(options, benches, versions):
    tasks = [(kind, seed) for seed in options.seeds for kind in options.server]
    totals, refusals = Totals(), []
    done, shown = 0, time.monotonic()
    with multiprocessing.Pool(options.jobs, start_worker, (benches,)) as pool:
        for result in pool.imap(work, tasks):
            totals.add(result)
            done += 1
            refusals += [(result.kind, result.seed, text) for text in result.refusals]
            if result.report:
                print(result.report, flush=True)
            if options.progress and time.monotonic() - shown > options.progress:
                shown = time.monotonic()
                cells = sum(row["cells"] for row in totals.by_kind.values())
                print(f"{done} of {len(tasks)} configurations, {cells} cells, {len(totals.failing)} configurations differ; "
                      f"go on with --first {result.seed}", file=sys.stderr, flush=True)
    if options.refusals or not totals.is_sound():
        for kind, seed, text in refusals[:20]:
            print(f"{kind} seed {seed} refused: {text.strip().splitlines()[-1] if text.strip() else '(silently)'}")
    for kind, seed in totals.failing[:options.explain]:
        again = try_seed(benches[kind], seed, explain_difference).report
        print("\n" + (again or f"{kind} seed {seed}: no cell differs when it is tried again"), end="\n\n", flush=True)
    for line in totals.lines(versions):
        print(line)
    if totals.failing:
        print("differing seeds: " + " ".join(f"{kind}:{seed}" for kind, seed in totals.failing))
    if not totals.is_sound():
        print("the servers refused too many configurations: the generator is at fault")
    return 0 if not totals.failing and totals.is_sound() and totals.by_kind else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray")
    parser.add_argument("--work", help="folder for unpacked servers")
    parser.add_argument("--server", action="append", choices=["nginx", "httpd", "haproxy"])
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, default=300, help="configurations, of all servers together")
    parser.add_argument("--explain", type=int, default=5, help="how many differing configurations to make smaller and print")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print the configuration and end")
    parser.add_argument("--refusals", action="store_true", help="print what the server says of configurations that it refuses")
    parser.add_argument("--progress", type=float, default=0, metavar="SECONDS", help="a line on standard error this often")
    options = parser.parse_args()
    options.server = options.server or ["nginx", "httpd", "haproxy"]
    options.seeds = [options.seed] if options.seed is not None else range(options.first, options.first + -(-options.count // len(options.server)))
    if options.show:
        for kind in options.server:
            for seed in options.seeds:
                print(text_of(generate(kind, seed, 0)))
        return 0
    if not options.astray or not options.work:
        parser.error("--astray and --work are needed")
    servers = os.path.join(os.path.abspath(options.work), "servers")
    with tempfile.TemporaryDirectory(prefix="astray-credentials-") as folder:
        os.chmod(folder, 0o755)
        made = credentials.Credentials(folder)
        benches, versions = {}, {}
        for kind in options.server:
            binary = real_servers.unpack(kind, servers)
            versions[kind] = real_servers.version(kind, binary)
            benches[kind] = trial.Bench(kind, binary, versions[kind], os.path.abspath(options.astray), made)
        print(f"seeds {options.seeds[0]} to {options.seeds[-1]}: {', '.join(f'{k} {v}' for k, v in versions.items())}", flush=True)
        return run(options, benches, versions)


if __name__ == "__main__":
    sys.exit(main())
