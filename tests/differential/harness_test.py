#!/usr/bin/python3
"""The harness itself: what it must not let pass.

    tests/differential/harness_test.py --work FOLDER
"""
import argparse
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock

import yaml

import certificates
import chains
import expectations
import live_cell
import real_servers
import resumption
import run
from server_case import HERE, Case, free_ports

WORK = None
TABLE = {"names": ["b.test", "a.test"], "hosts": ["b.test", "a.test"], "handshakes": [{"sni": "unknown.invalid", "alert": "unrecognized_name"},
                                                                                    {"certificate": "c.pem"}],
         "requests": [{"host": "b.test", "virtual_host": "b.test"}, {"status": 404}]}


class Tables(unittest.TestCase):
    def cells(self, **changes):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "expected.yaml"), "w", encoding="utf-8") as out:
                yaml.safe_dump({**TABLE, **changes}, out)
            case = types.SimpleNamespace(name="haproxy-x", source=folder, ports=[4443])
            return expectations.table_cells(case, {"c.pem": ["a.test"]})

    def test_every_axis_is_crossed(self):
        # No SNI and four with a handshake, two ALPN offers, two Hosts, fresh and reused; one SNI without.
        self.assertEqual(len(self.cells()), 5 * 2 * 2 * 2 + 1 * 2)

    def test_the_first_row_decides(self):
        of_b = [cell for cell, _, _ in self.cells() if cell["handshake"] == "ok" and cell["host"] == "b.test"]
        self.assertEqual({(cell["status"], cell["virtual_host"]) for cell in of_b}, {(200, "b.test")})

    def test_refused_tables(self):
        for changes, message in [
                ({"requests": [{"host": "b.test"}]}, "no row holds for"),
                ({"requests": [{"status": 404}, {"host": "b.test"}]}, "no cell is left for the row"),
                ({"requests": [{"host": "c.test"}, {}]}, "no cell has host c.test"),
                ({"requests": [{"stauts": 404}]}, "not understood: stauts"),
                ({"handshakes": [{"host": "b.test", "certificate": "c.pem"}]}, "not understood: host"),
        ]:
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                self.cells(**changes)


class Differences(unittest.TestCase):
    CELL = {"outcome": "serve", "handshake": "ok", "alert": None, "certificate": ["a.test"], "protocol": "h2", "status": 200, "virtual_host": "a.test",
            "reset": None, "closed": False, "tls_version": "TLSv1.3", "exact": True}
    LIVE = {"handshake": "ok", "fingerprint": b"a", "protocol": "h2", "tls_version": "TLSv1.3", "status": 200, "virtual_host": "a.test"}
    NAMES = {b"a": {"a.test"}, b"b": {"b.test"}}

    def test_agreement(self):
        self.assertEqual(run.differences(self.CELL, self.LIVE, self.NAMES), [])

    def test_each_field_counts(self):
        for change, field in [({"handshake": "rejected"}, "handshake"), ({"fingerprint": b"b"}, "certificate"), ({"fingerprint": b"?"}, "certificate"),
                              ({"protocol": "h1"}, "protocol"), ({"tls_version": "TLSv1.2"}, "TLS version"), ({"status": 421}, "status"),
                              ({"status": "timeout"}, "status"), ({"virtual_host": "b.test"}, "virtual_host"), ({"reset": "PROTOCOL_ERROR"}, "reset")]:
            with self.subTest(field):
                found = run.differences(self.CELL, {**self.LIVE, **change}, self.NAMES)
                self.assertEqual([line.split(":")[0] for line in found], [field])

    def test_predictions(self):
        predicted = {key: value for key, value in self.CELL.items() if key not in ("exact", "reset", "closed", "tls_version")}
        predicted["status"] = None
        self.assertEqual(run.differences(predicted, self.LIVE, self.NAMES), [])
        self.assertTrue(run.differences(predicted, {**self.LIVE, "virtual_host": "b.test"}, self.NAMES))
        self.assertTrue(run.differences({**predicted, "outcome": "reject", "status": 421}, self.LIVE, self.NAMES))
        self.assertTrue(run.differences({**predicted, "outcome": "unknowable"}, self.LIVE, self.NAMES))

    def test_alerts(self):
        rejected = {**self.CELL, "handshake": "rejected", "alert": "unknown_ca"}
        self.assertEqual(run.differences(rejected, {"handshake": "rejected", "alert": "unknown_ca"}, {}), [])
        self.assertEqual(run.differences(rejected, {"handshake": "rejected", "alert": None, "closed": True}, {}), [])
        self.assertTrue(run.differences(rejected, {"handshake": "rejected", "alert": None}, {}))
        self.assertTrue(run.differences(rejected, {"handshake": "rejected", "alert": "access_denied"}, {}))
        self.assertTrue(run.differences(rejected, self.LIVE, {}))


