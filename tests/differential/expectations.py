"""What a server without a reader in astray will answer, written by hand: expected.yaml of a case, as cells like `predict`'s.

    names: [a.test, b.test]              # the first is spelled in odd ways, too
    clients: [ca.pem]                    # holders of certificates of these CAs ask beside those without one
    snis, hosts, alpn, connection: […]   # replace an axis; more_snis, more_hosts: […] add to it
    rows:
      - {sni: a.test, host: [a.test, A.TEST], expect: {certificate: a.pem, virtual_host: a.test}}
      - {alpn: h2, connection: reused, port: 1, client: none, expect: {certificate: a.pem, status: 421}}
      - {sni: unknown.invalid, expect: {handshake: rejected, alert: unrecognized_name}}

A row holds for the cells that have one of its values on every axis it names; the first row that holds for a cell decides it.
A cell without a row and a row without a cell are errors. In `expect` stand certificate, status (else 200), virtual_host, reset
(an h2 error code instead of a status), closed: true (the connection ends after the handshake without an answer, or before one is
complete), protocol (else what ALPN offers first), or handshake: rejected with alert. `none` is no SNI, no Host, no client certificate.
As soon as astray reads a server's configuration, its predictions come beside the table (READERS) and the table can go.
"""
import itertools
import os

import yaml

READERS = {"nginx", "httpd"}  # `astray predict` speaks for these
AXES = ("port", "sni", "host", "alpn", "connection", "client")
EXPECT = {"certificate", "status", "virtual_host", "reset", "closed", "protocol", "handshake", "alert"}
ODD_HOSTS = ["UPPER(*)", "*.", "*:443", "*:99", "*:", "127.0.0.1", "[::1]", "", "none"]


def spelled(patterns, name):
    return [name.upper() if p == "UPPER(*)" else p.replace("*", name) for p in patterns]


def _listed(value):
    return [str(v) for v in (value if isinstance(value, list) else [value])]


def _axes(table, case):
    names = table["names"]
    conflicts = [f"{names[0]} (Host: {names[1]})", f"{names[1]} (Host: {names[0]})"] if len(names) > 1 else []
    axes = {
        "port": [str(index + 1) for index in range(len(case.ports))],
        "sni": table.get("snis", ["none", *names, names[0].upper(), "unknown.invalid"]) + table.get("more_snis", []),
        "host": table.get("hosts", [*names, "unknown.invalid", *spelled(ODD_HOSTS, names[0]), *conflicts]) + table.get("more_hosts", []),
        "alpn": table.get("alpn", ["h1", "h2"]),
        "connection": table.get("connection", ["fresh", "reused"]),
        "client": ["none", *table.get("clients", [])],
    }
    return axes


def _none(value):
    return None if value == "none" else value


def _cell(case, at, expect, names_of):
    unknown = set(expect) - EXPECT
    if unknown:
        raise ValueError(f"{case.name}: expected.yaml: expect knows no {', '.join(sorted(unknown))}")
    cell = {"address": f"127.0.0.1:{case.ports[int(at['port']) - 1]}", "sni": _none(at["sni"]), "host": _none(at["host"]),
            "alpn": at["alpn"], "handshake": expect.get("handshake", "ok"), "alert": expect.get("alert"), "certificate": None,
            "protocol": None, "outcome": "reject", "status": None, "virtual_host": None, "closed": bool(expect.get("closed")),
            "exact": True}
    if cell["handshake"] == "ok" and not cell["closed"]:
        cell["certificate"] = names_of[expect["certificate"]]
        cell["protocol"] = expect.get("protocol", "h2" if at["alpn"].startswith("h2") else "h1")
        cell["reset"] = expect.get("reset")
        cell["status"] = None if cell["reset"] else expect.get("status", 200)
        cell["outcome"] = "serve" if cell["status"] == 200 else "reject"
        cell["virtual_host"] = expect.get("virtual_host")
    return cell


def table_cells(case, names_of):
    """[(cell, client's CA or None, "fresh" or "reused")] of the case's expected.yaml; [] without one. names_of: the names
    of each certificate by its file."""
    path = os.path.join(case.source, "expected.yaml")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as text:
        table = yaml.safe_load(text)
    axes = _axes(table, case)
    rows = table["rows"]
    for row in rows:
        for axis in set(row) - {"expect"}:
            for value in _listed(row[axis]):
                if axis not in axes or value not in axes[axis]:
                    raise ValueError(f"{case.name}: expected.yaml: no cell has {axis} {value!r}: {row}")
    wanted = [({axis: set(_listed(row[axis])) for axis in AXES if axis in row}, row["expect"]) for row in rows]
    used, cells = set(), []
    for values in itertools.product(*(axes[axis] for axis in AXES)):
        at = dict(zip(AXES, values))
        for index, (holds, expect) in enumerate(wanted):
            if all(at[axis] in allowed for axis, allowed in holds.items()):
                used.add(index)
                cells.append((_cell(case, at, expect, names_of), _none(at["client"]), at["connection"]))
                break
        else:
            raise ValueError(f"{case.name}: expected.yaml: no row holds for {at}")
    for index, row in enumerate(rows):
        if index not in used:
            raise ValueError(f"{case.name}: expected.yaml: no cell is left for the row {row}")
    return cells
