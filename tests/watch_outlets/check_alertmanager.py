#!/usr/bin/env python3
"""The real Alertmanager of Debian: it takes alerts, keeps them while they last, and ends them when they are over, also when it
was killed meanwhile."""
import json
import os
import signal
import urllib.request

from player import RECEIVERS, Player, RunningProcess, arguments, check, folder, free_port, unpack, unpacked_below, wait_for

CONFIGURATION = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def start(binary, path, port):
    # Debian's looks for its templates in /usr/share alone.
    shares = os.path.join(unpacked_below(binary, RECEIVERS["alertmanager"][1]), "usr/share")
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", 'mount --bind "$0" /usr/share && exec "$@"', shares,
               binary, "--config.file=" + os.path.join(path, "alertmanager.yml"), "--storage.path=" + os.path.join(path, "data"),
               f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    return RunningProcess(command, path, [port], {"PATH": "/usr/bin:/bin", "HOME": path})


def alerts(port):
    """By problem; those that are over are not among them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/alerts", timeout=10) as answer:
        return {alert["labels"]["problem"]: alert for alert in json.load(answer)}


def main():
    options = arguments()
    binary = unpack("alertmanager", options.work)
    with folder() as path:
        with open(os.path.join(path, "alertmanager.yml"), "w", encoding="ascii") as out:
            out.write(CONFIGURATION)
        store = os.path.join(path, "watch.db")
        port = free_port()
        told = {"alertmanager": f"http://127.0.0.1:{port}", "every": 100}
        with start(binary, path, port) as manager:
            with Player(options.player, store, rounds=3, **told) as player:
                player.wait()
            first = wait_for(lambda: alerts(port), 10, "an alert")
            check(list(first) == ["00000002"], f"alerts {list(first)}")
            labels = first["00000002"]["labels"]
            check(labels == {"alertname": "AstrayCertificateGap", "job": "astray-watch", "kind": "certificate-gap",
                             "severity": "error", "problem": "00000002", "from": "n2.example", "name": "n2.example"},
                  f"labels {labels}")
            check(first["00000002"]["annotations"]["nodes"] == "192.0.2.1:443 and 192.0.2.2:443", f"{first['00000002']}")
            check(first["00000002"]["status"]["state"] == "active", f"{first['00000002']}")
            # A new process plays on: 2 opens again (it is the same problem to it), and is resolved in round 5.
            with Player(options.player, store, rounds=7, **told) as player:
                player.wait()
            wait_for(lambda: not alerts(port), 10, "the end of the alert")

            # Killed while a problem begins and another ends: afterwards both are known.
            with Player(options.player, store, rounds=23, patience=60, **told) as player:
                for _ in range(12):
                    player.read_until("stored ")
                wait_for(lambda: list(alerts(port)) == ["0000000c"], 10, "the alert of round 12")
                os.killpg(manager.process.pid, signal.SIGKILL)
                manager.process.wait()
                trouble = player.read_until("trouble alertmanager")
                check(f"127.0.0.1:{port}" in trouble and "none" not in trouble, trouble)
                while player.stored()[0] < 23:
                    player.read_until("stored ")
                with start(binary, path, port):
                    player.wait()
                    check(list(alerts(port)) == ["00000016"], f"{list(alerts(port))}: what began while it was away, not what ended")
                check(any(line.endswith(": none") for line in player.lines), "the trouble stays")
    print("alerts begin, last and end")


if __name__ == "__main__":
    main()
