#!/usr/bin/env python3
"""The real clickhouse-server of Debian (18.16): every row that the store acknowledged is there once, although the server is
killed and started again in the middle of the inserts, and the watcher is killed too."""
import contextlib
import http.client
import http.server
import os
import signal
import threading
import urllib.parse
import urllib.request

from player import RECEIVERS, Player, RunningProcess, arguments, check, folder, free_port, unpack, unpacked_below, wait_for

PASSWORD = "open, sesame"
SERVER = """<?xml version="1.0"?>
<yandex>
  <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
  <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><listen_host>127.0.0.1</listen_host>
  <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
  <users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>100000000</mark_cache_size><keep_alive_timeout>3</keep_alive_timeout>
</yandex>
"""
USERS = """<?xml version="1.0"?>
<yandex>
  <profiles><default></default></profiles>
  <users><writer><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></writer></users>
  <quotas><default><interval><duration>3600</duration></interval></default></quotas>
</yandex>
"""


class House:
    def __init__(self, binary, path):
        self.binary, self.path, self.http, self.tcp = binary, path, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"
        for name, text in (("config.xml", SERVER.format(folder=path, http=self.http, tcp=self.tcp)),
                           ("users.xml", USERS.format(password=PASSWORD))):
            with open(os.path.join(path, name), "w", encoding="ascii") as out:
                out.write(text)

    def start(self):
        libraries = os.path.join(unpacked_below(self.binary, RECEIVERS["clickhouse"][1]), "usr/lib/x86_64-linux-gnu")
        command = [self.binary, "--config-file=" + os.path.join(self.path, "config.xml")]
        return RunningProcess(command, self.path, [self.http], {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": libraries, "TZ": "UTC"}, patience=60)

    def ask(self, query):
        request = urllib.request.Request(self.url + "/?query=" + urllib.parse.quote(query),
                                         headers={"X-ClickHouse-User": "writer", "X-ClickHouse-Key": PASSWORD})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode().strip()

    def count(self, table, more=""):
        with contextlib.suppress(OSError):
            return int(self.ask(f"SELECT count() FROM astray.{table} {more}"))
        return 0


class Lossy(http.server.BaseHTTPRequestHandler):
    """In front of the server: every fifth acknowledgement of an insert is lost, so that its rows come twice."""
    protocol_version = "HTTP/1.1"
    port = 0
    inserts = lost = 0

    def do_POST(self):  # noqa: N802  pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        cls = type(self)
        back = http.client.HTTPConnection("127.0.0.1", cls.port, timeout=60)
        try:
            back.request("POST", self.path, body, dict(self.headers.items()))
            answer = back.getresponse()
            content = answer.read()
        except OSError:
            self.close_connection = True
            return
        finally:
            back.close()
        if answer.status == 200 and "INSERT" in self.path:
            cls.inserts += 1
            if cls.inserts % 5 == 0:
                cls.lost += 1
                self.close_connection = True
                return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def kill(server):
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def main():
    options = arguments()
    binary = unpack("clickhouse", options.work)
    with folder() as path:
        os.makedirs(os.path.join(path, "house"))
        house = House(binary, os.path.join(path, "house"))
        password = os.path.join(path, "password")
        with open(password, "w", encoding="ascii") as out:
            out.write(PASSWORD + "\n")
        store = os.path.join(path, "watch.db")
        Lossy.port = house.http
        lossy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lossy)
        lossy.daemon_threads = True
        threading.Thread(target=lossy.serve_forever, daemon=True).start()
        told = {"clickhouse": f"http://127.0.0.1:{lossy.server_port}", "user": "writer", "password": password, "cells": 500, "every": 20}
        cells = events = rounds = 0
        with house.start() as server:
            # Away in the middle of the rounds, and back before their end.
            with Player(options.player, store, rounds=80, patience=120, **told) as player:
                wait_for(lambda: house.count("cells") > 5_000, 60, "rows")
                kill(server)
                player.read_until("trouble clickhouse")
                for _ in range(20):
                    player.read_until("stored ")
                with house.start() as again:
                    player.wait(120)
                    rounds, cells, events = player.stored()
                    check(house.count("cells", "FINAL") == cells, f"{house.count('cells', 'FINAL')} cells, acknowledged {cells}")
                    check(house.count("events", "FINAL") == events, f"{house.count('events', 'FINAL')} events, not {events}")
                    kill(again)
            # Now it is the watcher that is killed, while the server is away: what waits is in the store.
            with Player(options.player, store, rounds=1000, patience=120, **told) as player:
                for _ in range(30):
                    player.read_until("stored ")
                player.process.kill()
                player.wait_ended()
                killed = player.stored()
            with house.start():
                with Player(options.player, store, rounds=1, patience=120, **told) as player:
                    player.wait(120)
                    last = player.stored()
                rounds += killed[0] + last[0]
                cells += killed[1] + last[1]
                # The round that was stored when the kill came may not have been printed.
                unsaid = int(house.ask("SELECT uniqExact(store, batch) FROM astray.cells")) - rounds
                check(unsaid in (0, 1), f"{unsaid} rounds more than were acknowledged")
                check(house.count("cells", "FINAL") == cells + 500 * unsaid, "cells after the kill of the watcher")
                distinct = int(house.ask("SELECT uniqExact(store, batch, row) FROM astray.cells"))
                check(distinct == cells + 500 * unsaid, f"{distinct} rows differ")
                check_content(house)
                check(Lossy.lost > 10, f"only {Lossy.lost} acknowledgements were lost")
    lossy.shutdown()
    print(f"{rounds} rounds, {cells} cells acknowledged; {Lossy.lost} of {Lossy.inserts} inserts came twice")


def check_content(house):
    row = house.ask("SELECT sni, authority, node, verdict, status, duration_us FROM astray.cells FINAL "
                    "WHERE row = 3 ORDER BY at LIMIT 1")
    check(row == "other.example\tn1.example\t192.0.2.1:443\tmisdirected\t200\t1003", f"row {row!r}")
    row = house.ask("SELECT step, problem, kind, nodes, opened = at FROM astray.events FINAL WHERE problem = '00000002' AND step = "
                    "'opened' ORDER BY at LIMIT 1")
    check(row == "opened\t00000002\tcertificate-gap\t['192.0.2.1:443','192.0.2.2:443']\t1", f"row {row!r}")


if __name__ == "__main__":
    main()
