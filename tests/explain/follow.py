#!/usr/bin/python3
"""`astray explain --follow`: what is appended is told at once, over a rotation and a file that is made shorter; SIGINT sums up."""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading

TIMEOUT = 20  # seconds


def line(connection, host):
    return json.dumps({"msec": "1790000000.000", "remote_addr": "192.0.2.1", "connection": str(connection), "connection_requests": "2",
                       "ssl_server_name": "a.test", "http_host": host, "server_protocol": "HTTP/2.0",
                       "status": "200" if host == "a.test" else "421"}) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    astray = parser.parse_args().astray
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "access.log"
        log.write_text(line(1, "b1.test"))
        with subprocess.Popen([astray, "explain", "--follow", "--format", "jsonl", str(log)], stdout=subprocess.PIPE, text=True) as process:
            # Nothing waits for ever.
            watchdog = threading.Timer(TIMEOUT, process.kill)
            watchdog.start()
            try:
                def told():
                    return json.loads(process.stdout.readline())["request"]

                assert told()["authority"] == "b1.test"
                with open(log, "a", encoding="ascii") as out:
                    out.write(line(2, "a.test") + line(2, "b2.test"))
                seen = told()
                assert (seen["authority"], seen["line"], seen["cause"]) == ("b2.test", 3, "coalesced-onto-another-virtual-host"), seen
                os.rename(log, log.with_suffix(".1"))  # logrotate
                log.write_text(line(3, "b3.test"))
                assert told()["authority"] == "b3.test"
                log.write_text("")  # copytruncate: what comes next is shorter than what was read
                log.write_text(line(4, "b4"))
                assert told()["authority"] == "b4"
                process.send_signal(signal.SIGINT)
                rest = [json.loads(row) for row in process.stdout]
                assert rest[-1]["summary"]["refused"] == 4, rest[-1]
                assert process.wait() == 1
            finally:
                watchdog.cancel()
                process.kill()
    print("ok")


if __name__ == "__main__":
    main()
