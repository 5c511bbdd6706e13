#!/usr/bin/env python3
"""promtool has nothing to say against the metrics and the rules; the rules, the dashboard and docs/watch-metrics.md name exactly
metrics and labels that there are."""
import contextlib
import json
import os
import re
import subprocess
import urllib.request

import yaml

from player import Player, arguments, check, folder, free_port, unpack, wait_for



def promtool(binary, *words, **options):
    done = subprocess.run([binary, *words], capture_output=True, text=True, check=False, timeout=60, **options)
    check(done.returncode == 0 and not done.stderr.strip(), f"promtool {' '.join(words)}: {done.stdout}{done.stderr}")


def families_of(text):
    """Name → (type, labels)."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            found[name] = (kind, set())
        elif line and not line.startswith("#"):
            name = re.match(r"[a-z_]+", line).group()
            base = name if name in found else re.sub(r"_(bucket|sum|count)$", "", name)
            found[base][1].update(re.findall(r'([a-z_]+)="', line))
    return found


def expressions(node):
    """Every PromQL expression of a dashboard."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr" and isinstance(value, str):
                yield value
            yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


def check_expression(expression, families):
    expression = expression.replace("$__rate_interval", "5m")
    names = set(re.findall(r"\b(?:astray|process)_[a-z_]+", expression))
    check(names, f"no metric in {expression}")
    labels = set(re.findall(r"([a-z_]+)\s*(?:=~|!=|=(?!=))", expression))
    for words in re.findall(r"(?:by|on)\s*\(([^)]*)\)", expression):
        labels.update(word.strip() for word in words.split(","))
    known = {"instance", "job"}
    for name in names:
        base = name if name in families else re.sub(r"_(bucket|sum|count)$", "", name)
        check(base in families, f"{name} is no metric: {expression}")
        known |= families[base][1]
    check(labels <= known, f"{labels - known} are no labels of {names}: {expression}")
    return names


def check_dashboard(path, families, promtool_binary, work):
    dashboard = json.loads(path.read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    ids = [panel["id"] for panel in dashboard["panels"]]
    check(len(set(ids)) == len(ids), "two panels of one id")
    check(dashboard["uid"] and "id" not in dashboard, "a provisioned dashboard has a uid, and its id is Grafana's")
    check(all(panel["targets"] for panel in panels), "a panel without a query")
    places = [(p["gridPos"]["x"] + dx, p["gridPos"]["y"] + dy) for p in dashboard["panels"]
              for dx in range(p["gridPos"]["w"]) for dy in range(p["gridPos"]["h"])]
    check(len(set(places)) == len(places) and all(x < 24 for x, _ in places), "panels lie over each other")
    found = sorted(set(expressions(dashboard)))
    for expression in found:
        check_expression(expression, families)
    # promtool parses them as the expressions of recording rules.
    rules = [{"record": "checked:expression", "expr": e.replace("$__rate_interval", "5m").replace("$instance", ".*"),
              "labels": {"number": str(i)}} for i, e in enumerate(found)]
    file = os.path.join(work, "dashboard.yml")
    with open(file, "w", encoding="utf-8") as out:
        yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, out)
    promtool(promtool_binary, "check", "rules", file)
    return len(found)


def real_metrics(astray, path):
    """What GET /metrics of `astray watch` answers after its first round: of a port where nobody is."""
    port, nobody = free_port(), free_port()
    settings = {"targets": [f"https://a.example:{nobody}"], "nodes": ["127.0.0.1"], "store": {"path": "real.db"},
                "pace": {"interval": "60s"}, "page": {"address": f"127.0.0.1:{port}"},
                "alertmanagers": [f"http://127.0.0.1:{nobody}"], "clickhouse": {"url": f"http://127.0.0.1:{nobody}"}}
    file = os.path.join(path, "watch.yaml")
    with open(file, "w", encoding="utf-8") as out:
        yaml.safe_dump(settings, out)
    watcher = subprocess.Popen([astray, "watch", "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def asked():
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
            return text if "astray_watch_last_round_timestamp_seconds" in text else None
    try:
        return wait_for(asked, 30, "the metrics of a round")
    finally:
        watcher.terminate()
        watcher.wait(30)


def main():
    options = arguments()
    binary = unpack("prometheus", options.work)
    with folder() as path:
        metrics_file = os.path.join(path, "metrics")
        # Port 9 of loopback: nobody is there, so an outlet has trouble and something that waits.
        with Player(options.player, os.path.join(path, "watch.db"), rounds=3, every=10, patience=1, metrics=metrics_file,
                    alertmanager="http://127.0.0.1:9", clickhouse="http://127.0.0.1:9") as player:
            player.process.wait(30)
        with open(metrics_file, encoding="utf-8") as file:
            text = file.read()
        real = real_metrics(options.astray, path)
        for each in (text, real):
            promtool(binary, "check", "metrics", input=each)
        families = families_of(text)
        kinds, real_kinds = ({(name, kind) for name, (kind, _) in each.items()} for each in (families, families_of(real)))
        check(kinds == real_kinds, f"the player and the real watcher differ: {kinds ^ real_kinds}")
        rules = options.source / "contrib/prometheus/astray-watch.rules.yml"
        promtool(binary, "check", "rules", str(rules))
        check_rules_test(binary, options.source)
        tested = (options.source / "contrib/prometheus/astray-watch.rules.test.yml").read_text()
        for rule in yaml.safe_load(rules.read_text())["groups"][0]["rules"]:
            check_expression(rule["expr"], families)
            fires = re.search(rf"alertname: {rule['alert']}\n\s+exp_alerts:", tested)
            check(fires, f"{rule['alert']} fires in no test")
        count = check_dashboard(options.source / "contrib/grafana/astray-watch.json", families, binary, path)
    check_page(options.source / "docs/watch-metrics.md", text, families)
    print(f"{len(families)} metrics, {count} expressions of the dashboard")


def check_rules_test(binary, source):
    done = subprocess.run([binary, "test", "rules", "astray-watch.rules.test.yml"], cwd=source / "contrib/prometheus",
                          capture_output=True, text=True, check=False, timeout=60)
    check(done.returncode == 0, f"promtool test rules: {done.stdout}{done.stderr}")


def check_page(path, text, families):
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+) \|([^|]*)\|([^|]*)\| ([^|]*) \|$", path.read_text(), re.M)
    said = {name: (kind, set(re.findall(r"`([a-z_]+)`", labels))) for name, kind, labels, _, _ in rows}
    seen = {name: (kind, labels - {"le"}) for name, (kind, labels) in families.items()}
    check(said == seen, f"the page and the metrics differ: {sorted(set(said) ^ set(seen))} "
                        f"{[(n, said[n], seen[n]) for n in said if n in seen and said[n] != seen[n]]}")
    for name, _, _, _, sentence in rows:
        help_text = re.search(rf"^# HELP {name} (.*)$", text, re.M).group(1)
        check(sentence.startswith(help_text.rstrip(".")), f"{name}: the page says another thing than HELP: {help_text}")


if __name__ == "__main__":
    main()
