#!/usr/bin/python3
"""Reproduces misdirection with real servers, feeds their logs to `astray explain`, and looks whether it names the right hop, names and cause.

cases/<kind>-<what>/ holds the server's configuration (placeholders as in tests/differential), `certificates`, and scenario.yaml:
  connections    what a client does: an SNI (null: none), ALPN, and requests "HOST STATUS" on that one connection
  logs           files in the server's folder that are explained
  log_format_of  the configuration is handed over with --config, for its log format
  expect         incidents, each with the members that must be so; `retried` are members of "retries", `predicted` and `place` of
                 "configuration" (then --config is given); an empty list: a healthy log, exit status 0
  cannot_tell    a text that the advice about the log format must have
Two incidents of tests/incidents with an nginx in front of an httpd come on top: their three logs together.
What is expected follows from the servers' sources, which each scenario names, and never from astray's output.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import jsonschema
import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("incidents", "differential", "support")]
import certificates  # noqa: E402 pylint: disable=wrong-import-position
import free_ports  # noqa: E402 pylint: disable=wrong-import-position
import live  # noqa: E402 pylint: disable=wrong-import-position
import live_cell  # noqa: E402 pylint: disable=wrong-import-position
import real_servers  # noqa: E402 pylint: disable=wrong-import-position
from server_case import Case  # noqa: E402 pylint: disable=wrong-import-position

INCIDENTS = {
    "a-proxy-without-sni": {"cause": "sni-missing", "confidence": "certain", "sent_by": "Apache httpd, behind nginx", "sni": None,
                            "authority": "blog.example"},
    "c-explicit-pool-not-keyed-by-sni": {"cause": "back-pool-shared", "sni": "shop.example", "authority": "blog.example"},
}


def speak(port, connections):
    """Does what the scenario says; what was answered otherwise, as lines."""
    wrong = []
    for each in connections:
        with live_cell.Connection(port, each["sni"], live_cell.context(each["alpn"])) as connection:
            for index, request in enumerate(each["requests"]):
                host, status = request.split()
                got = connection.request(host, last=index + 1 == len(each["requests"]))["status"]
                if got != int(status):
                    wrong.append(f"the server answered {got} to {host} on SNI {each['sni']}, expected {status}")
    return wrong


def explain(astray, logs, extra=()):
    """(exit status, the JSON that was printed)."""
    done = subprocess.run([astray, "explain", "--format", "json", *extra, *map(str, logs)], capture_output=True, text=True, check=False,
                          timeout=60)
    if done.stderr:
        raise AssertionError(f"complaint: {done.stderr}")
    told = json.loads(done.stdout)
    jsonschema.validate(told, json.loads((HERE.parents[1] / "docs/schema/explain.schema.json").read_text()))
    return done.returncode, told


def until_written(path, count, seconds=10):
    """A log comes a moment after its response."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and path.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.02)


def differences(wanted, incident):
    """Members of an incident that are not as wanted."""
    wrong = []
    for key, value in wanted.items():
        if key == "retried":
            wrong += [f"retries.{name}: {incident['retries'][name]}, expected {count}" for name, count in value.items()
                      if incident["retries"][name] != count]
        elif key == "predicted":
            if incident.get("configuration", {}).get("prediction") != value:
                wrong.append(f"configuration: {incident.get('configuration')}, expected {value}")
        elif key == "place":
            if value not in incident.get("configuration", {}).get("place", ""):
                wrong.append(f"configuration: {incident.get('configuration')}, expected a place in {value}")
        elif incident.get(key, "absent") != value:
            wrong.append(f"{key}: {incident.get(key, 'absent')}, expected {value}")
    return wrong


def compare(expected, status, told):
    wrong = []
    if status != (1 if expected else 0):
        wrong.append(f"exit status {status}")
    left = list(told["incidents"])
    for wanted in expected:
        tried = [(differences(wanted, incident), incident) for incident in left]
        fitting = [incident for found, incident in tried if not found]
        if fitting:
            left.remove(fitting[0])
        else:
            nearest = min(tried, key=lambda pair: len(pair[0]), default=([], None))
            wrong.append(f"nothing like {wanted}; nearest: {nearest[0]} in {nearest[1]}")
    wrong += [f"not expected: {incident}" for incident in left]
    return wrong


