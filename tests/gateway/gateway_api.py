#!/usr/bin/python3
"""The Gateway API's table of misdirected requests, asked of the running gateway.

The conformance test HTTPRouteHTTPSListenerDetectMisdirectedRequests has four listeners on one port, which share a certificate:
without a hostname, second-example.org, *.wildcard.org and fourth-example.wildcard.org. They are asked of the gateway twice: as
docs/gateway-configuration.md says how they are written there (each is a virtual host with `coalesce: never`, and the one without a
hostname is the listener's default, with `unowned: 404` and `unknown_sni: default`), and from manifests of the Gateway API. Every row
is asked on a fresh connection over HTTP/2 and over HTTP/1.1. From manifests, `astray predict` has to say the same, and
`astray gateway --check` the conditions.
"""
import argparse
import base64
import json
import os
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder) for folder in ("differential", "support")]

import certificates  # noqa: E402 pylint: disable=wrong-import-position
import free_ports  # noqa: E402 pylint: disable=wrong-import-position
import live_cell  # noqa: E402 pylint: disable=wrong-import-position
import origin  # noqa: E402 pylint: disable=wrong-import-position
import real_servers  # noqa: E402 pylint: disable=wrong-import-position

# The conformance certificate has the name "*", too, which covers nothing (RFC 9525 §6.3): example.org stands for it here.
CERTIFICATE = "all.pem: example.org, second-example.org, *.wildcard.org"
EX, SECOND, UNKNOWN = "example.org", "second-example.org", "unknown-example.org"
THIRD, FOURTH, FITH = (f"{label}-example.wildcard.org" for label in ("third", "fourth", "fith"))
# SNI, Host, status, and where it is served who serves it.
ROWS = [
    (EX, EX, 200, "everything"),
    (EX, SECOND, 421, None),
    (EX, UNKNOWN, 404, None),
    (SECOND, SECOND, 200, "second"),
    (SECOND, EX, 421, None),
    (SECOND, UNKNOWN, 421, None),
    (THIRD, THIRD, 200, "wildcard"),
    (THIRD, FITH, 200, "wildcard"),
    (THIRD, FOURTH, 421, None),
    (THIRD, SECOND, 421, None),
    (THIRD, UNKNOWN, 421, None),
    (FOURTH, FOURTH, 200, "fourth"),
    (FOURTH, FITH, 421, None),
    (UNKNOWN, EX, 200, "everything"),
    (UNKNOWN, UNKNOWN, 404, None),
]
LISTENERS = {"everything": (EX, "unowned: 404, "), "second": (SECOND, ""), "wildcard": ("*.wildcard.org", ""), "fourth": (FOURTH, "")}


def configuration(port, folder, origins):
    pem = os.path.join(folder, "all.pem")
    lines = [f'listeners:\n  https: {{address: "127.0.0.1:{port}", public_port: 443, unknown_sni: default, default: everything}}',
             "virtual_hosts:"]
    for label, (name, more) in LISTENERS.items():
        lines.append(f'  {label}: {{names: ["{name}"], certificates: [{{certificate: {pem}, key: {pem}}}], coalesce: never, {more}'
                     f"routes: [{{backs: [{label}]}}]}}")
    lines.append("backs:")
    lines += [f'  {label}: {{addresses: ["127.0.0.1:{origins[label]}"]}}' for label in LISTENERS]
    return "\n".join([*lines, "operation: {threads: 2, admin: off}", ""])


HOSTNAMES = {"everything": None, "second": SECOND, "wildcard": "*.wildcard.org", "fourth": FOURTH}
CONDITIONS = [
    "Gateway infra/edge: Programmed=True (Programmed)",
    "listener second of Gateway infra/edge: OverlappingTLSConfig=True (OverlappingCertificates)",
    "HTTPRoute infra/fourth on Gateway infra/edge: Accepted=True (Accepted)",
]


