"""What a server without a reader in astray will answer, written by hand: expected.yaml of a case, as cells like `predict`'s.

    names: [a.test, b.test]              # the first is spelled in odd ways, too
    clients: [ca.pem]                    # holders of certificates of these CAs ask beside those without one
    snis, hosts, alpn, connection: […]   # replace an axis; more_snis, more_hosts: […] add to it
    tls: [any, TLSv1.2, TLSv1.3]         # clients of one version alone ask, too
    handshakes:                          # what becomes of the handshake: by port, sni, alpn, tls, client
      - {sni: [a.test, A.TEST], certificate: a.pem}
      - {sni: unknown.invalid, alert: unrecognized_name}
      - {certificate: default.pem}
    requests:                            # what the request gets where the handshake succeeds: by every axis
      - {host: [a.test, A.TEST], virtual_host: a.test}
      - {host: b.test, sni: a.test, alpn: h2, connection: reused, port: 1, client: none, status: 421}
      - {host: none, reset: PROTOCOL_ERROR}

A row holds for the cells that have one of its values on every axis it names; the first row that holds for a cell decides it.
A cell without a row and a row without a cell are errors. `none` is no SNI, no Host, no client certificate.
A handshake has a certificate, a protocol if it is not what ALPN offers first, and perhaps a tls_version ("TLSv1.2"); or an alert (`none`: it ends without one).
A request has a status (else 200) with the virtual_host that says so, or a reset (an h2 error code), or closed: true (the connection
ends without an answer). `cannot_be_told: SENTENCE` says why some predictions are unknowable, which the table then speaks for. As soon as astray reads a server's configuration, its predictions come beside the table (READERS), are
held against the same server, and the table can go.
"""
import itertools
import os

import yaml

READERS = {"nginx", "httpd", "astray", "haproxy", "caddy", "h2o", "trafficserver", "kubernetes"}  # `astray predict` speaks for these
HANDSHAKE_AXES = ("port", "sni", "alpn", "tls", "client")
AXES = (*HANDSHAKE_AXES, "host", "connection")
OUTCOMES = {"handshakes": {"certificate", "protocol", "tls_version", "alert"}, "requests": {"status", "virtual_host", "reset", "closed"}}
ODD_HOSTS = ["UPPER(*)", "*.", "*:443", "*:99", "*:", "127.0.0.1", "[::1]", "", "none"]


def spelled(patterns, name):
    return [name.upper() if p == "UPPER(*)" else p.replace("*", name) for p in patterns]


def _none(value):
    return None if value == "none" else value


def _table(case):
    """The case's expected.yaml; None without one."""
    path = os.path.join(case.source, "expected.yaml")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as text:
        return yaml.safe_load(text)


def cannot_be_told(case):
    """Why some predictions of the case are unknowable; None where all are to be held against the server."""
    return (_table(case) or {}).get("cannot_be_told")


def _axes(table, case):
    names = table["names"]
    conflicts = [f"{names[0]} (Host: {names[1]})", f"{names[1]} (Host: {names[0]})"] if len(names) > 1 else []
    return {
        "port": [str(index + 1) for index in range(len(case.ports))],
        "sni": table.get("snis", ["none", *names, names[0].upper(), names[0] + ".", "unknown.invalid"]) + table.get("more_snis", []),
        "host": table.get("hosts", [*names, "unknown.invalid", *spelled(ODD_HOSTS, names[0]), *conflicts]) + table.get("more_hosts", []),
        "alpn": table.get("alpn", ["h1", "h2"]),
        "tls": table.get("tls", ["any"]),
        "connection": table.get("connection", ["fresh", "reused"]),
        "client": ["none", *table.get("clients", [])],
    }


class _Rows:
    """The rows of one part of the table; find() gives the outcome of the first that holds."""

    def __init__(self, case, part, rows, axes):
        self.what = f"{case.name}: expected.yaml: {part}"
        self.rows = []
        self.used = set()
        for row in rows:
            on = {key: value for key, value in row.items() if key in axes}
            outcome = {key: value for key, value in row.items() if key not in axes}
            if set(outcome) - OUTCOMES[part]:
                raise ValueError(f"{self.what}: not understood: {', '.join(set(outcome) - OUTCOMES[part])} in {row}")
            on = {axis: {str(v) for v in (value if isinstance(value, list) else [value])} for axis, value in on.items()}
            for axis, values in on.items():
                if values - set(axes[axis]):
                    raise ValueError(f"{self.what}: no cell has {axis} {', '.join(sorted(values - set(axes[axis])))}: {row}")
            self.rows.append((on, outcome))

    def find(self, at):
        for index, (on, outcome) in enumerate(self.rows):
            if all(at[axis] in values for axis, values in on.items()):
                self.used.add(index)
                return outcome
        raise ValueError(f"{self.what}: no row holds for {at}")

    def check_all_used(self):
        for index, row in enumerate(self.rows):
            if index not in self.used:
                raise ValueError(f"{self.what}: no cell is left for the row {row}")


def table_cells(case, names_of):
    """[(cell, client's CA or None, "fresh" or "reused")] of the case's expected.yaml; [] without one. names_of: the names
    of each certificate by its file."""
    table = _table(case)
    if table is None:
        return []
    axes = _axes(table, case)
    handshakes = _Rows(case, "handshakes", table["handshakes"], {axis: axes[axis] for axis in HANDSHAKE_AXES})
    requests = _Rows(case, "requests", table["requests"], axes)
    cells = []
    for values in itertools.product(*(axes[axis] for axis in HANDSHAKE_AXES)):
        at = dict(zip(HANDSHAKE_AXES, values))
        handshake = handshakes.find(at)
        common = {"address": f"127.0.0.1:{case.ports[int(at['port']) - 1]}", "sni": _none(at["sni"]), "alpn": at["alpn"],
                  "exact": True, "handshake": "ok", "alert": None, "outcome": "reject", "certificate": None, "protocol": None,
                  "status": None, "virtual_host": None, "reset": None, "closed": False, "offered_tls_version": None if at["tls"] == "any" else at["tls"]}
        client = _none(at["client"])
        if "alert" in handshake:
            # Without a connection no Host can be asked for: one cell says it.
            common.update(handshake="rejected", alert=handshake["alert"], host=_none(axes["host"][0]))
            cells.append((common, client, "fresh"))
            continue
        common["certificate"] = names_of[handshake["certificate"]]
        common["tls_version"] = handshake.get("tls_version")
        common["protocol"] = handshake.get("protocol", "h2" if at["alpn"].startswith("h2") else "h1")
        for at["host"], at["connection"] in itertools.product(axes["host"], axes["connection"]):
            request = requests.find(at)
            cell = {**common, **request, "host": _none(at["host"])}
            if "status" not in request and not request.get("reset") and not request.get("closed"):
                cell["status"] = 200
            cell["outcome"] = "serve" if cell["status"] == 200 else "reject"
            cells.append((cell, client, at["connection"]))
    handshakes.check_all_used()
    requests.check_all_used()
    return cells
