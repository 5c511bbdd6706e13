"""Three real nodes for the same names: nginx with pages of its own, nginx as a proxy before httpd, and HAProxy.

What a node does is said by a `Node`; its configuration is written anew from that, and the server reloads it as it would in
production, so that no connection is lost.
"""
import dataclasses
import pathlib
import signal
import socket
import time

import lab_certificates
import real_servers

NAMES = ("api.test", "blog.test", "shop.test")
TEMPORARY = " ".join(f"{kind}_temp_path temporary/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


@dataclasses.dataclass
class Node:
    """What a node does with the names. The defaults are how all three should be."""
    names: tuple = NAMES
    certificate: str = "all"
    protected: tuple = ()       # names that demand a client certificate
    h2: bool = True
    sends_sni: bool = True      # to its back
    backs: dict = dataclasses.field(default_factory=dict)  # name -> whose back instead of its own


def page(name):
    return f"This is {name}\n"


class Lab:
    """The servers, their folders and ports. A context: all of it ends with it."""

    def __init__(self, binaries, folder, ports):
        self.binaries = binaries
        self.folder = pathlib.Path(folder)
        self.port, self.httpd_port, self.pages_port = ports
        self.states = [Node(), Node(), Node()]
        self.running = []

    def __enter__(self):
        for name in (*NAMES, "welcome"):
            (self.folder / "htdocs" / name).mkdir(parents=True)
            (self.folder / "htdocs" / name / "index.html").write_text(page(name))
        lab_certificates.make(self.folder, "all", NAMES)
        lab_certificates.make(self.folder, "without-blog", ("api.test", "shop.test"))
        lab_certificates.make(self.folder, "expired", NAMES, expired=True)
        lab_certificates.make(self.folder, "welcome", ("welcome.test",))
        for name in NAMES:
            lab_certificates.make(self.folder, name, (name,))
        try:
            self._start("httpd", "httpd", self._httpd(), [self.httpd_port])
            self._start("nginx", "pages", self._pages(), [self.pages_port])
            for number in range(3):
                self._start("haproxy" if number == 2 else "nginx", f"node{number + 1}", self._configuration(number), [])
            self._wait_for_nodes()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in reversed(self.running):
            server.stop()

    def address(self, number):
        return f"127.0.0.{number}:{self.port}"

    def change(self, number, **what):
        """Node 1, 2 or 3 does otherwise from now on."""
        self.states[number - 1] = Node(**what)
        name = f"node{number}"
        (self.folder / name / "server.conf").write_text(self._configuration(number - 1))
        server = self.running[1 + number]
        server.process.send_signal(signal.SIGUSR2 if number == 3 else signal.SIGHUP)

    def _start(self, kind, name, configuration, ports):
        folder = self.folder / name
        (folder / "temporary").mkdir(parents=True)
        (folder / "server.conf").write_text(configuration)
        binary = self.binaries[kind]
        command = real_servers.command_line(kind, binary, str(folder / "server.conf"), str(folder))
        if kind == "haproxy":
            command = [binary, "-W", "-db", "-f", str(folder / "server.conf")]  # a master that reloads
        self.running.append(real_servers.RunningProcess(command, str(folder), ports, real_servers.environment(kind, binary, str(folder))))

    def _wait_for_nodes(self):
        """The nodes have addresses of their own below 127/8."""
        deadline = time.monotonic() + 15
        for number in (1, 2, 3):
            while True:
                try:
                    socket.create_connection((f"127.0.0.{number}", self.port), timeout=1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"node {number} did not come up:\n{self.running[1 + number].said()}") from None
                    time.sleep(0.05)

    def _configuration(self, number):
        return self._haproxy(self.states[2]) if number == 2 else self._nginx(number + 1, self.states[number])

    def _pem(self, name):
        return f"{self.folder}/{name}.pem"

    def _nginx_frame(self, servers):
        return (f"daemon off; pid nginx.pid; worker_processes 1; error_log error.log;\nevents {{}}\n"
                f"http {{ {TEMPORARY} access_log off; default_type text/html; index index.html;\n{servers}}}\n")

    def _pages(self):
        """What HAProxy has behind it: a page for each Host, in clear."""
        return self._nginx_frame("".join(
            f"  server {{ listen 127.0.0.1:{self.pages_port}{' default_server' if name == 'welcome' else ''}; server_name {name}; "
            f"root {self.folder}/htdocs/{name}; }}\n" for name in ("welcome", *NAMES)))

    def _nginx(self, number, state):
        listen = f"listen 127.0.0.{number}:{self.port} ssl{' http2' if state.h2 else ''}"
        servers = [f"  server {{ {listen} default_server; ssl_certificate {self._pem('welcome')}; "
                   f"ssl_certificate_key {self._pem('welcome')}; root {self.folder}/htdocs/welcome; }}\n"]
        for name in state.names:
            protection = f"ssl_verify_client on; ssl_client_certificate {self._pem('all')};" if name in state.protected else ""
            content = f"root {self.folder}/htdocs/{name};"
            if number == 2:
                sni = "proxy_ssl_server_name on; proxy_ssl_name $host; " if state.sends_sni else ""
                content = (f"location / {{ proxy_pass https://127.0.0.1:{self.httpd_port}; proxy_set_header Host $host; "
                           f"proxy_ssl_session_reuse off; {sni}}}")
            servers.append(f"  server {{ {listen}; server_name {name}; ssl_certificate {self._pem(state.certificate)}; "
                           f"ssl_certificate_key {self._pem(state.certificate)}; {protection} {content} }}\n")
        return self._nginx_frame("".join(servers))

    def _httpd(self):
        """The back of node 2. Sites with certificates of their own: httpd judges whether a connection may carry a name."""
        modules = pathlib.Path(self.binaries["httpd"]).parents[1] / "lib/apache2/modules"
        lines = [f"ServerRoot {self.folder}/httpd", "ServerName main.invalid", "PidFile httpd.pid", "ErrorLog error.log",
                 "DefaultRuntimeDir .", "Mutex file:.", "User daemon", "Group daemon", f"Listen 127.0.0.1:{self.httpd_port}"]
        lines += [f"LoadModule {module}_module {modules}/mod_{module}.so"
                  for module in ("mpm_event", "authz_core", "dir", "mime", "socache_shmcb", "ssl")]
        lines += ["DirectoryIndex index.html", "TypesConfig /dev/null", "AddType text/html .html"]
        for name in ("shop.test", "blog.test", "api.test"):
            lines.append(f"<VirtualHost *:{self.httpd_port}>\nServerName {name}\nDocumentRoot {self.folder}/htdocs/{name}\n"
                         f"SSLEngine on\nSSLCertificateFile {self._pem(name)}\nSSLCertificateKeyFile {self._pem(name)}\n</VirtualHost>")
        return "\n".join(lines) + "\n"

    def _haproxy(self, state):
        entries = "".join(f"{self._pem(state.certificate)} {name}\n" for name in state.names)
        crt_list = self.folder / "node3" / "certificates"
        crt_list.parent.mkdir(exist_ok=True)
        crt_list.write_text(f"{self._pem('welcome')}\n{entries}")
        # With port or trailing dot it is the same name.
        routes = "".join(f"  use_backend {state.backs.get(name, name)} if {{ req.hdr(host) -i -m reg ^{name}[.]?(:[0-9]+)?$ }}\n"
                         for name in state.names)
        backs = "".join(f"backend {name}\n  http-request set-header Host {name}\n  server pages 127.0.0.1:{self.pages_port}\n"
                        for name in (*NAMES, "welcome"))
        return ("global\n  log /dev/null local0\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
                f"frontend names\n  bind 127.0.0.3:{self.port} ssl crt-list {crt_list} alpn {'h2,http/1.1' if state.h2 else 'http/1.1'}\n"
                f"{routes}  default_backend welcome\n{backs}")


def unpack_all(folder):
    return {kind: real_servers.unpack(kind, folder) for kind in ("nginx", "httpd", "haproxy")}
