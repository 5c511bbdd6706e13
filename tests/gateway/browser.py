#!/usr/bin/python3
"""Debian's Chromium through the gateway: it coalesces names onto one connection, is told 421 where it must not, asks again on a
connection of the name's own, and its page sees nothing of all that but answers."""
import os
import subprocess
import sys

import lab

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
         "--disable-features=LocalNetworkAccessChecks", "--virtual-time-budget=15000", "--dump-dom"]
CONFIGURATION = """
listeners:
  https: {address: "127.0.0.1:<https>"}
virtual_hosts:
  a: {names: [a.test], certificates: [{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}], routes: [{backs: [app]}]}
  b: {names: [b.test], certificates: [{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}], routes: [{backs: [app]}]}
  third: {names: [h1.test], certificates: [{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}], routes: [{backs: [app]}]}
  # Under the same certificate, but its handshakes settle something else.
  strict: {names: [tls12.test], tls: {minimum: TLSv1.3}, certificates: [{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}],
           routes: [{backs: [app]}]}
backs:
  app: {addresses: ["127.0.0.1:<app>"]}
operation:
  threads: 1
  access_log: {path: ACCESS_LOG}
  admin: off
"""
PAGE = """<!doctype html><title>page</title><ol id="answers"></ol><script>
(async () => {
  for (const name of ["b.test", "h1.test", "tls12.test", "b.test"]) {
    const line = document.createElement("li");
    try {
      const answer = await fetch(`https://${name}:PORT/api`, {method: "POST", body: "a question"});
      line.textContent = `${name} ${answer.status} ${await answer.text()}`;
    } catch (error) { line.textContent = `${name} ${error}`; }
    document.getElementById("answers").append(line);
  }
})();
</script>"""


class Application(lab.Application):
    def __init__(self, page):
        super().__init__()
        self.page = page

    def answer(self, request):
        if request.path == "/page":
            return lab.application.Response(200, [("content-type", "text/html")], self.page().encode())
        if request.path == "/api":
            name = request.authority.split(":")[0]
            return lab.application.Response(200, [("content-type", "text/plain"), ("access-control-allow-origin", "*")],
                                            f"{name} heard {request.body.decode()}".encode())
        return lab.application.text("not here", 404)


def trust(home, authority):
    database = os.path.join(home, ".pki", "nssdb")
    os.makedirs(database)
    for command in (["certutil", "-N", "-d", "sql:" + database, "--empty-password"],
                    ["certutil", "-A", "-d", "sql:" + database, "-n", "authority of the test", "-t", "C,,", "-i", authority]):
        subprocess.run(command, check=True, capture_output=True)


class World:
    def __init__(self, made):
        self.lab = made
        app = Application(lambda: PAGE.replace("PORT", str(self.gateway.ports["https"])))
        listener = lab.servers.Listener(lab.servers.serve_http1(app))
        ports = lab.Ports(app=made.stack.enter_context(listener).port)
        self.gateway = made.stack.enter_context(made.gateway(CONFIGURATION, ports))


def chromium_is_sent_to_a_connection_of_its_own(world):
    home = os.path.join(world.lab.folder, "home")
    trust(home, os.path.join(world.lab.folder, "authority.pem"))
    page = f"https://{world.gateway.authority('a.test')}/page"
    done = subprocess.run([CHROMIUM, *FLAGS, f"--user-data-dir={home}/profile", "--host-resolver-rules=MAP *.test 127.0.0.1", page],
                          capture_output=True, text=True, timeout=90, check=False, env={**os.environ, "HOME": home})
    for name in ("b.test", "h1.test", "tls12.test"):
        lab.expect(f"<li>{name} 200 {name} heard a question</li>" in done.stdout, f"{name} on the page: {done.stdout[-1500:]} {done.stderr[-300:]}")
    lines = world.gateway.log(6, where=lambda line: line.get("astray.http.path") in ("/page", "/api"))
    told = [(line["astray.http.authority"].split(":")[0], line["astray.http.status"], line["astray.reason"], line["astray.tls.sni"])
            for line in lines if line["astray.http.method"] != "OPTIONS"]
    # The page's own connection may send credentials; what it fetches from other origins goes over connections without.
    lab.expect_equal(told, [("a.test", 200, "own-name", "a.test"), ("b.test", 200, "own-name", "b.test"),
                            ("h1.test", 200, "coalesced", "b.test"), ("tls12.test", 421, "tls-policy-differs", "b.test"),
                            ("tls12.test", 200, "own-name", "tls12.test"), ("b.test", 200, "own-name", "b.test")],
                     "what the gateway was asked and answered")
    lab.expect_equal(len({line["astray.connection.id"] for line in lines}), 3, "connections")


if __name__ == "__main__":
    sys.exit(lab.main([chromium_is_sent_to_a_connection_of_its_own], World))