def manifests(port, folder, origins):
    """The same as objects: YAML takes JSON."""
    with open(os.path.join(folder, "all.pem"), "rb") as pem:
        data = base64.b64encode(pem.read()).decode()
    api, infra = "gateway.networking.k8s.io/v1", {"namespace": "infra"}
    listeners = [{"name": label, "port": port, "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "all"}]},
                  **({"hostname": hostname} if hostname else {})} for label, hostname in HOSTNAMES.items()]
    objects = [
        {"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "astray"}, "spec": {"controllerName": "astray.dev/gateway"}},
        {"apiVersion": api, "kind": "Gateway",
         "metadata": {"name": "edge", **infra, "annotations": {"astray.dev/public-ports": f"{port}=443", "astray.dev/admin": "off",
                                                               "astray.dev/threads": "2"}},
         "spec": {"gatewayClassName": "astray", "addresses": [{"type": "IPAddress", "value": "127.0.0.1"}], "listeners": listeners}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "all", **infra}, "type": "kubernetes.io/tls",
         "data": {"tls.crt": data, "tls.key": data}},
    ]
    for label in HOSTNAMES:
        name = EX if label == "everything" else HOSTNAMES[label]
        objects += [
            {"apiVersion": api, "kind": "HTTPRoute", "metadata": {"name": label, **infra},
             "spec": {"parentRefs": [{"name": "edge", "sectionName": label}], "hostnames": [name],
                      "rules": [{"backendRefs": [{"name": label, "port": 80}]}]}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": label, **infra},
             "spec": {"ports": [{"name": "http", "port": 80}]}},
            {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
             "metadata": {"name": label, **infra, "labels": {"kubernetes.io/service-name": label}},
             "ports": [{"name": "http", "port": origins[label]}], "endpoints": [{"addresses": ["127.0.0.1"]}]},
        ]
    return "\n---\n".join(json.dumps(each) for each in objects) + "\n"


def predictions_that_differ(astray, path):
    """What is predicted from the manifests, beside the rows."""
    snis, hosts = (",".join(sorted({row[index] for row in ROWS})) for index in (0, 1))
    run = subprocess.run([astray, "predict", "--format", "jsonl", "--alpn", "h2", "--sni", snis, "--host", hosts, path],
                         capture_output=True, text=True, timeout=60, check=False)
    if run.returncode != 0:
        yield f"astray predict ended with {run.returncode}: {run.stderr}"
    predicted = {}
    for line in run.stdout.splitlines():
        cell = json.loads(line)
        predicted[cell["sni"], cell["host"]] = cell
    for sni, host, status, _ in ROWS:
        cell = predicted.get((sni, host), {})
        found = 200 if cell.get("outcome") == "serve" else cell.get("status")
        if found != status:
            yield f"{sni} -> {host}: expected the prediction {status}, got {cell}"


def conditions_that_lack(astray, path):
    run = subprocess.run([astray, "gateway", "--check", path], capture_output=True, text=True, timeout=60, check=False)
    if run.returncode != 0:
        yield f"astray gateway --check ended with {run.returncode}: {run.stdout}{run.stderr}"
    for condition in CONDITIONS:
        if condition not in run.stdout.splitlines():
            yield f"astray gateway --check does not say: {condition}\n{run.stdout}"


def complaints(port):
    for sni, host, status, served_by in ROWS:
        for alpn in ("h2", "h1"):
            answer = live_cell.ask(port, sni, host, alpn)
            found = answer.get("status"), answer.get("virtual_host"), answer.get("protocol")
            if found != (status, served_by, alpn):
                yield f"{sni} -> {host} over {alpn}: expected {status} of {served_by}, got {answer}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    options = parser.parse_args()
    real_servers.end_on_signal()
    with real_servers.served_folder() as folder, origin.Origins(list(LISTENERS)) as origins:
        certificates.make_certificates(CERTIFICATE, folder)
        port = free_ports.free_port()
        astray = os.path.abspath(options.astray)
        found = []
        for name, text in (("gateway.yaml", configuration), ("manifests.yaml", manifests)):
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text(port, folder, origins.ports))
            with real_servers.RunningServer(real_servers.OWN, astray, path, folder, [port]):
                found += [f"{name}: {complaint}" for complaint in complaints(port)]
        found += [*predictions_that_differ(astray, path), *conditions_that_lack(astray, path)]
    for line in found:
        print(line)
    print(f"{len(ROWS)} rows over h2 and h1, of a configuration and of manifests, {len(found)} differ")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