def check_case(name, astray, binaries):
    scenario = yaml.safe_load((HERE / "cases" / name / "scenario.yaml").read_text())
    # It is about the case, and no file of the server.
    with real_servers.served_folder() as source, real_servers.served_folder() as folder:
        for entry in (HERE / "cases" / name).iterdir():
            if entry.name != "scenario.yaml":
                shutil.copy(entry, source)
        case = Case(name, folder, binaries, source=source)
        requests = sum(len(each["requests"]) for each in scenario["connections"])
        with case.running() as server:
            wrong = speak(case.ports[0], scenario["connections"])
            until_written(pathlib.Path(folder) / scenario["logs"][0], requests)
        logs = [pathlib.Path(folder) / log for log in scenario["logs"]]
        if missing := [log.name for log in logs if not log.exists()]:
            return wrong + [f"the server wrote no {missing}, but {sorted(os.listdir(folder))}: {server.said()}"]
        wants_prediction = any("predicted" in wanted for wanted in scenario["expect"])
        extra = []
        if "log_format_of" in scenario or wants_prediction:
            extra = ["--config", case.config, "--server", f"{case.kind}@{real_servers.version(case.kind, case.binary)}"]
        status, told = explain(astray, logs, extra)
    wrong += compare(scenario["expect"], status, told)
    if told["summary"]["troubles"]:
        wrong.append(f"troubles: {told['summary']['troubles']}")
    remedies = "".join(blind.get("remedy", "") for blind in told["summary"]["cannot_tell"])
    if scenario.get("cannot_tell", "") not in remedies:
        wrong.append(f"no advice with {scenario['cannot_tell']}: {told['summary']['cannot_tell']}")
    return wrong


def check_incident(name, wanted, astray, binaries):
    """An nginx in front of an httpd: what is asked is in the incident's file `live`."""
    requests = live.requests_of(live.run.SOURCE / name)["broken"]
    with real_servers.served_folder() as work:
        folder = pathlib.Path(work) / "broken"
        shutil.copytree(live.run.SOURCE / name / "broken", folder)
        live.run.make_certificates(folder, pathlib.Path(work) / "certificates")
        front, back = free_ports.free_port(), free_ports.free_port()
        live.put_in_place(folder, front, back, pathlib.Path(binaries["httpd"]).parents[1] / "lib/apache2/modules")
        with real_servers.RunningServer("httpd", binaries["httpd"], str(folder / "apache2.conf"), str(folder), [back]):
            with real_servers.RunningServer("nginx", binaries["nginx"], str(folder / "nginx.conf"), str(folder), [front]):
                wrong = [f"{host}: not {status}" for host, status in requests if live.status_of(host, front) != status]
                until_written(folder / "access.log", len(requests))
        logs = [folder / log for log in ("access.log", "httpd-access.log", "httpd-error.log")]
        extra = []
        for kind, config in (("nginx", folder / "nginx.conf"), ("httpd", folder / "apache2.conf")):
            extra += ["--config", str(config), "--server", f"{config}={kind}@{real_servers.version(kind, binaries[kind])}"]
        status, told = explain(astray, logs, extra)
    found = [incident for incident in told["incidents"] if not differences(wanted, incident)]
    if status != 1 or not found:
        wrong.append(f"exit status {status}, nothing like {wanted}: {json.dumps(told['incidents'], indent=1)}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--work", required=True, help="folder for unpacked servers")
    parser.add_argument("--only", help="one case or incident")
    options = parser.parse_args()
    real_servers.end_on_signal()
    work = os.path.abspath(options.work)
    astray = os.path.abspath(options.astray)
    certificates.store = os.path.join(work, "certificates")
    binaries = {kind: real_servers.unpack(kind, os.path.join(work, "servers")) for kind in ("nginx", "httpd", "caddy", "haproxy")}
    binaries[real_servers.OWN] = astray
    failures = 0
    checks = {case.name: lambda case=case: check_case(case.name, astray, binaries) for case in sorted((HERE / "cases").iterdir())}
    checks |= {name: lambda name=name, wanted=wanted: check_incident(name, wanted, astray, binaries) for name, wanted in INCIDENTS.items()}
    for name, check in checks.items():
        if options.only not in (None, name):
            continue
        try:
            wrong = check()
        except (AssertionError, OSError, RuntimeError) as error:
            wrong = [str(error)]
        print(f"{'FAILED' if wrong else 'ok':6} {name}", flush=True)
        for line in wrong:
            print(f"    {line}")
        failures += bool(wrong)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
