"""Node.js: its http2 module and its fetch() (undici), by node_client.js."""
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 30  # seconds for a whole scenario


class Node:
    interactive = False

    def __init__(self, lab):
        self.lab = lab

    def version(self):
        return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def play(self, scenario):
        told = {"mode": self.mode, "requests": [request.description for request in scenario.requests],
                "ca": self.lab.authority.certificate, "overridden": scenario.overridden,
                "certificate": self.lab.client_pem if scenario.data.get("client_certificates") else None}
        environment = {**os.environ, "NODE_EXTRA_CA_CERTS": self.lab.authority.certificate, "NODE_NO_WARNINGS": "1"}
        if scenario.overridden:
            environment["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
        done = subprocess.run(["node", os.path.join(HERE, "node_client.js")], input=json.dumps(told), env=environment,
                              capture_output=True, text=True, timeout=LIMIT, check=False)
        if done.returncode != 0:
            return [{"error": done.stderr.strip()}] * len(scenario.requests)
        return json.loads(done.stdout)


class NodeHttp2(Node):
    name, profiles, mode, speaks_h1 = "node-http2", ("node-http2",), "http2", False


class NodeFetch(Node):
    name, profiles, mode, speaks_h1 = "node-fetch", ("undici",), "fetch", True
