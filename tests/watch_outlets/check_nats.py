#!/usr/bin/env python3
"""The real nats-server of Debian: agents of two regions publish, one watcher hears both; the server is killed and started again
between them, an agent is killed while it is away, and nothing that was stored is lost."""
import os
import signal
import subprocess
import time

from player import Player, RunningProcess, arguments, check, folder, free_port, unpack


def start(binary, path, port):
    command = [binary, "--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir", os.path.join(path, "jetstream")]
    return RunningProcess(command, path, [port], {"PATH": "/usr/bin:/bin", "HOME": path})


def kill(server):
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def hear(player, line, seconds=60):
    """Reads on until it has heard that."""
    deadline = time.monotonic() + seconds
    while player.read_until("heard ") != line:
        check(time.monotonic() < deadline, f"not {line!r} but {player.lines[-3:]}")


def certificate(path, name):
    """For this name, and its own authority; the file and its key's."""
    files = [os.path.join(path, name + ending) for ending in (".pem", ".key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=nats",
                    "-addext", f"subjectAltName=DNS:{name}", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def over_tls(options, binary, path):
    """What is trusted and covers the name is used; nothing is told to anybody else."""
    for name, trusted, is_good in (("localhost", True, True), ("localhost", False, False), ("other.test", True, False)):
        port = free_port()
        pem, key = certificate(path, name)
        store = os.path.join(path, f"{name}-{trusted}")
        os.environ["SSL_CERT_FILE"] = pem if trusted else "/dev/null"
        with RunningProcess([binary, "--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir", store, "--tls", "--tlscert", pem, "--tlskey", key],
                            path, [port], {"PATH": "/usr/bin:/bin", "HOME": path}):
            with Player(options.player, store + ".db", rounds=1, region="eu", nats=f"tls://localhost:{port}", cells=30, every=50, patience=30) as agent:
                if is_good:
                    agent.wait()
                else:
                    agent.read_until("trouble nats")
    del os.environ["SSL_CERT_FILE"]


def main():
    options = arguments()
    binary = unpack("nats", options.work)
    with folder() as path:
        port = free_port()
        url = f"nats://127.0.0.1:{port}"
        # 3,000 cells: 1,000 names on each of 3 nodes; every seventh is no name's own, and of the others a third fails.
        told = {"nats": url, "cells": 3000, "every": 50, "patience": 60}
        own = sum(1 for i in range(3000) if i % 7 != 3)
        failed = sum(1 for i in range(3000) if i % 7 != 3 and i % 3 == 1)
        with start(binary, path, port) as server:
            with Player(options.player, os.path.join(path, "eu.db"), rounds=3, region="eu", **told) as agent:
                agent.wait()
            with Player(options.player, os.path.join(path, "hub.db"), nats=url, patience=120) as hub:
                hear(hub, f"heard 3 {own} {failed}")
                kill(server)
                hub.read_until("trouble nats")
                # The agent of the other region asks on while NATS is away, and is killed: its rounds wait in its store.
                with Player(options.player, os.path.join(path, "us.db"), rounds=1000, region="us", **told) as agent:
                    agent.read_until("trouble nats")
                    for _ in range(3):
                        agent.read_until("stored ")
                    agent.process.kill()
                    agent.wait_ended()
                    stored = agent.stored()[0]
                with start(binary, path, port):
                    with Player(options.player, os.path.join(path, "us.db"), rounds=1, region="us", **told) as agent:
                        agent.wait()
                    hear(hub, f"heard 6 {2 * own} {2 * failed}")
        with Player(options.player, os.path.join(path, "bad.db"), rounds=1, region="e.u", **told) as bad:
            bad.process.wait(20)
            check(bad.process.returncode == 2, "a region that is no token of a subject was taken")
        over_tls(options, binary, path)
    print(f"{own} own answers from each of 2 regions heard; {stored} rounds waited while the server was away")


if __name__ == "__main__":
    main()
