#!/usr/bin/python3
"""Holds `astray predict` against Caddy, h2o and Traffic Server over random configurations, in the cells of tests/differential/run.py.

    random_cases.py --astray BINARY --work FOLDER [--count N] [--first SEED] [--server caddy|h2o|trafficserver]
    random_cases.py --server caddy --seed N --show                                       prints one

A seed makes one configuration. Where a prediction differs from what the server did, the cells and the seed are printed.
"""
import argparse
import os
import random
import sys
import tempfile
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import certificates  # noqa: E402
import generator_caddy  # noqa: E402
import generator_h2o  # noqa: E402
import generator_trafficserver  # noqa: E402
import real_servers  # noqa: E402
import run  # noqa: E402
from server_case import Case  # noqa: E402

GENERATORS = {"caddy": generator_caddy, "h2o": generator_h2o, "trafficserver": generator_trafficserver}


def try_seed(kind, seed, binaries, versions, astray):
    """(cells, cells that agree, lines to complain about); cells is None where the server refuses the configuration."""
    files = GENERATORS[kind].generate(random.Random(f"{kind}-{seed}"))
    name = f"{kind}-seed-{seed}"
    with tempfile.TemporaryDirectory(prefix="astray-case-") as source, real_servers.served_folder() as folder:
        for path, text in files.items():
            with open(os.path.join(source, path), "w", encoding="utf-8") as out:
                out.write(text)
        case = Case(name, folder, binaries, source=source)
        try:
            options = types.SimpleNamespace(astray=astray)
            count, agreed, _, complaints = run.run_case(case, options, versions[kind], [])
        except RuntimeError as error:
            if "did not come up" not in str(error):
                raise
            return None, 0, [f"{name}: refused: {[line for line in str(error).splitlines() if 'rror' in line or 'command' in line][-1:]}"]
    # Where every handshake or every first request is refused, no connection can be reused. What cannot be told is no difference.
    return count, agreed, [line for line in complaints if "could be reused" not in line and not line.endswith(": unknowable")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray")
    parser.add_argument("--work", help="folder for unpacked servers")
    parser.add_argument("--server", action="append", choices=sorted(GENERATORS))
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, default=20, help="configurations of each server")
    parser.add_argument("--show", action="store_true", help="print the configuration and end")
    options = parser.parse_args()
    kinds = options.server or sorted(GENERATORS)
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.count)
    if options.show:
        for kind in kinds:
            for seed in seeds:
                print("\n".join(GENERATORS[kind].generate(random.Random(f"{kind}-{seed}")).values()))
        return 0
    real_servers.end_on_signal()
    work = os.path.abspath(options.work)
    certificates.store = os.path.join(work, "certificates")
    binaries, versions = run.unpacked(set(kinds), work, options.astray)
    failed = False
    for kind in kinds:
        total, agreed, refused = 0, 0, 0
        for seed in seeds:
            count, same, complaints = try_seed(kind, seed, binaries, versions, options.astray)
            refused += count is None
            total, agreed = total + (count or 0), agreed + same
            for line in complaints[:10]:
                print(line, flush=True)
            failed = failed or bool(complaints and count is not None)
        print(f"{kind} {versions[kind]}: {len(seeds)} configurations, {total} cells, {agreed} agree, the rest cannot be told or differs; {refused} configurations refused")
        failed = failed or total == 0 or refused > 2 + len(seeds) // 10
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
