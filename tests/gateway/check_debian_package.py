#!/usr/bin/env python3
"""Makes the Debian package of a build tree with cpack and looks into it: what it installs, with which modes, and
what its scripts do. Nothing is installed. Where dpkg-deb is not there, or the tree is not built, it says so and passes."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PATHS = {  # and their modes
    "./usr/bin/astray": "-rwxr-xr-x",
    "./usr/lib/systemd/system/astray-gateway.service": "-rw-r--r--",
    "./etc/logrotate.d/astray-gateway": "-rw-r--r--",
    "./usr/share/doc/astray/copyright": "-rw-r--r--",
    "./usr/share/doc/astray/gateway.md": "-rw-r--r--",
    "./usr/share/doc/astray/examples/minimal.yaml": "-rw-r--r--",
    "./usr/share/doc/astray/examples/full.yaml": "-rw-r--r--",
    "./usr/share/doc/astray/examples/astray-gateway.socket": "-rw-r--r--",
    "./usr/share/man/man1/astray.1": "-rw-r--r--",
    "./usr/share/man/man1/astray-gateway.1": "-rw-r--r--",
    "./usr/share/bash-completion/completions/astray": "-rw-r--r--",
    "./usr/share/zsh/site-functions/_astray": "-rw-r--r--",
    "./usr/share/fish/vendor_completions.d/astray.fish": "-rw-r--r--",
    "./usr/share/astray/schema/gateway.schema.json": "-rw-r--r--",
    "./usr/include/astray/client.h": "-rw-r--r--",
}
PLACES = re.compile(r"\./(usr/(bin|lib|share|include)|etc/logrotate\.d)/")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=True, **more).stdout


def check_content(package):
    wrong = []
    files = {}
    for line in run("dpkg-deb", "-c", package).splitlines():
        mode, owner, _, _, _, path = line.split(maxsplit=5)
        path = path.split(" -> ")[0]
        files[path] = mode
        if owner != "root/root":
            wrong.append(f"{path} belongs to {owner}")
        if mode[0] == "-" and not PLACES.match(path):
            wrong.append(f"out of place: {path}")
        if "w" in (mode[5], mode[8]) and mode[0] != "l":
            wrong.append(f"others may write {path}")
    wrong += [f"{path}: {files.get(path, 'absent')} instead of {mode}" for path, mode in PATHS.items() if files.get(path) != mode]
    if not any(re.fullmatch(r"\./usr/lib/(.*/)?libastray\.so\.0", path) for path in files):
        wrong.append("libastray.so.0 is absent")
    return wrong


def check_control(package, folder):
    wrong = []
    fields = dict(re.findall(r"^([A-Z][A-Za-z-]+): (.*)$", run("dpkg-deb", "-f", package), re.M))
    depends = fields.get("Depends", "")
    for name in ("adduser", "libc6", "libssl3", "libc-ares2"):
        if not re.search(rf"\b{re.escape(name)}\b", depends):
            wrong.append(f"does not depend on {name}: {depends}")
    if fields.get("Package") != "astray" or not fields.get("Description") or not fields.get("Maintainer"):
        wrong.append(f"fields: {fields}")
    run("dpkg-deb", "-e", package, folder)
    for script in ("postinst", "prerm", "postrm"):
        path = folder / script
        run("sh", "-n", path)
        if path.stat().st_mode & 0o777 != 0o755:
            wrong.append(f"mode of {script}: {path.stat().st_mode:o}")
    if (folder / "conffiles").read_text().split() != ["/etc/logrotate.d/astray-gateway"]:
        wrong.append("conffiles: " + (folder / "conffiles").read_text())
    if "adduser --quiet --system --group" not in (folder / "postinst").read_text():
        wrong.append("postinst makes no user")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpack", required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    needed = [arguments.build / path for path in ("src/astray", "src/libastray.so.0", "documents/astray-gateway.1")]
    missing = [str(path) for path in needed if not path.exists()]
    missing += [tool for tool in ("dpkg-deb", "dpkg-shlibdeps", "fakeroot") if not shutil.which(tool)]
    if missing:
        print("not made, since these are missing:", *missing)
        return 0
    with tempfile.TemporaryDirectory(prefix="astray-package-") as temporary:
        folder = pathlib.Path(temporary)
        run(arguments.cpack, "-G", "DEB", "--config", arguments.build / "CPackConfig.cmake", "-B", folder / "made")
        [package] = (folder / "made").glob("*.deb")
        wrong = check_content(package) + check_control(package, folder / "control")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
