#!/usr/bin/python3
"""Reproduces misdirection with real servers, feeds their logs to `astray explain`, and looks whether it names the right hop, names and cause.

cases/<kind>-<what>/ holds the servers' configurations, `certificates`, and scenario.yaml: what is asked (scenario.py), and
  logs           files in the server's folder that are explained, in this order
  log_format_of  the configuration is handed over with --config, for its log format
  log_formats    each is given with --log-format in its place, and has to tell the same
  expect         incidents, each with the members that must be so; `retried` are members of "retries", `predicted` and `place` of
                 "configuration" (then --config is given); an empty list: a healthy log, exit status 0
  another_sni    how many requests came on a connection of another SNI
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

from scenario import CASES, HERE, Case, Scenario, real_servers  # puts the neighbours' folders on the path
import certificates  # pylint: disable=wrong-import-order
import free_ports  # pylint: disable=wrong-import-order
import live  # pylint: disable=wrong-import-order

INCIDENTS = {
    "a-proxy-without-sni": {"cause": "sni-missing", "confidence": "certain", "sent_by": "Apache httpd, behind nginx", "sni": None,
                            "authority": "blog.example"},
    "c-explicit-pool-not-keyed-by-sni": {"cause": "back-pool-shared", "sni": "shop.example", "authority": "blog.example"},
}


def explain(astray, logs, extra=()):
    """(exit status, the JSON that was printed)."""
    done = subprocess.run([astray, "explain", "--format", "json", *extra, *map(str, logs)], capture_output=True, text=True, check=False,
                          timeout=60)
    if done.stderr:
        raise AssertionError(f"complaint: {done.stderr}")
    told = json.loads(done.stdout)
    jsonschema.validate(told, json.loads((HERE.parents[1] / "docs/schema/explain.schema.json").read_text()))
    return done.returncode, told


def until_written(path, count, seconds=10, what=b"\n"):
    """A log comes a moment after its response; `what` each of them has."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and path.read_bytes().count(what) >= count:
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


def configuration_of(scenario):
    """Options of astray explain."""
    options = []
    for case in scenario.cases:
        options += ["--config", case.config, "--server", f"{case.config}={case.kind}@{real_servers.version(case.kind, case.binary)}"]
    return options


def check_case(name, astray, binaries):
    with real_servers.served_folder() as folder:
        scenario = Scenario(name, folder, binaries)
        told_of = scenario.told
        logs = [scenario.folder / log for log in told_of["logs"]]
        with scenario.running():
            wrong = scenario.speak()
            until_written(logs[0], scenario.requests())
        if missing := [log.name for log in logs if not log.exists()]:
            return wrong + [f"the server wrote no {missing}, but {sorted(os.listdir(folder))}: {scenario.server.said()}"]
        wants_configuration = "log_format_of" in told_of or any("predicted" in wanted for wanted in told_of["expect"])
        status, told = explain(astray, logs, configuration_of(scenario) if wants_configuration else [])
        for given in told_of.get("log_formats", []):
            wrong += [f"{given}: {line}" for line in compare(told_of["expect"], *explain(astray, logs, ["--log-format", given]))]
    wrong += compare(told_of["expect"], status, told)
    summary = told["summary"]
    if summary["troubles"]:
        wrong.append(f"troubles: {summary['troubles']}")
    if summary["with_another_sni"] != told_of.get("another_sni", summary["with_another_sni"]):
        wrong.append(f"{summary['with_another_sni']} requests on another SNI, expected {told_of['another_sni']}")
    remedies = "".join(blind.get("remedy", "") for blind in summary["cannot_tell"])
    if told_of.get("cannot_tell", "") not in remedies:
        wrong.append(f"no advice with {told_of['cannot_tell']}: {summary['cannot_tell']}")
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


def report(name, wrong):
    """A line for one check, and whether it failed."""
    print(f"{'FAILED' if wrong else 'ok':6} {name}", flush=True)
    for line in wrong:
        print(f"    {line}")
    return bool(wrong)


def report_all(checks):
    """The exit status, of names with what is wrong."""
    failures = [report(name, wrong) for name, wrong in checks.items()]
    return 1 if any(failures) else 0


def options_of(description, *further):
    """Of the command line of a test: where astray and the unpacked servers are, and further (name, help). Certificates are kept from
    run to run, and a signal ends what the test has started."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True, type=os.path.abspath)
    parser.add_argument("--work", required=True, type=os.path.abspath, help="folder for unpacked servers")
    for name, text in further:
        parser.add_argument(name, help=text)
    options = parser.parse_args()
    real_servers.end_on_signal()
    certificates.store = os.path.join(options.work, "certificates")
    return options


def unpacked(options, kinds):
    return {kind: real_servers.unpack(kind, os.path.join(options.work, "servers")) for kind in kinds}


def main():
    options = options_of(__doc__, ("--only", "one case or incident"))
    astray = options.astray
    binaries = unpacked(options, real_servers.PACKAGES) | {real_servers.OWN: astray}
    failures = 0
    checks = {case.name: lambda case=case: check_case(case.name, astray, binaries) for case in sorted(CASES.iterdir())}
    checks |= {name: lambda name=name, wanted=wanted: check_incident(name, wanted, astray, binaries) for name, wanted in INCIDENTS.items()}
    for name, check in checks.items():
        if options.only not in (None, name):
            continue
        try:
            wrong = check()
        except (AssertionError, OSError, RuntimeError) as error:
            wrong = [str(error)]
        failures += report(name, wrong)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
