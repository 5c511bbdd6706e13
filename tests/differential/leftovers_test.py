#!/usr/bin/python3
"""Nothing that the labs start is left running, however they end.

    tests/differential/leftovers_test.py --work FOLDER

Each kind of server is started by lab.py and ended in three ways: the end of standard input, SIGTERM, and SIGKILL of lab.py, which
can then do nothing itself. Processes are found by the session that RunningServer gives them and by their environment, which
names the lab's folder.
"""
import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

import certificates
import real_servers
import run
from server_case import HERE, Case

LABS = ["nginx-one-certificate", "httpd-one-certificate", "haproxy-one-certificate", "caddy-one-certificate", "h2o-one-certificate",
        "trafficserver-one-certificate", "nghttpx-one-certificate"]
SECONDS = 60
WORK = None


def processes_of(session, folder):
    """{pid: command} of what belongs to a server with this session (its leader's id) or folder."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                state, _, _, of_session = stat.read().rsplit(")", 1)[1].split()[:4]
            with contextlib.suppress(PermissionError), open(f"/proc/{pid}/environ", "rb") as environ:
                in_folder = f"HOME={folder}".encode() in environ.read().split(b"\0")
                if state != "Z" and (int(of_session) == session or in_folder):
                    with open(f"/proc/{pid}/cmdline", "rb") as command:
                        found[int(pid)] = command.read().replace(b"\0", b" ").decode()
    return found


class Leftovers(unittest.TestCase):
    def assert_gone(self, session, folder):
        deadline = time.monotonic() + SECONDS
        while processes_of(session, folder):
            self.assertLess(time.monotonic(), deadline, f"still running: {processes_of(session, folder)}")
            time.sleep(0.05)

    def end_a_lab(self, name, end):
        command = [os.path.join(HERE, "lab.py"), "--work", WORK, name]
        lab = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            facts = json.loads(lab.stdout.readline())
            self.assertTrue(processes_of(facts["pid"], facts["folder"]), "the test sees no process of a running server")
            end(lab)
            lab.wait(SECONDS)
            self.assert_gone(facts["pid"], facts["folder"])
            return facts
        finally:
            lab.kill()
            lab.wait()
            lab.stdin.close()
            lab.stdout.close()

    def test_end_of_input(self):
        for name in LABS:
            with self.subTest(name):
                facts = self.end_a_lab(name, lambda lab: lab.stdin.close())
                self.assertFalse(os.path.exists(facts["folder"]))

    def test_terminated(self):
        for name in LABS:
            with self.subTest(name):
                facts = self.end_a_lab(name, lambda lab: lab.terminate())
                self.assertFalse(os.path.exists(facts["folder"]))

    def test_killed(self):
        for name in LABS:
            with self.subTest(name):
                facts = self.end_a_lab(name, lambda lab: lab.kill())
                shutil.rmtree(facts["folder"])

    def test_failing_test(self):
        for name in LABS:
            with self.subTest(name):
                binaries, _ = run.unpacked({name.split("-")[0]}, WORK)
                with real_servers.served_folder() as folder:
                    case = Case(name, folder, binaries)
                    session = None
                    with self.assertRaises(ZeroDivisionError), case.running() as server:
                        session = server.process.pid
                        1 / 0  # pylint: disable=pointless-statement
                    self.assert_gone(session, folder)

    def test_server_that_does_not_come_up(self):
        binaries, _ = run.unpacked({"nginx"}, WORK)
        with real_servers.served_folder() as folder:
            case = Case("nginx-one-certificate", folder, binaries)
            with open(case.config, "a", encoding="utf-8") as config:
                config.write("nonsense;\n")
            with self.assertRaisesRegex(RuntimeError, 'unknown directive "nonsense"|did not come up'), case.running():
                pass
            self.assertEqual(processes_of(-1, folder), {})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    options, rest = parser.parse_known_args()
    WORK = os.path.abspath(options.work)
    certificates.store = os.path.join(WORK, "certificates")
    unittest.main(argv=[sys.argv[0], *rest])
