#!/usr/bin/python3
"""curl is misdirected by a real nginx while tcpdump listens; `astray explain` has to say so from the packets, through tshark.

The server is that of cases/nginx-client-authentication; what curl asks is that of live_captures.py, over TLS 1.3 and 1.2. Captures come
as pcap in both orders of bytes, with nanoseconds, as pcapng with its keys in it, behind gzip, cut off, and without keys."""
import gzip
import os
import pathlib
import struct
import subprocess
import sys
import time

import live_logs
from live_logs import Case, compare, explain, options_of, real_servers, report_all, unpacked

CASE = live_logs.HERE / "cases" / "nginx-client-authentication"
VERSIONS = {"1.3": ["--tlsv1.3"], "1.2": ["--tls-max", "1.2"]}
PACKETS = {"cause": "coalesced-onto-another-virtual-host", "confidence": "likely", "sni": "open.test", "authority": "priv.test",
           "connection_was": "reused", "protocol": "h2", "count": 2, "retried": {"refused_again": 1, "not_seen": 1, "on_another_connection": 1}}
PCAP_HEADER, PCAP_RECORD = 24, 16
CANNOT = 77  # ctest's SKIP_RETURN_CODE


def record(folder, port):
    """(capture, key log): two conversations of curl, each with a request for the other name."""
    capture, keys = pathlib.Path(folder) / "loopback.pcap", pathlib.Path(folder) / "keys.txt"
    listener = subprocess.Popen(["tcpdump", "-i", "lo", "-U", "-Z", "root", "-w", str(capture), "tcp", "port", str(port)],
                                stderr=subprocess.PIPE, text=True)
    try:
        if "listening on" not in (said := listener.stderr.readline()):
            said += listener.stderr.read()
            if "permission" in said.lower():
                print(f"SKIPPED: tcpdump may not listen on the loopback interface; run this as root. It said: {said}")
                sys.exit(CANNOT)
            raise RuntimeError(f"tcpdump does not listen: {said}")
        for options in VERSIONS.values():
            shared = ["-s", *options, "--cacert", f"{folder}/multi.pem", "--resolve", f"open.test:{port}:127.0.0.1", "-o", "/dev/null",
                      f"https://open.test:{port}/"]
            subprocess.run(["curl", *shared, "--next", "-H", "Host: priv.test", *shared], check=True, timeout=30,
                           env={**os.environ, "SSLKEYLOGFILE": str(keys)})
        end = time.monotonic() + 10
        while capture.stat().st_size == 0 or listener_behind(capture):
            if time.monotonic() > end:
                raise RuntimeError("tcpdump did not write the end of both conversations")
            time.sleep(0.1)
    finally:
        listener.terminate()
        listener.wait()
    return capture, keys


def listener_behind(capture):
    """Whether fewer than two connections' ends (a FIN from each side) are in the file."""
    done = subprocess.run(["tcpdump", "-r", str(capture), "-n", "tcp[tcpflags] & tcp-fin != 0"], capture_output=True, text=True, check=False)
    return done.stdout.count("Flags") < 2 * len(VERSIONS)


def swapped(pcap):
    """The same file as a machine of the other byte order would have written it."""
    out = bytearray(struct.pack(">IHHiIII", *struct.unpack("<IHHiIII", pcap[:PCAP_HEADER])))
    at = PCAP_HEADER
    while at < len(pcap):
        fields = struct.unpack("<IIII", pcap[at:at + PCAP_RECORD])
        out += struct.pack(">IIII", *fields) + pcap[at + PCAP_RECORD:at + PCAP_RECORD + fields[2]]
        at += PCAP_RECORD + fields[2]
    return bytes(out)


def forms(capture, keys):
    """(name, file, extra arguments)."""
    keyed = ["--keylog", str(keys)]
    made = [("pcap", capture, keyed)]

    def written(name, content, extra):
        path = capture.with_name(name.replace(" ", "-"))
        path.write_bytes(content)
        made.append((name, path, extra))

    plain = capture.read_bytes()
    written("other byte order", swapped(plain), keyed)
    written("gzip", gzip.compress(plain), keyed)
    for name, kind in (("nanoseconds", "nsecpcap"), ("longer records", "modpcap")):
        converted = capture.with_name(kind)
        subprocess.run(["editcap", "-F", kind, str(capture), str(converted)], check=True, capture_output=True)
        made.append((name, converted, keyed))
    with_secrets = capture.with_name("secrets.pcapng")
    subprocess.run(["editcap", "-F", "pcapng", "--inject-secrets", f"tls,{keys}", str(capture), str(with_secrets)], check=True,
                   capture_output=True)
    made.append(("pcapng with its keys", with_secrets, []))
    return made


def run(astray, *arguments, **more):
    return subprocess.run([astray, "explain", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60, **more)


def wants(texts, status, done):
    wrong = [f"no '{text}' in {done.stdout}{done.stderr}" for text in texts if text not in " ".join((done.stdout + done.stderr).split())]
    return wrong + ([f"exit status {done.returncode}, expected {status}"] if done.returncode != status else [])


def check_all(astray, folder, capture, keys, port):
    checks = {name: compare([PACKETS], *explain(astray, [file], extra)) for name, file, extra in forms(capture, keys)}
    # The server's own words say more.
    joined = PACKETS | {"cause": "policy-differs", "confidence": "certain", "sent_by": "nginx"}
    checks["with the error log"] = compare([joined], *explain(astray, [capture, folder / "error.log"], ["--keylog", str(keys)]))
    # In TLS 1.2 the certificate is in clear, in 1.3 it is not.
    checks["without keys"] = wants([f"1 × SNI open.test to 127.0.0.1:{port},", f"1 × SNI open.test to 127.0.0.1:{port} (certificate open.test,priv.test)",
                                    "SSLKEYLOGFILE"], 2, run(astray, capture))
    cut = folder / "cut.pcap"
    cut.write_bytes(capture.read_bytes()[:-7])
    checks["cut off"] = wants(["421", "cut short in the middle of a packet"], 2, run(astray, "--keylog", keys, cut))
    checks["no tshark"] = wants(["apt-get install tshark"], 2, run(astray, capture, env={"PATH": str(folder)}))
    checks["no key log"] = wants(["--keylog:", "cannot be read"], 2, run(astray, "--keylog", folder / "nothing", capture))
    with capture.open("rb") as stream:
        checks["standard input"] = wants(["packet capture", "has to be a file"], 2, run(astray, stdin=stream))
    checks["key log for nothing"] = wants(["--keylog: none of the sources is a packet capture"], 1, run(astray, "--keylog", keys, folder / "error.log"))
    checks["followed"] = wants(["only logs can be followed"], 2, run(astray, "--follow", capture))
    return checks


def main():
    options = options_of(__doc__)
    binaries = unpacked(options, ["nginx"])
    with real_servers.served_folder() as name:
        folder = pathlib.Path(name)
        case = Case(CASE.name, name, binaries, source=CASE)
        config = pathlib.Path(case.config)
        config.write_text(config.read_text().replace("http {", "http { ssl_protocols TLSv1.2 TLSv1.3;", 1))
        with case.running():
            capture, keys = record(name, case.ports[0])
        checks = check_all(options.astray, folder, capture, keys, case.ports[0])
    return report_all(checks)


if __name__ == "__main__":
    sys.exit(main())
