#!/usr/bin/python3
"""Audits the configurations that Debian's own nginx and apache2 packages install, as the packages leave them.

    tests/debian_packages/run.py --astray BINARY --work FOLDER

The packages are unpacked, not installed; the links that their installation makes are made here. Nothing is wrong with
these configurations, so nothing may be found in them; with the TLS site that Debian's apache2 ships switched on, and a
certificate where it expects one, neither.
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys

PACKAGES = ["nginx-common", "apache2"]
# What apache2's installation enables (debian/apache2.postinst and the packages' .postinst calls of a2enmod).
MODULES = ("access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate dir env "
           "filter mime mpm_event negotiation reqtimeout setenvif status").split()
CONFS = "charset localized-error-pages other-vhosts-access-log security serve-cgi-bin".split()


def link(folder, kind, names, suffixes):
    enabled = os.path.join(folder, kind + "-enabled")
    os.makedirs(enabled, exist_ok=True)
    for name in names:
        for suffix in suffixes:
            if os.path.exists(os.path.join(folder, kind + "-available", name + suffix)):
                os.symlink(f"../{kind}-available/{name}{suffix}", os.path.join(enabled, name + suffix))


def unpack(work):
    """A file system with the packages' files and the links of their installation."""
    downloads, root = os.path.join(work, "packages"), os.path.join(work, "root")
    os.makedirs(downloads, exist_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    for package in PACKAGES:
        if not glob.glob(os.path.join(downloads, package + "_*.deb")):
            subprocess.run(["apt-get", "download", "-qq", package], cwd=downloads, check=True)
        for archive in glob.glob(os.path.join(downloads, package + "_*.deb")):
            subprocess.run(["dpkg", "-x", archive, root], check=True)
    link(os.path.join(root, "etc/nginx"), "sites", ["default"], [""])
    apache = os.path.join(root, "etc/apache2")
    link(apache, "mods", MODULES, [".load", ".conf"])
    link(apache, "conf", CONFS, [".conf"])
    link(apache, "sites", ["000-default"], [".conf"])
    return root


def enable_tls(root):
    apache = os.path.join(root, "etc/apache2")
    link(apache, "mods", ["ssl", "socache_shmcb", "http2"], [".load", ".conf"])
    link(apache, "sites", ["default-ssl"], [".conf"])
    for folder in ("etc/ssl/certs", "etc/ssl/private"):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "30", "-subj", "/CN=host.test", "-addext", "subjectAltName=DNS:host.test", "-keyout",
                    os.path.join(root, "etc/ssl/private/ssl-cert-snakeoil.key"), "-out",
                    os.path.join(root, "etc/ssl/certs/ssl-cert-snakeoil.pem")], check=True, capture_output=True)


def audit(astray, root, config, title):
    command = [astray, "audit", "--root", root, config]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    good = result.returncode == 0 and "no findings" in result.stdout
    print(f"{'ok    ' if good else 'FAILED'} {title}")
    if not good:
        print(f"{' '.join(command)} exited with {result.returncode}\n{result.stdout}{result.stderr}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--work", required=True)
    options = parser.parse_args()
    root = unpack(os.path.abspath(options.work))
    results = [audit(options.astray, root, "/etc/nginx", "nginx as installed"),
               audit(options.astray, root, "/etc/apache2", "apache2 as installed")]
    enable_tls(root)
    results.append(audit(options.astray, root, "/etc/apache2", "apache2 with its TLS site"))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
