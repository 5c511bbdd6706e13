"""Real servers from Debian's packages, unpacked into the build folder: never installed, never started as a service.

The libraries that they need are packages of the system (TEST_PACKAGES in scripts/packages.sh), since those start nothing."""
import contextlib
import ctypes
import fcntl
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PACKAGES = {
    "nginx": (["nginx", "libnginx-mod-stream"], "usr/sbin/nginx"),
    "httpd": (["apache2-bin"], "usr/sbin/apache2"),
    "haproxy": (["haproxy"], "usr/sbin/haproxy"),
    "caddy": (["caddy"], "usr/bin/caddy"),
    "h2o": (["h2o"], "usr/bin/h2o"),
    "trafficserver": (["trafficserver"], "usr/bin/traffic_server"),
    "nghttpx": (["nghttp2-proxy"], "usr/sbin/nghttpx"),
}
OWN = "astray"  # the gateway of the binary under test: nothing is unpacked
MANIFESTS = "kubernetes"  # the same, run from manifests of the Gateway API
OWN_KINDS = (OWN, MANIFESTS)
KINDS = sorted([*PACKAGES, *OWN_KINDS])
# How each prints its release number, and what stands before it.
VERSION_OPTION = {"caddy": "version", "trafficserver": "-V", OWN: "--version", MANIFESTS: "--version"}
VERSION_PATTERN = {"nginx": r"nginx/(\S+)", "httpd": r"Apache/(\S+)", "haproxy": r"version (\d+\.\d+\.\d+)", "caddy": r"v?(\S+)",
                   "h2o": r"h2o version (\S+)", "trafficserver": r"traffic_server - (\S+)", "nghttpx": r"nghttp2/(\S+)", OWN: r"astray (\S+)",
                   MANIFESTS: r"astray (\S+)"}
RELEASES = "releases"  # a file in the unpacked folder: it is complete, and holds what dpkg-deb --show says of each package
PR_SET_PDEATHSIG = 1


@contextlib.contextmanager
def locked(folder):
    """Alone in `folder` among all processes: several tests share what they unpack and generate."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def download(package, folder):
    """Puts the package's archive into `folder`. The package lists have to be there (apt-get update)."""
    command = ["apt-get", "download", "-qq", package]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed; run apt-get update, perhaps:\n{done.stderr}")


def unpack(kind, folder):
    """The path of the server's binary below `folder`, fetched once."""
    packages, binary = PACKAGES[kind]
    return unpack_packages(kind, packages, binary, folder)


def unpack_packages(kind, packages, binary, folder):
    """The same for packages that are no server of ours."""
    root = os.path.join(folder, kind)
    path = os.path.join(root, binary)
    with locked(root):
        if os.path.exists(os.path.join(root, RELEASES)):
            return path
        unfinished = tempfile.mkdtemp(dir=root, prefix="unpacking-")
        try:
            releases = []
            for package in packages:
                download(package, unfinished)
                for archive in glob.glob(os.path.join(unfinished, package + "_*.deb")):
                    releases.append(subprocess.run(["dpkg-deb", "--show", archive], capture_output=True, text=True, check=True).stdout)
                    subprocess.run(["dpkg", "-x", archive, unfinished], check=True)
                    os.remove(archive)
            for entry in os.listdir(unfinished):
                shutil.rmtree(os.path.join(root, entry), ignore_errors=True)
                os.rename(os.path.join(unfinished, entry), os.path.join(root, entry))
            with open(os.path.join(root, RELEASES), "w", encoding="ascii") as out:
                out.writelines(releases)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return path


def release(kind, folder):
    """The Debian release of the unpacked server's first package: "1.22.1-9+deb12u10"."""
    if kind in OWN_KINDS:
        return "of this checkout"
    with open(os.path.join(folder, kind, RELEASES), encoding="ascii") as lines:
        return lines.readline().split()[1]


def environment(kind, binary, folder):
    """What the server's process gets: nothing of the user's but the path, and a home in its own folder."""
    values = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder,
              "LANG": "C"}
    if kind == "trafficserver":
        values["LD_LIBRARY_PATH"] = os.path.join(unpacked_root(kind, binary), "usr/lib/trafficserver")
        values["TS_RUNROOT"] = folder
    return values


def unpacked_root(kind, binary):
    return unpacked_below(binary, PACKAGES[kind][1])


def unpacked_below(path, inner):
    """The folder in which `path` is at `inner`."""
    return path[:-len("/" + inner)]


def version(kind, binary):
    """The release number as the binary prints it: "1.22.1". Debian's trafficserver 9.2.5 is built from 9.2.9 and says so."""
    output = subprocess.run([binary, VERSION_OPTION.get(kind, "-v")], capture_output=True, text=True, check=False, timeout=20,
                            env={**environment(kind, binary, "/nonexistent"), "TS_RUNROOT": ""})
    return re.search(VERSION_PATTERN[kind], output.stdout + output.stderr).group(1)


@contextlib.contextmanager
def served_folder():
    """A folder for configurations and pages, removed at the end. Outside of the checkout, since httpd's workers give
    root away and then cannot enter a checkout below a closed home."""
    folder = tempfile.mkdtemp(prefix="astray-servers-")
    try:
        os.chmod(folder, 0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end_on_signal():
    """Lets SIGTERM unwind the stack, so that servers are stopped and folders removed."""
    def leave(number, _):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, leave)


def _die_with_parent():
    # A test that is killed cannot stop its server: the kernel asks it to end then.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def command_line(kind, binary, config, folder):
    return {
        "nginx": [binary, "-p", folder, "-c", config, "-e", os.path.join(folder, "error.log")],
        "httpd": [binary, "-DFOREGROUND", "-d", folder, "-f", config],
        "haproxy": [binary, "-db", "-f", config],
        "caddy": [binary, "run", "--adapter", "caddyfile", "--config", config],
        "h2o": [binary, "-m", "worker", "-c", config],
        "trafficserver": [binary, "--run-root=" + folder],
        "nghttpx": [binary, "--conf=" + config],
        OWN: [binary, "gateway", config],
        MANIFESTS: [binary, "gateway", config],
    }[kind]


class RunningProcess:
    """One program on loopback, in a folder and a process group of its own; the whole group ends, whatever happens."""

    def __init__(self, command, folder, ports, env, patience=15):
        self.log = os.path.join(folder, "server.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                                            preexec_fn=_die_with_parent, env=env, cwd=folder)
        try:
            self._wait_until_ready(ports, patience)
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self, ports, seconds):
        deadline = time.monotonic() + seconds
        for port in ports:
            while True:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server did not come up:\n{self.said()}")
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.02)

    def said(self):
        """The end of what it wrote to its standard output and error."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with contextlib.suppress(ProcessLookupError):  # workers that outlived their parent
            os.killpg(self.process.pid, signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class RunningServer(RunningProcess):
    """One of the servers above."""

    def __init__(self, kind, binary, config, folder, ports):
        super().__init__(command_line(kind, binary, config, folder), folder, ports, environment(kind, binary, folder))
