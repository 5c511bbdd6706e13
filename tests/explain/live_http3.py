#!/usr/bin/python3
"""Chromium is misdirected over HTTP/3 by Debian's Caddy; `astray explain` has to say so from the NetLog, from Caddy's log, and from both.

http3/<case>/ has Caddy's configuration and `certificates`. Chromium is told to speak QUIC to the lab's names at once
(--origin-to-force-quic-on), so that no Alt-Svc has to be learned before.
  other-names         a wildcard certificate, and 421 for all names but one. Chromium takes that one's session for another name
                      (net/quic/quic_session_pool.cc: HasMatchingIpSession), is refused, and asks once more on the same session, to
                      which the name is mapped by then: a connection of its own it does not get.
  one-protected-site  Caddy compares names since one site has client_auth, and Caddy 2.6 does not know the SNI of HTTP/3
                      (its issue 5078): all is refused, the connection's own name too.
"""
import pathlib
import sys

import live_captures
from live_logs import Case, HERE, compare, explain, options_of, real_servers, report_all, unpacked, until_written

NAMES = ["shop.x.test", "blog.x.test"]
SHARED = {"cause": "coalesced-onto-another-virtual-host", "authority": "blog.x.test", "protocol": "h3", "connection_was": "reused", "count": 2,
          "retried": {"refused_again": 1, "not_seen": 1, "on_the_same_connection": 1}}
BY_BROWSER = {"confidence": "certain", "sni": "shop.x.test", "reused_by": "coalesced"}
BLIND = {"cause": "protocol-off", "sent_by": "Caddy", "protocol": "h3", "differs_in": "name-differs-from-sni"}


def browse(name, folder, binaries, requests):
    """The NetLog, and Caddy's log."""
    case = Case(f"caddy-{name}", folder, binaries, source=HERE / "http3" / name)
    flags = list(live_captures.FLAGS)
    forced = ",".join(f"{each}:{case.ports[0]}" for each in NAMES)
    live_captures.FLAGS += ["--enable-quic", f"--origin-to-force-quic-on={forced}"]
    log = pathlib.Path(folder) / "caddy.log"
    try:
        with case.running():
            netlog = live_captures.browse(folder, case.ports[0], NAMES, folder + "/wild.pem.crt")
            until_written(log, requests, what=b'"handled request"')
    finally:
        live_captures.FLAGS[:] = flags
    return netlog, log


def other_names(astray, netlog, log):
    # The log knows which names the connection carried, and not its SNI.
    logged = SHARED | {"sent_by": "Caddy", "confidence": "possible"}
    recorded = SHARED | BY_BROWSER | {"sent_by": "a server that calls itself Caddy"}
    return {"netlog": compare([recorded], *explain(astray, [netlog])), "log": compare([logged], *explain(astray, [log])),
            "netlog and log": compare([SHARED | BY_BROWSER | {"sent_by": "Caddy"}], *explain(astray, [netlog, log]))}


def one_protected_site(astray, netlog, log):
    own = [BLIND | {"authority": "shop.x.test", "connection_was": state, "count": 1} for state in ("fresh", "reused")]
    logged = [each | {"confidence": "likely"} for each in (*own, BLIND | {"authority": "blog.x.test", "connection_was": "reused", "count": 2})]
    # With what the browser sent it is certain for the connection's own name; the other name would be refused for its own sake, too.
    together = [each | {"confidence": "certain", "sni": "shop.x.test"} for each in own] + [SHARED | BY_BROWSER | {"sent_by": "Caddy"}]
    return {"log": compare(logged, *explain(astray, [log])), "netlog and log": compare(together, *explain(astray, [netlog, log]))}


# With how many requests Caddy gets.
CASES = {"other-names": (other_names, 3), "one-protected-site": (one_protected_site, 4)}


def main():
    options = options_of(__doc__)
    binaries = unpacked(options, ["caddy"])
    checks = {}
    for name, (check, requests) in CASES.items():
        with real_servers.served_folder() as folder:
            told = check(options.astray, *browse(name, folder, binaries, requests))
        checks |= {f"{name}: {source}": wrong for source, wrong in told.items()}
    return report_all(checks)


if __name__ == "__main__":
    sys.exit(main())
