#!/usr/bin/python3
"""What `astray audit` and `astray predict` make of gateways: of the examples, and of an nginx in front of one.

    tests/gateway/check_audit.py --astray BINARY --source FOLDER
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../differential"))

import certificates  # noqa: E402 pylint: disable=wrong-import-position
import real_servers  # noqa: E402 pylint: disable=wrong-import-position

OPTIONS = argparse.Namespace(astray="", source="")

GATEWAY = """
listeners:
  https: {address: "127.0.0.1:8443", public_port: 443}
virtual_hosts:
  shop:
    names: [shop.test]
    certificates: [{certificate: both.pem, key: both.pem}]
    routes: [{backs: [app]}]
  pay:
    names: [pay.test]
    certificates: [{certificate: both.pem, key: both.pem}]
    %s
    routes: [{backs: [app]}]
backs:
  app: {addresses: ["127.0.0.1:8080"]}
"""
FRONT = """
events {}
http {
  ssl_certificate both.pem;
  ssl_certificate_key both.pem;
  server {
    listen 443 ssl;
    server_name shop.test pay.test;
    location / {
      proxy_pass https://127.0.0.1:8443;
      proxy_set_header Host $host;
      proxy_ssl_server_name %s;
      proxy_ssl_name $host;
    }
  }
}
"""


def ran(*arguments):
    done = subprocess.run([OPTIONS.astray, *arguments], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Audits(unittest.TestCase):
    def setUp(self):
        folder = real_servers.served_folder()
        self.folder = folder.__enter__()
        self.addCleanup(folder.__exit__, None, None, None)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def audit(self, *arguments):
        """(exit status, the ids of the rules that found something)"""
        status, output, said = ran("audit", "--format", "json", *arguments)
        self.assertIn(status, (0, 1), said)
        return status, {finding["rule"] for finding in json.loads(output)["findings"]}

    def test_the_smallest_example_is_clean(self):
        path = os.path.join(self.folder, "minimal.yaml")
        shutil.copy(os.path.join(OPTIONS.source, "examples/gateway/minimal.yaml"), path)
        certificates.make_certificates("www.example.com.pem: www.example.com", self.folder)
        for arguments in ([path], [self.folder], ["--server", "astray", path], ["--server", "astray@0.1.0", self.folder]):
            self.assertEqual(self.audit(*arguments), (0, set()), arguments)

    def test_without_its_certificates_an_example_cannot_be_told(self):
        status, output, said = ran("audit", os.path.join(OPTIONS.source, "examples/gateway/full.yaml"))
        self.assertEqual(status, 2)
        self.assertIn("www-ecdsa.pem", output + said)

    def test_a_policy_of_its_own_on_a_shared_certificate_is_found(self):
        certificates.make_certificates("both.pem: shop.test, pay.test\nCA ca.pem", self.folder)
        path = self.write("gateway.yaml", GATEWAY % "client_authentication: {mode: required, authorities: ca.pem}")
        status, rules = self.audit(path)
        self.assertEqual(status, 1)
        self.assertIn("AST001", rules)
        path = self.write("gateway.yaml", GATEWAY % "protocols: [h2, http/1.1]")
        self.assertEqual(self.audit(path), (0, set()))

    def test_an_nginx_in_front_without_sni_is_found(self):
        certificates.make_certificates("both.pem: shop.test, pay.test", self.folder)
        gateway = self.write("gateway.yaml", GATEWAY % "unowned: 404")
        front = self.write("nginx/nginx.conf", FRONT % "off")
        shutil.copy(os.path.join(self.folder, "both.pem"), os.path.join(self.folder, "nginx/both.pem"))
        status, rules = self.audit(front, gateway)
        self.assertEqual(status, 1)
        self.assertTrue("AST006" in rules, rules)
        front = self.write("nginx/nginx.conf", FRONT % "on")
        self.assertFalse(self.audit(front, gateway)[1] & {"AST006", "AST008"})

    def test_predictions_of_a_pair_name_line_and_reason(self):
        certificates.make_certificates("both.pem: shop.test, pay.test", self.folder)
        path = self.write("gateway.yaml", GATEWAY % "coalesce: never")
        status, output, said = ran("predict", path, "--sni", "shop.test", "--host", "shop.test,pay.test,pay.test:8443",
                                   "--alpn", "h2", "--format", "jsonl")
        self.assertEqual(status, 0, said)
        cells = [json.loads(line) for line in output.splitlines()]
        self.assertEqual([(cell["host"], cell["outcome"], cell["status"], cell["reason"]) for cell in cells],
                         [("shop.test", "serve", None, "own-name"), ("pay.test", "reject", 421, "more-specific-listener"),
                          ("pay.test:8443", "reject", 421, "unowned")])
        self.assertEqual({cell["address"] for cell in cells}, {"127.0.0.1:8443"})
        self.assertNotIn("is assumed", said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--source", required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
