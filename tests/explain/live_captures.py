#!/usr/bin/python3
"""A client is misdirected by a real nginx and records it; `astray explain` has to say so from the recording.

The server is that of cases/nginx-client-authentication: open.test and priv.test share a certificate and an address, and priv.test
wants a client certificate. Chromium takes open.test's connection for priv.test (net/spdy/spdy_session_pool.cc:
OnHostResolutionComplete), nginx refuses (ngx_http_request.c: ngx_http_set_virtual_server), Chromium asks once more on a
connection of its own (net/http/http_network_transaction.cc), where nginx wants the certificate that it has not: 400."""
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pyftpdlib.authorizers
import pyftpdlib.handlers
import pyftpdlib.servers

import live_logs
from live_logs import Case, compare, explain, options_of, real_servers, report_all, unpacked

CASE = live_logs.HERE / "cases" / "nginx-client-authentication"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
         "--disable-features=LocalNetworkAccessChecks", "--virtual-time-budget=8000", "--dump-dom",
         # Nothing but the lab is reached.
         "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND"]
PAGE = """<script>(async () => {
  for (const url of ["https://FIRST:PORT/one", "https://SECOND:PORT/two"])
    try { await fetch(url, {mode: "no-cors"}); } catch (error) {}
})();</script>"""
BROWSER = {"cause": "coalesced-onto-another-virtual-host", "confidence": "certain", "sni": "open.test", "authority": "priv.test",
           "connection_was": "reused", "protocol": "h2", "reused_by": "coalesced", "differs_in": "client-authentication-differs", "count": 1,
           "retried": {"failed": 1, "on_another_connection": 1}}


def key_digest(certificate):
    """As --ignore-certificate-errors-spki-list wants it; the connection then has no certificate error, and may be shared."""
    command = f"openssl x509 -in {certificate} -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64"
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout.strip()


def browse(folder, port, names, certificate):
    """The NetLog of a Chromium that asked for one name and then for the other."""
    page = pathlib.Path(folder) / "page.html"
    page.write_text(PAGE.replace("PORT", str(port)).replace("FIRST", names[0]).replace("SECOND", names[1]))
    netlog = pathlib.Path(folder) / "netlog.json"
    subprocess.run(["chromium", *FLAGS, f"--user-data-dir={folder}/profile", f"--log-net-log={netlog}",
                    f"--ignore-certificate-errors-spki-list={key_digest(certificate)}", page.as_uri()],
                   capture_output=True, check=True, timeout=60)
    return netlog


def check_netlog(astray, netlog, error_log):
    wrong = compare([BROWSER], *explain(astray, [netlog]))
    # The server's own words say more, and what the browser did stays.
    joined = BROWSER | {"cause": "policy-differs", "sent_by": "nginx"}
    wrong += [f"with the error log: {line}" for line in compare([joined], *explain(astray, [netlog, error_log]))]
    wrong += [f"with both logs: {line}" for line in compare([joined | {"sent_by": "nginx"}], *explain(astray, [netlog, netlog.with_name("browser-access.log"), error_log]))]
    # Chrome is killed while it writes the event after its retry's answer.
    text = netlog.read_bytes()
    cut = netlog.with_name("cut.json")
    cut.write_bytes(text[:text.index(b"\n", text.rindex(b":status: 400")) + 100])
    status, told = explain(astray, [cut])
    wrong += [f"cut off: {line}" for line in compare([BROWSER], status, told)]
    if [each["kind"] for each in told["summary"]["troubles"]] != ["truncated"]:
        wrong.append(f"cut off: troubles are {told['summary']['troubles']}")
    return wrong


CURL = {"cause": "host-rewritten", "confidence": "certain", "sent_by": "nginx", "sni": "open.test", "authority": "priv.test",
        "connection_was": "reused", "protocol": "h2", "count": 1}


def transfer(folder, port):
    """open.test, and then priv.test by -H: curl itself never takes a connection for another name (lib/url.c)."""
    shared = ["-v", "--no-progress-meter", "--cacert", folder + "/multi.pem.crt", "--resolve", f"open.test:{port}:127.0.0.1",
              f"https://open.test:{port}/"]
    traces = []
    for name, how in (("verbose", ["-v"]), ("ascii", ["--trace-ascii", "-"])):
        command = ["curl", *how, *shared[1:], "-o", "/dev/null", "--next", *how, "-H", "Host: priv.test", *shared[1:]]
        # One stream, unbuffered, as on a terminal.
        done = subprocess.run(["stdbuf", "-o0", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, timeout=30)
        traces.append(pathlib.Path(folder) / f"curl-{name}.txt")
        traces[-1].write_bytes(done.stdout)
    return traces


def check_ftp(astray):
    """curl asks a server of FTP that has too many clients: its 421 is none of HTTP's."""
    class Handler(pyftpdlib.handlers.FTPHandler):
        authorizer = pyftpdlib.authorizers.DummyAuthorizer()

    logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())
    server = pyftpdlib.servers.FTPServer(("127.0.0.1", 0), Handler)
    server.max_cons = 1
    with subprocess.Popen(["curl", "-v", "-m", "10", f"ftp://127.0.0.1:{server.address[1]}/"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as curl:
        while curl.poll() is None:
            server.serve_forever(timeout=0.05, blocking=False)
        trace = curl.stderr.read()
    server.close_all()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(trace)
        file.flush()
        status, told = explain(astray, [file.name])
    found = [(each["cause"], each["confidence"], each["sent_by"]) for each in told["incidents"]]
    expected = [("other-protocol", "certain", "an FTP or SMTP server")]
    return [] if status == 0 and found == expected else [f"exit status {status}, {found} of {trace}"]


def main():
    options = options_of(__doc__)
    binaries = unpacked(options, ["nginx"])
    with real_servers.served_folder() as folder:
        case = Case(CASE.name, folder, binaries, source=CASE)
        with case.running():
            netlog = browse(folder, case.ports[0], ["open.test", "priv.test"], folder + "/multi.pem.crt")
            # Before curl adds to it.
            shutil.copy(os.path.join(folder, "access.log"), os.path.join(folder, "browser-access.log"))
            traces = transfer(folder, case.ports[0])
        checks = {"netlog": check_netlog(options.astray, netlog, pathlib.Path(folder) / "error.log")}
        for trace in traces:
            checks[trace.stem] = compare([CURL], *explain(options.astray, [trace]))
        checks["ftp"] = check_ftp(options.astray)
    return report_all(checks)


if __name__ == "__main__":
    sys.exit(main())
