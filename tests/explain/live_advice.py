#!/usr/bin/python3
"""Where a log cannot tell, `astray explain` prints the line of the server's configuration that would. Here it is put where it belongs, a real
server logs by it, and the same incident is told, with nothing left that could not be.

Each server is that of a folder in cases/, whose scenario and expectations are taken as they are.
"""
import pathlib
import re
import sys
import tempfile

from live_logs import compare, configuration_of, explain, options_of, report_all, unpacked, until_written
from scenario import Scenario, real_servers

# A line by which astray knows whose log it is, and in which the names or the connection are not.
BLIND = {
    "nginx": '192.0.2.1 - - [28/Nov/2026:10:00:00 +0000] "GET / HTTP/2.0" 421 26 "-" "curl"',
    "httpd": '192.0.2.1 - - [28/Nov/2026:10:00:00 +0000] "GET / HTTP/2.0" 421 26 "-" "curl"',
    "haproxy": '10.0.1.2:33317 [28/Nov/2026:10:00:00.655] f~ f/<NOSRV> 0/-1/-1/-1/0 421 2750 - - PR-- 1/1/1/1/0 0/0 "GET / HTTP/2.0"',
    "trafficserver": "1795860000.123 5 192.0.2.1 TCP_DENIED/403 421 GET https://b.test/ - NONE/- text/html",
    "astray": '{"time":"2026-11-28T10:00:00Z","astray.http.status":421}',
}
# Case, the file that has the format, what is replaced by the advised line, and other replacements.
PLACES = {
    "nginx": ("nginx-client-authentication", "server.conf", r"log_format told .*;", {"access.log told": "access.log astray"}),
    "httpd": ("httpd-unequal-tls-settings", "server.conf", r"LogFormat .* told", {"access.log told": "access.log astray"}),
    "haproxy": ("haproxy-denies-other-names", "haproxy.cfg", r'log-format ".*"', {}),
    "trafficserver": ("trafficserver-host-sni-policy", "logging.yaml", r"format: '.*'", {}),
    "astray": ("astray-blind-text-format", "gateway.yaml", r"access_log: {.*'}", {"/var/log/astray/": "@DIR@/"}),
}
# What the blind log could not tell.
EXPECTED = {"astray": [{"cause": "policy-differs", "confidence": "certain", "sent_by": "astray gateway", "sni": "open.test", "authority": "priv.test",
                        "protocol": "h2", "connection_was": "reused", "differs_in": "client-authentication-differs", "count": 1}]}


def advised_line(astray, kind):
    with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
        log.write(BLIND[kind] + "\n")
        log.flush()
        remedies = explain(astray, [log.name])[1]["summary"]["cannot_tell"][0]["remedy"].split("\n")
    # Where nobody knows whose log it is, nginx' line comes first and httpd's second.
    line = remedies[-1 if kind == "httpd" else 0]
    return re.sub(r" \(with: .*\)$", "", line)


def check(astray, kind, binaries):
    name, file, replaced, more = PLACES[kind]
    line = advised_line(astray, kind)
    with real_servers.served_folder() as folder:
        scenario = Scenario(name, folder, binaries)
        path = pathlib.Path(scenario.front.config).with_name(file)
        text, count = re.subn(replaced, lambda _: line, path.read_text(), count=1)
        if count != 1:
            return [f"{file} has nothing to put {line} in the place of"]
        for before, after in more.items():
            text = text.replace(before, after.replace("@DIR@", folder))
        path.write_text(text)
        logs = [scenario.folder / log for log in scenario.told["logs"]]
        with scenario.running():
            wrong = scenario.speak()
            until_written(logs[0], scenario.requests())
        status, told = explain(astray, logs, configuration_of(scenario))
    wrong += compare(EXPECTED.get(kind, scenario.told["expect"]), status, told)
    wrong += [f"still not told: {blind}" for blind in told["summary"]["cannot_tell"]]
    return [f"{each}, with {line}" for each in wrong]


def main():
    options = options_of(__doc__)
    binaries = unpacked(options, [kind for kind in PLACES if kind != real_servers.OWN]) | {real_servers.OWN: options.astray}
    return report_all({kind: check(options.astray, kind, binaries) for kind in PLACES})


if __name__ == "__main__":
    sys.exit(main())
