#!/usr/bin/python3
"""Every kind of source that docs/explain.md promises is recognised by what is in it: as a file, behind gzip and zstd, and on standard input;
rotated sets are read in their order; what is short can be pasted.

Lines are as the servers' manuals or sources have them (src/explain/logs/line_reader_test.cc names each); captures are those that
clients wrote (fuzz/corpus).
"""
import argparse
import gzip
import json
import os
import pathlib
import subprocess
import tempfile

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "fuzz/corpus"
COMMON = '192.0.2.1 - - [28/Nov/2026:10:00:00 +0000] "GET / HTTP/2.0" 421 26'
# name: (what the file has, how the summary calls it, whose it is, requests that were refused)
LOGS = {
    "nginx or httpd, common": (COMMON, "common", "unknown", 1),
    "nginx or httpd, combined": (COMMON + ' "-" "curl/7.88.1"', "combined", "unknown", 1),
    "httpd, vhost_combined": ("b.test:443 " + COMMON + ' "-" "curl/7.88.1"', "httpd vhost_combined", "httpd", 1),
    "nginx, JSON": ('{"time_iso8601":"2026-11-28T10:00:00+00:00","remote_addr":"192.0.2.1","ssl_server_name":"a.test","http_host":"b.test",'
                    '"status":"421"}', "JSON of nginx", "nginx", 1),
    "HAProxy, httplog": ('10.0.1.2:33317 [28/Nov/2026:10:00:00.655] https~ app/s1 10/0/30/69/109 421 2750 - - ---- 1/1/1/1/0 0/0 '
                         '"GET https://b.test/ HTTP/2.0"', "HAProxy httplog", "haproxy", 1),
    "HAProxy, httpslog": ('10.0.1.2:33317 [28/Nov/2026:10:00:00.655] https~ app/s1 10/0/30/69/109 421 2750 - - ---- 1/1/1/1/0 0/0 '
                          '"GET https://b.test/ HTTP/2.0" 0/0/0/0/0 a.test/TLSv1.3/TLS_AES_256_GCM_SHA384', "HAProxy httpslog", "haproxy", 1),
    "Envoy, text": ('[2026-11-28T10:00:00.310Z] "GET / HTTP/2" 421 - 0 0 1 - "-" "curl" "id" "b.test" "10.0.2.1:80"', "Envoy's default", "envoy", 1),
    "Envoy, JSON": ('{"start_time":"2026-11-28T10:00:00Z","requested_server_name":"a.test","authority":"b.test","response_code":404,'
                    '"response_flags":"NR","protocol":"HTTP/2"}', "JSON of Envoy", "envoy", 1),
    "Istio, text": ('[2026-11-28T10:00:00.409Z] "GET / HTTP/2" 404 NR route_not_found - "-" 0 0 1 - "-" "curl" "id" "b.test" "-" - - '
                    '10.44.1.27:443 10.44.1.23:37652 a.test -', "Istio", "envoy", 1),
    "Caddy": ('{"level":"error","ts":1795860000.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.1",'
              '"remote_port":"4","proto":"HTTP/2.0","method":"GET","host":"b.test","uri":"/","tls":{"server_name":"a.test"}},"status":421}',
              "JSON of Caddy", "caddy", 1),
    "Traefik, JSON": ('{"ClientAddr":"192.0.2.1:6","DownstreamStatus":421,"RequestHost":"b.test","RequestMethod":"GET","RequestPath":"/",'
                      '"RequestProtocol":"HTTP/2.0","StartUTC":"2026-11-28T10:00:00Z"}', "JSON of Traefik", "traefik", 1),
    "Traefik, common": (COMMON + ' "-" "-" 12 "b@docker" "-" 0ms', "Traefik common", "traefik", 1),
    "Traffic Server, squid": ("1795860000.123 5 192.0.2.1 TCP_DENIED/403 421 GET https://b.test/ - NONE/- text/html", "Traffic Server squid",
                              "trafficserver", 0),
    "AWS ALB": ('h2 2026-11-28T10:00:00.186641Z app/lb/50dc 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 421 421 0 57 '
                '"GET https://b.test:443/ HTTP/2.0" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-2-3" "a.test" "arn:aws:acm" '
                '1 2026-11-28T10:00:00.364000Z "forward" "-" "-" "10.0.0.1:80" "421" "-" "-" TID_1', "AWS ALB", "alb", 1),
    "Cloudflare": ('{"ClientIP":"192.0.2.7","ClientRequestHost":"b.test","ClientRequestMethod":"GET","ClientRequestProtocol":"HTTP/2",'
                   '"ClientRequestURI":"/x","EdgeResponseStatus":421,"EdgeStartTimestamp":"2026-11-28T10:00:00Z"}', "JSON of Cloudflare",
                   "cloudflare", 1),
    "astray": ('{"time":"2026-11-28T10:00:00Z","astray.connection.id":7,"astray.tls.sni":"a.test","astray.http.authority":"b.test",'
               '"astray.http.status":421,"astray.reason":"certificate-gap"}', "JSON of astray gateway", "astray", 1),
}
STAMP = "[Sat Nov 28 10:00:00.123456 2026] [ssl:error] [pid 1:tid 2] [client 192.0.2.1:5] "
NGINX = "2026/11/28 10:00:00 [info] 1#1: *2 client attempted to request the server name "
ENDS = ', client: 192.0.2.1, server: a.test, host: "b.test"'
ERRORS = {
    "AH02031": (STAMP + "AH02031: Hostname a.test provided via SNI, but no hostname provided in HTTP request", "httpd", "host-missing"),
    "AH02032": (STAMP + "AH02032: Hostname a.test provided via SNI and hostname b.test provided via HTTP have no compatible SSL setup", "httpd",
                "policy-differs"),
    "AH02032 without SNI": (STAMP + "AH02032: Hostname a.test (default host as no SNI was provided) and hostname b.test provided via HTTP have no "
                            "compatible SSL setup", "httpd", "sni-missing"),
    "AH02033": (STAMP + "AH02033: No hostname was provided via SNI for a name based virtual host", "httpd", "sni-missing"),
    "AH03367": ("[Sat Nov 28 10:00:00.123456 2026] [http2:debug] [pid 1:tid 2] h2_request.c(1): [client 192.0.2.1:5] AH03367: h2_request: "
                "access_status=421, request_create failed", "httpd", "policy-differs"),
    "nginx, another name": (NGINX + "different from the one that was negotiated while processing HTTP/2 connection" + ENDS, "nginx", "policy-differs"),
    "nginx, protocol": (NGINX + "for which the negotiated protocol is disabled while reading client request headers" + ENDS, "nginx", "protocol-off"),
    "Caddy's error log": ('{"level":"debug","ts":1795860000.5,"logger":"http.log.error","msg":"strict host matching: TLS ServerName (a.test) and HTTP '
                          'Host (b.test) values differ","request":{"remote_ip":"192.0.2.1","proto":"HTTP/2.0","host":"b.test"},"status":421}', "caddy",
                          "policy-differs"),
    "Traefik's log": ('time="2026-11-28T10:00:00Z" level=debug msg="TLS options difference: SNI:default, Header:mtls@file" req.Host=b.test '
                      "req.TLS.ServerName=a.test", "traefik", "policy-differs"),
    "Traffic Server's diagnostics": ("[Nov 28 10:00:00.123] [ET_NET 0] WARNING: SNI/hostname mismatch sni=a.test host=b.test action=terminate",
                                     "trafficserver", "policy-differs"),
}
CAPTURES = {"coalesced_netlog.json": ("NetLog", "coalesced-onto-another-virtual-host"), "coalesced.har": ("HAR", "coalesced-onto-another-virtual-host"),
            "../explain_moz_log/firefox_153": ("log of Firefox", "coalesced-onto-another-virtual-host"), "curl_verbose.txt": ("curl", "host-rewritten"),
            "../explain_qlog/document_0_4": ("qlog", None), "../explain_qlog/sequence_0_3": ("qlog", None)}
