"""A case: a folder below cases/ or resumption/ with a real server's configuration, put in place in a folder of its own."""
import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys

import certificates
import origin
import real_servers

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import free_ports  # noqa: E402 pylint: disable=wrong-import-position

MAIN_FILE = {"nginx": "server.conf", "httpd": "server.conf", "haproxy": "haproxy.cfg", "caddy": "Caddyfile", "h2o": "h2o.conf",
             "trafficserver": "records.config", "nghttpx": "nghttpx.conf", "astray": "gateway.yaml", "kubernetes": "manifests.yaml"}
# Where the server looks for its files below the folder of the case.
CONFIG_FOLDER = {"trafficserver": "etc/trafficserver"}
MODULES = {"nginx": "usr/lib/nginx/modules", "httpd": "usr/lib/apache2/modules"}
# These are about the case and not for the server.
ABOUT = {"certificates", "expected.yaml", "resumption.yaml", "README.md"}


def folder_of(name):
    """Where a case stands, by its name."""
    for place in ("cases", "resumption"):
        path = os.path.join(HERE, place, name)
        if os.path.isdir(path):
            return path
    raise FileNotFoundError(f"no case {name} in {HERE}")


class Case:
    """name, kind, binary, folder, source (where it comes from), config (the main file), ports (@PORT1@ …, in order)."""

    def __init__(self, name, folder, binaries, source=None, more_values=None):
        """source: where the case stands, if it is not a case of its own; more_values: other placeholders and what they mean."""
        self.name = name
        self.kind = name.split("-")[0]
        self.binary = binaries[self.kind]
        self.folder = folder
        self.source = source or folder_of(name)
        with open(os.path.join(self.source, "certificates"), encoding="utf-8") as listing:
            certificates.make_certificates(listing.read(), self.folder)
        texts = {}
        for entry in sorted(set(os.listdir(self.source)) - ABOUT):
            with open(os.path.join(self.source, entry), encoding="utf-8") as text:
                texts[entry] = text.read()
        main = MAIN_FILE[self.kind]
        with open(os.path.join(HERE, "preambles", self.kind + ".conf"), encoding="utf-8") as text:
            texts[main] = texts.get(main, "@PREAMBLE@").replace("@PREAMBLE@", text.read())
        everything = "".join(texts.values())
        # h2o: who drops root also forgets to end with the test, and who is not root must not name a user.
        values = {"@DIR@": self.folder, "@STAY_ROOT@": "user: root" if os.geteuid() == 0 else "", **(more_values or {})}
        if self.kind in MODULES:
            values["@MODULES@"] = os.path.join(real_servers.unpacked_root(self.kind, self.binary), MODULES[self.kind])
        self.ports = []
        for placeholder in sorted(set(re.findall(r"@PORT\d@", everything))):
            self.ports.append(free_ports.free_port())
            values[placeholder] = str(self.ports[-1])
        for placeholder, file in set(re.findall(r"(@SECRET:([^@]+)@)", everything)):
            with open(os.path.join(self.folder, file), "rb") as pem:
                values[placeholder] = base64.b64encode(pem.read()).decode()
        self.origins = origin.Origins(sorted(set(re.findall(r"@ORIGIN:([^@]+)@", everything))))
        for label, port in self.origins.ports.items():
            values[f"@ORIGIN:{label}@"] = str(port)
        config_folder = os.path.join(self.folder, CONFIG_FOLDER.get(self.kind, ""))
        os.makedirs(config_folder, exist_ok=True)
        self.config = os.path.join(config_folder, main)
        for entry, text in texts.items():
            for placeholder, value in values.items():
                text = text.replace(placeholder, value)
            with open(os.path.join(config_folder, entry), "w", encoding="utf-8") as out:
                out.write(text)
        os.makedirs(os.path.join(self.folder, "htdocs"))
        with open(os.path.join(self.folder, "htdocs", "index.html"), "w", encoding="ascii") as page:
            page.write("ok\n")
        if self.kind == "trafficserver":
            self._lay_out_traffic_server()

    def _lay_out_traffic_server(self):
        """Its run root: https://docs.trafficserver.apache.org/en/9.2.x/admin-guide/files/runroot.yaml.en.html"""
        layout = {"prefix": ".", "sysconfdir": "etc/trafficserver", "localstatedir": "var", "runtimedir": "var/run",
                  "logdir": "var/log", "cachedir": "var/cache"}
        lines = []
        for key, place in layout.items():
            path = os.path.normpath(os.path.join(self.folder, place))
            os.makedirs(path, exist_ok=True)
            lines.append(f"{key}: {path}\n")
        with open(os.path.join(self.folder, "runroot.yaml"), "w", encoding="utf-8") as out:
            out.writelines(lines)
        for name in ("storage.config", "ssl_multicert.config", "remap.config", "plugin.config"):  # it insists that they are there
            with open(os.path.join(os.path.dirname(self.config), name), "a", encoding="utf-8"):
                pass
        packaged = os.path.join(real_servers.unpacked_root(self.kind, self.binary), "etc/trafficserver")
        shutil.copytree(os.path.join(packaged, "body_factory"), os.path.join(self.folder, "etc/trafficserver/body_factory"))
        shutil.copy(os.path.join(packaged, "ip_allow.yaml"), os.path.dirname(self.config))  # without it nobody may connect

    def client_certificate(self, authority):
        """A PEM file with a certificate that the authority signed, and its key."""
        return certificates.client_certificate(self.folder, authority)

    def predictions(self, astray, version, extra):
        command = [astray, "predict", self.config, "--server", f"{self.kind}@{version}", "--format", "jsonl", *extra]
        output = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if output.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} exited with {output.returncode}:\n{output.stderr}")
        return [json.loads(line) for line in output.stdout.splitlines()]

    @contextlib.contextmanager
    def running(self):
        """The server of this case, and the origins behind it."""
        with self.origins, real_servers.RunningServer(self.kind, self.binary, self.config, self.folder, self.ports) as server:
            yield server
            if server.process.poll() is not None:
                raise RuntimeError(f"{self.name}: the server ended by itself:\n{server.said()}")
