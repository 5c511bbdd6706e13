#!/usr/bin/env python3
"""How long an audit of a folder of mixed files takes: 200 sites of four tiers each, and as many files that are none.

    bench/folder.py --astray build/bench/src/astray [--sites 200]

Prints wall and processor seconds, and memory, for the number of sites and for half of it: cost is to grow with names.
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

NGINX = """events {{}}
http {{
    server {{
        listen 10.{high}.{low}.1:443 ssl;
        server_name s{i}.example.com;
        ssl_certificate c.crt;
        ssl_certificate_key c.key;
        location / {{ proxy_pass https://app{i}.internal:8443; proxy_set_header Host $host; }}
    }}
}}
"""
HAPROXY = """defaults
    mode http
frontend front
    bind 10.{high}.{low}.2:443 ssl crt c.pem
    default_backend app
backend app
    server s app{i}.internal:8443 ssl verify none
"""
HTTPD = """Listen 10.{high}.{low}.3:8443
<VirtualHost *:8443>
    ServerName app{i}.internal
    SSLEngine on
    SSLCertificateFile c.crt
    SSLCertificateKeyFile c.key
</VirtualHost>
"""
CADDY = "c{i}.example.com {{\n\ttls c.crt c.key\n\treverse_proxy https://app{i}.internal:8443\n}}\n"
FILES = {"nginx/nginx.conf": NGINX, "haproxy/haproxy.cfg": HAPROXY, "httpd/httpd.conf": HTTPD, "caddy/Caddyfile": CADDY,
         "README.txt": "site {i}\n"}


def measure(astray, sites):
    with tempfile.TemporaryDirectory(prefix="astray-folder-") as folder:
        for i in range(sites):
            for name, text in FILES.items():
                path = pathlib.Path(folder, f"site{i}", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text.format(i=i, high=i // 250, low=i % 250))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        done = subprocess.run([astray, "audit", "--format", "json", folder], capture_output=True, check=False)
        wall = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if b'"ways"' not in done.stdout:
            sys.exit(f"no report: {done.stderr.decode(errors='replace')[:500]}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{sites * len(FILES)} files, {sites * 4} configurations: {wall:.2f} s, {cpu:.2f} s of processor, "
              f"{after.ru_maxrss // 1024} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--sites", type=int, default=200)
    arguments = parser.parse_args()
    measure(arguments.astray, arguments.sites // 2)
    measure(arguments.astray, arguments.sites)


if __name__ == "__main__":
    main()