PASTED = {
    "HTTP/1.1 421 Misdirected Request\r\nServer: nginx/1.22.1\r\n\r\n<center><h1>421 Misdirected Request</h1></center>\r\n<hr><center>nginx/1.22.1</center>": "policy-differs",
    "HTTP/2 421": "could-not-tell",
    "421 Misdirected Request": "could-not-tell",
    "Misdirected Request\n\nThe client needs a new connection for this request as the requested host name does not match": "policy-differs",
    '{"connection":"7","connection_requests":"2","ssl_server_name":"a.test","http_host":"b.test","server_protocol":"HTTP/2.0","status":"421"}':
        "coalesced-onto-another-virtual-host",
    "client attempted to request the server name different from the one that was negotiated": "policy-differs",
}


class Folder:
    """Where files are written, and what astray says of them."""

    def __init__(self, astray, path):
        self.astray = astray
        self.path = pathlib.Path(path)

    def write(self, name, content):
        path = self.path / name
        path.write_bytes(content)
        return str(path)

    def told(self, *arguments, stdin=None):
        done = subprocess.run([self.astray, "explain", "--format", "json", *arguments], input=stdin, capture_output=True, check=False, timeout=30)
        assert not done.stderr, done.stderr.decode()
        return json.loads(done.stdout)

    def in_all_ways(self, content):
        """(how, what was told): as a file, compressed, on standard input."""
        squeezed = {"": content, ".gz": gzip.compress(content),
                    ".zst": subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True).stdout}
        for ending, how in squeezed.items():
            # The name says nothing: what is in it counts.
            yield f"file{ending}", self.told(self.write("source", how))
            yield f"stdin{ending}", self.told("-", stdin=how)
        yield "stdin without a word", self.told(stdin=content)