class Quirks(unittest.TestCase):
    QUIRK = {"id": "q", "case": "nginx-.*", "cell": "host='b'", "difference": "status: predicted 400, was 421", "why": "A sentence."}

    def test_only_what_it_says(self):
        found = ["status: predicted 400, was 421"]
        self.assertEqual(run.quirk_of([self.QUIRK], "nginx-x", "host='b' alpn=h1", found), self.QUIRK)
        self.assertIsNone(run.quirk_of([self.QUIRK], "httpd-x", "host='b' alpn=h1", found))
        self.assertIsNone(run.quirk_of([self.QUIRK], "nginx-x", "host='a' alpn=h1", found))
        self.assertIsNone(run.quirk_of([self.QUIRK], "nginx-x", "host='b' alpn=h1", ["status: predicted 200, was 421"]))

    def test_stale(self):
        self.assertEqual(run.stale([self.QUIRK], ["nginx-x"], {"q": 1}), [])
        self.assertEqual(run.stale([self.QUIRK], ["httpd-x"], {}), [])
        self.assertEqual(len(run.stale([self.QUIRK], ["nginx-x"], {})), 1)

    def test_every_quirk_is_explained_and_belongs_to_a_case(self):
        names = os.listdir(os.path.join(HERE, "cases")) + os.listdir(os.path.join(HERE, "chains"))
        for quirk in run.read_quirks():
            self.assertGreater(len(quirk["why"].split()), 5, quirk["id"])
            self.assertTrue(run.stale([quirk], names, {}), f"{quirk['id']} is of no case")


class Resumption(unittest.TestCase):
    def test_a_changed_result_is_named(self):
        known = {"TLSv1.2": {"nobody: a -> b": "holds"}, "TLSv1.3": {"nobody: a -> b": "not resumed"}}
        self.assertEqual(resumption.changes("lab", known, known), [])
        now = {"TLSv1.2": {"nobody: a -> b": "holds"}, "TLSv1.3": {"nobody: a -> b": "bypass b"}}
        self.assertEqual(resumption.changes("lab", known, now),
                         ["lab, TLSv1.3, session of nobody: a -> b: was 'not resumed', is 'bypass b'"])
        self.assertEqual(len(resumption.changes("lab", known, {"TLSv1.2": {}, "TLSv1.3": {}})), 2)
        self.assertEqual(len(resumption.changes("lab", {}, known)), 2)

    def test_results_are_there_for_every_lab(self):
        known = set()
        for entry in os.listdir(os.path.join(HERE, "results")):
            with open(os.path.join(HERE, "results", entry), encoding="utf-8") as text:
                results = yaml.safe_load(text)
            known |= set(results["resumption"])
            for lab, versions in results["resumption"].items():
                for version, lines in versions.items():
                    # Without a session that is resumed at all, the rest would say nothing; but of servers that are told not to.
                    expected = "not resumed" if lab.endswith("-without-tickets") else "holds"
                    self.assertEqual(lines.get("nobody: open.test -> open.test"), expected, f"{lab}, {version}")
        self.assertEqual(known, set(os.listdir(os.path.join(HERE, "resumption"))))


