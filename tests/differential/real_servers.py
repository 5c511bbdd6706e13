"""Real servers from Debian's packages, unpacked into the build folder: never installed, never started as a service."""
import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time

PACKAGES = {
    "nginx": (["nginx", "libnginx-mod-stream"], "usr/sbin/nginx"),
    "httpd": (["apache2-bin"], "usr/sbin/apache2"),
}


def unpack(kind, folder):
    """The path of the server's binary below `folder`, fetched once."""
    packages, binary = PACKAGES[kind]
    root = os.path.join(folder, kind)
    path = os.path.join(root, binary)
    if not os.path.exists(path):
        os.makedirs(root, exist_ok=True)
        for package in packages:
            subprocess.run(["apt-get", "download", "-qq", package], cwd=root, check=True)
            for archive in glob.glob(os.path.join(root, package + "_*.deb")):
                subprocess.run(["dpkg", "-x", archive, root], check=True)
    return path


def version(kind, binary):
    """The release number as the binary prints it: "1.22.1"."""
    output = subprocess.run([binary, "-v"], capture_output=True, text=True, check=True)
    return (output.stdout + output.stderr).split("/", 1)[1].split()[0]


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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningServer:
    """One server process on loopback, in a folder of its own; ended by its own process id, whatever happens."""

    def __init__(self, kind, binary, config, folder, ports):
        if kind == "nginx":
            command = [binary, "-p", folder, "-c", config, "-e", os.path.join(folder, "error.log")]
        else:
            command = [binary, "-DFOREGROUND", "-d", folder, "-f", config]
        self.log = os.path.join(folder, "server.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            self._wait_until_ready(ports)
        except Exception:
            self.stop()
            raise

    def _wait_until_ready(self, ports, seconds=10):
        deadline = time.monotonic() + seconds
        for port in ports:
            while True:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    with open(self.log, encoding="utf-8", errors="replace") as log:
                        raise RuntimeError(f"the server did not come up:\n{log.read()[-2000:]}")
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.02)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