def check_logs(folder):
    for name, (line, form, server, refused) in LOGS.items():
        for how, told in folder.in_all_ways((line + "\n" + line + "\n").encode()):
            source = told["summary"]["sources"][0]
            seen = (source["format"], source["server"], source["requests"], told["summary"]["refused"])
            assert seen == (form, server, 2, 2 * refused), (name, how, seen)
            assert not told["summary"]["troubles"], (name, how, told["summary"]["troubles"])


def check_errors(folder):
    for name, (line, server, cause) in ERRORS.items():
        ways = dict(folder.in_all_ways((line + "\n").encode())) | {"pasted": folder.told(line)}
        for how, told in ways.items():
            seen = (told["summary"]["sources"][0]["server"], [each["cause"] for each in told["incidents"]])
            assert seen == (server, [cause]), (name, how, seen)


def check_captures(folder):
    for name, (form, cause) in CAPTURES.items():
        content = (CORPUS / "explain_capture" / name).read_bytes()
        for how, told in folder.in_all_ways(content):
            source = told["summary"]["sources"][0]
            assert form in source["format"], (name, how, source)
            assert source["requests"] > 0, (name, how, source)
            assert cause is None or cause in [each["cause"] for each in told["incidents"]], (name, how, told["incidents"])


def check_pasted(folder):
    for text, cause in PASTED.items():
        seen = [each["cause"] for each in folder.told(text)["incidents"]]
        assert seen == [cause], (text, seen)


def check_rotation(folder):
    """A request in each of three files, on one connection: only in their order was the first one the first."""
    def line(number, host, status):
        return (json.dumps({"msec": f"179000000{number}.000", "remote_addr": "192.0.2.1", "connection": "1", "ssl_server_name": "a.test",
                            "http_host": host, "server_protocol": "HTTP/2.0", "status": str(status)}) + "\n").encode()

    oldest = folder.write("access.log.2.gz", gzip.compress(line(0, "a.test", 200)))
    older = folder.write("access.log.1", line(1, "a.test", 200))
    newest = folder.write("access.log", line(2, "b.test", 421))
    for order in ([oldest, older, newest], [newest, older, oldest], [older, newest, oldest]):
        told = folder.told(*order)
        incident = told["incidents"][0]
        assert [source["name"] for source in told["summary"]["sources"]] == [oldest, older, newest], told["summary"]["sources"]
        assert (incident["connection_was"], incident["connection"]["requests_before"]) == ("reused", 2), incident


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    astray = os.path.abspath(parser.parse_args().astray)
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(astray, path)
        for check in (check_logs, check_errors, check_captures, check_pasted, check_rotation):
            check(folder)
            print(f"ok     {check.__name__.removeprefix('check_')}")


if __name__ == "__main__":
    main()
