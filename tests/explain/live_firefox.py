#!/usr/bin/python3
"""Firefox is misdirected by a real nginx and logs it (MOZ_LOG); `astray explain` has to say so from the log.

The server is that of cases/nginx-client-authentication: open.test and priv.test share a certificate and an address, and priv.test
wants a client certificate. Firefox takes open.test's connection for priv.test (netwerk/protocol/http/nsHttpConnectionMgr.cpp:
FindCoalescableConnection), nginx refuses (ngx_http_request.c: ngx_http_set_virtual_server), Firefox asks once more on a connection of
its own (nsHttpTransaction.cpp: "Misdirected Request."), where nginx wants the certificate that it has not: 400."""
import os
import pathlib
import shutil
import sys
import types

import live_logs
from live_logs import Case, compare, explain, options_of, real_servers, report_all, unpacked

# The ladders have a module of the same name, whose certificates an authority signed.
sys.modules.pop("certificates")
sys.path.insert(0, str(live_logs.HERE.parent / "ladders"))
import certificates  # noqa: E402 pylint: disable=wrong-import-position
from clients import firefox  # noqa: E402 pylint: disable=wrong-import-position

CASE = live_logs.HERE / "cases" / "nginx-client-authentication"
MODULES = "timestamp,nsHttp:5,nsSocketTransport:5,nsHostResolver:5,pipnss:4"
# https://firefox-source-docs.mozilla.org/networking/http/logging.html
ASK = """const [urls, done] = arguments;
(async () => { for (const url of urls) try { await fetch(url, {mode: "no-cors", credentials: "include"}); } catch (error) {} })().then(() => done(0));"""
BROWSER = {"cause": "coalesced-onto-another-virtual-host", "confidence": "certain", "sni": "open.test", "authority": "priv.test",
           "connection_was": "reused", "protocol": "h2", "reused_by": "coalesced", "differs_in": "client-authentication-differs", "count": 1,
           "retried": {"failed": 1, "on_another_connection": 1}}


def browse(folder, port, names, authority):
    """The files of MOZ_LOG, the parent process's first, of a Firefox that asked for one name and then for the other."""
    log = pathlib.Path(folder) / "moz"
    firefox.PREFERENCES["network.dns.localDomains"] = ",".join(names)
    # A page of the same site: its requests are in one partition.
    lab = types.SimpleNamespace(folder=folder, authority=authority, client_pem=authority.client(), page=f"https://{names[0]}:{port}/")
    os.environ |= {"MOZ_LOG": MODULES, "MOZ_LOG_FILE": str(log) + "-%PID.log"}
    with firefox.Firefox(lab) as browser:
        browser.marionette.run_async(ASK, [f"https://{names[0]}:{port}/one", f"https://{names[1]}:{port}/two"])
    # "moz--main.PID.log.moz_log": the largest would be another's where the parent had little to do.
    return sorted(log.parent.glob("moz-*"), key=lambda path: ("--main." not in path.name, -path.stat().st_size))


def check_logs(astray, folder, logs):
    checks = {"log": compare([BROWSER], *explain(astray, logs[:1]))}
    # The server's own words say more, and what the browser did stays.
    joined = BROWSER | {"cause": "policy-differs", "sent_by": "nginx"}
    checks["with the error log"] = compare([joined], *explain(astray, [logs[0], folder / "error.log"]))
    # The access log has no more of it than one request, which is the one in the browser's log.
    checks["with both logs of the server"] = compare([joined], *explain(astray, [logs[0], folder / "access.log", folder / "error.log"]))
    # All processes write into one stream where no MOZ_LOG_FILE is given, a line at a time.
    lines = [log.read_bytes().splitlines(keepends=True) for log in logs]
    mixed = folder / "mixed.log"
    with mixed.open("wb") as out:
        for index in range(max(map(len, lines))):
            out.writelines(each[index] for each in lines if index < len(each))
    checks["several processes in one stream"] = compare([BROWSER], *explain(astray, [mixed]))
    # Firefox is killed before its retry is answered.
    text = logs[0].read_bytes()
    cut = folder / "cut.log"
    cut.write_bytes(text[:text.index(b"restarting transaction @") + 30])
    unanswered = {key: value for key, value in BROWSER.items() if key not in ("differs_in", "retried")}
    status, told = explain(astray, [cut])
    checks["cut off"] = compare([unanswered | {"retried": {"not_seen": 1}}], status, told)
    if [each["kind"] for each in told["summary"]["troubles"]] != ["truncated"]:
        checks["cut off"].append(f"troubles are {told['summary']['troubles']}")
    return checks


def main():
    options = options_of(__doc__, ("--keep", "folder that gets the logs"))
    binaries = unpacked(options, ["nginx"])
    with real_servers.served_folder() as folder:
        case = Case(CASE.name, folder, binaries, source=CASE)
        authority = certificates.Authority(folder, "known")
        shutil.copy(authority.server(["open.test", "priv.test"]), os.path.join(folder, "multi.pem"))
        with case.running():
            logs = browse(folder, case.ports[0], ["open.test", "priv.test"], authority)
        if options.keep:
            for log in [*logs, pathlib.Path(folder) / "error.log", pathlib.Path(folder) / "access.log"]:
                shutil.copy(log, options.keep)
        checks = check_logs(options.astray, pathlib.Path(folder), logs)
    return report_all(checks)


if __name__ == "__main__":
    sys.exit(main())
