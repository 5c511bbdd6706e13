"""A network of the test's own: every client finds the lab's DNS server and the real ports, and nothing leaves.

`enter()` runs the program again in new network and mount namespaces, where the loopback interface has all addresses of 198.18.0.0/15
(RFC 2544) and, as asked for, of 2001:db8::/32, and where /etc/resolv.conf and /etc/hosts are the lab's. They are not loopback
addresses because browsers treat those apart (no AAAA questions without an IPv6 address, Local Network Access, no proxy)."""
import os
import subprocess
import sys

NETWORK = "198.18.0.0/15"
RESOLVER = "198.18.0.53"
INSIDE = "ASTRAY_LADDERS_OWN_NETWORK"
CANNOT = 77  # ctest's SKIP_RETURN_CODE
# With process ids of its own, all that the test started ends with it, however it ends.
ALONE = ["-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc"]


def quiet(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def enter():
    """Returns inside the namespaces only. Ends the program with CANNOT, and says why, where there can be none."""
    if os.environ.get(INSIDE):
        _arrange()
        return
    reasons = []
    for options in (ALONE, ["-r", *ALONE], ["-n", "-m"], ["-r", "-n", "-m"]):
        tried = quiet("unshare", *options, "true")
        if tried.returncode == 0:
            os.environ[INSIDE] = "1"
            os.execvp("unshare", ["unshare", *options, sys.executable, *sys.argv])
        reasons.append(f"unshare {' '.join(options)}: {tried.stderr.strip()}")
    print("SKIPPED: this test needs a network namespace of its own, and the kernel gives it none (" + "; ".join(reasons) +
          "). Run it as root, or allow user namespaces.")
    sys.exit(CANNOT)


def _must(*command):
    done = quiet(*command)
    if done.returncode != 0:
        print(f"SKIPPED: {' '.join(command)} failed in the test's own namespace: {done.stderr.strip()}")
        sys.exit(CANNOT)


def _arrange():
    _must("mount", "--make-rprivate", "/")
    _must("ip", "link", "set", "lo", "up")
    _must("ip", "address", "add", NETWORK, "dev", "lo")
    _must("ip", "route", "add", "default", "dev", "lo")


def add_ipv6():
    """Whether the kernel has IPv6."""
    return quiet("ip", "-6", "address", "add", "2001:db8::1/128", "dev", "lo").returncode == 0 and \
        quiet("ip", "-6", "route", "add", "default", "dev", "lo").returncode == 0


def add_address(address):
    """IPv4 ones are all there; the kernel wants each IPv6 address by itself."""
    if ":" in address:
        quiet("ip", "-6", "address", "add", address + "/128", "dev", "lo", "nodad")


def replace(path, content, folder):
    """For this namespace, `path` reads `content`."""
    mine = os.path.join(folder, os.path.basename(path))
    with open(mine, "w", encoding="ascii") as out:
        out.write(content)
    _must("mount", "--bind", mine, path)


def use_lab_resolver(folder):
    replace("/etc/resolv.conf", f"nameserver {RESOLVER}\noptions timeout:1 attempts:1\n", folder)
    replace("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n", folder)


def mount_over(path, folder):
    """For this namespace, the folder `path` is `folder`."""
    _must("mount", "--bind", folder, path)