class Lives(unittest.TestCase):
    """A real server, of a kind that no prediction speaks for, against a table with one error."""

    def complaints_of(self, name, change):
        binaries, versions = run.unpacked({"nghttpx"}, WORK)
        with real_servers.served_folder() as folder, tempfile.TemporaryDirectory() as source:
            case = Case(name, folder, binaries)
            with open(os.path.join(case.source, "expected.yaml"), encoding="utf-8") as text:
                table = text.read()
            with open(os.path.join(source, "expected.yaml"), "w", encoding="utf-8") as out:
                out.write(change(table))
            case.source = source
            return run.run_case(case, None, versions["nghttpx"], [])[3]

    def test_a_wrong_table_is_told(self):
        self.assertEqual(self.complaints_of("nghttpx-client-authentication", lambda table: table), [])
        for right, wrong, field in [("alert: unknown_ca", "alert: access_denied", "alert"), ("certificate: b.pem", "certificate: a.pem", "certificate"),
                                    ("status: 400", "status: 421", "status"), ("virtual_host: a.test", "virtual_host: b.test", "virtual_host")]:
            with self.subTest(field):
                name = "nghttpx-different-certificates" if field == "certificate" else "nghttpx-client-authentication"
                complaints = self.complaints_of(name, lambda table: table.replace(right, wrong, 1))  # pylint: disable=cell-var-from-loop
                self.assertTrue(complaints)
                self.assertTrue(all(f" {field}: predicted" in line for line in complaints), complaints[:2])

    def test_silence_is_an_answer_within_the_timeout(self):
        with real_servers.socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            patience, live_cell.TIMEOUT = live_cell.TIMEOUT, 0.2
            try:
                self.assertEqual(live_cell.ask(silent.getsockname()[1], "a.test", "a.test", "h1")["handshake"], "timeout")
            finally:
                live_cell.TIMEOUT = patience

    def test_a_port_is_free_given_once_and_never_an_outgoing_one(self):
        ports = [free_ports.free_port() for _ in range(100)]
        self.assertEqual(len(set(ports)), len(ports))
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as limits:
            self.assertLess(max(ports), int(limits.read().split()[0]))

    def test_no_port_is_one_that_browsers_refuse(self):
        with unittest.mock.patch("random.randrange", side_effect=[10080, 10080, 10081, 10082, 10083]):
            self.assertNotEqual(free_ports.free_port(), 10080)

    def test_a_port_given_to_one_process_is_given_to_no_other(self):
        # Both draw the same numbers: only what the machine knows of the first keeps the second from its ports.
        ask = "import random, sys, free_ports; random.seed(1); print([free_ports.free_port() for _ in range(20)], flush=True); sys.stdin.read()"
        folder = os.path.dirname(free_ports.__file__)
        given = []
        with contextlib.ExitStack() as processes:
            for _ in range(2):
                process = processes.enter_context(subprocess.Popen([sys.executable, "-c", ask], cwd=folder, text=True, stdin=subprocess.PIPE,
                                                                   stdout=subprocess.PIPE))
                processes.callback(process.stdin.close)
                given += yaml.safe_load(process.stdout.readline())
        self.assertEqual(len(set(given)), 40)


class Names(unittest.TestCase):
    def test_cases_say_what_they_show(self):
        for place in ("cases", "resumption"):
            for name in os.listdir(os.path.join(HERE, place)):
                kind = name.split("-")[0]
                self.assertIn(kind, real_servers.KINDS)
                if place == "cases" and kind not in expectations.READERS:
                    self.assertTrue(os.path.exists(os.path.join(HERE, place, name, "expected.yaml")), name)

    def test_totals_are_a_table(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            run.print_totals({"nginx 1.22.1": [10, 9, 1]})
        self.assertEqual(out.getvalue(), "server         cells  agree quirks\nnginx 1.22.1      10      9      1\n")

    def test_chains_have_a_reader_at_both_ends(self):
        for name in os.listdir(os.path.join(HERE, "chains")):
            with open(os.path.join(HERE, "chains", name, "chain.yaml"), encoding="utf-8") as text:
                facts = yaml.safe_load(text)
            self.assertLessEqual({facts["front"], facts["back"]}, expectations.READERS)
            self.assertEqual(set(facts["sends"]), {"sni", "host"})
        self.assertTrue(chains.HOSTS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    options, rest = parser.parse_known_args()
    WORK = os.path.abspath(options.work)
    certificates.store = os.path.join(WORK, "certificates")
    unittest.main(argv=[sys.argv[0], *rest])
