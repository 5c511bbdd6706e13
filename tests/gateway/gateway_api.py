#!/usr/bin/python3
"""The Gateway API's table of misdirected requests, asked of the running gateway.

The conformance test HTTPRouteHTTPSListenerDetectMisdirectedRequests has four listeners on one port, which share a certificate:
without a hostname, second-example.org, *.wildcard.org and fourth-example.wildcard.org. docs/gateway-configuration.md says how they
are written here: each is a virtual host with `coalesce: never`, and the one without a hostname is the listener's default, with
`unowned: 404` and `unknown_sni: default`. Every row is asked on a fresh connection over HTTP/2 and over HTTP/1.1.
"""
import argparse
import os
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
        path = os.path.join(folder, "gateway.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(configuration(port, folder, origins.ports))
        with real_servers.RunningServer(real_servers.OWN, os.path.abspath(options.astray), path, folder, [port]):
            found = list(complaints(port))
    for line in found:
        print(line)
    print(f"{len(ROWS)} rows over h2 and h1, {len(found)} differ")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
