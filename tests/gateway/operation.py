#!/usr/bin/python3
"""The gateway as its operators meet it: checks, reloads under load, certificates that change, signals, the end. Loopback only."""
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import lab
from lab import Closed, expect, expect_equal, site

TWO_NAMES = """
listeners:
  https: {address: "127.0.0.1:<https>"}
virtual_hosts:
  a:
    names: [a.test]
    certificates: [{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}]
    routes: [{backs: [app]}]
  b:
    names: [b.test]
    certificates: [{certificate: CERTIFICATES/shared.crt, key: CERTIFICATES/shared.key}]
    routes: [{backs: [app]}]
backs:
  app: {addresses: ["127.0.0.1:<app>"]}
operation:
  threads: 2
  access_log: {path: ACCESS_LOG}
  admin: {address: "127.0.0.1:<admin>"}
"""


class World:
    def __init__(self, made):
        self.lab = made
        self.app = made.back()

    def ports(self):
        ports = lab.Ports()
        ports["app"] = self.app.port
        return ports

    def gateway(self, configuration, **options):
        return self.lab.gateway(configuration, self.ports(), **options)


def checks(world):
    for text, status, said in ((site(), 0, "good"), (site(operation="drain: soon"), 1, "gateway.yaml:15:10: "), (site(routes="[{backs: [nobody]}]"), 1, "nobody"),
                               (site().replace("shared.crt", "missing.crt"), 1, "missing.crt"), (site().replace("shared.key", "c.key"), 1, "c.key"),
                               (site().replace("names: [a.test]", "names: [c.test]"), 1, "c.test"), ("listeners: [", 1, "gateway.yaml:"), ("", 1, "gateway.yaml")):
        gateway = world.gateway(text)
        done = subprocess.run([world.lab.astray, "gateway", "--check", gateway.path], capture_output=True, timeout=20, check=False)
        expect_equal(done.returncode, status, f"--check of {text[-120:]!r}, which says {done.stdout}")
        expect(said.encode() in done.stdout and done.stderr == b"", f"--check says {done.stdout} {done.stderr}, not {said}")
        if status == 1:
            done = subprocess.run([world.lab.astray, "gateway", gateway.path], capture_output=True, timeout=20, check=False)
            expect_equal(done.returncode, 2, f"a start with it: {done.stderr}")
    done = subprocess.run([world.lab.astray, "gateway", "--check", "/nowhere.yaml"], capture_output=True, timeout=20, check=False)
    expect(done.returncode == 2 and b"/nowhere.yaml" in done.stderr, f"a file that is not there: {done}")


def a_taken_port_is_told(world):
    with world.gateway(site()) as first:
        second = world.gateway(site())
        second.ports["https"] = first.ports["https"]
        second.configure(site())
        done = subprocess.run([world.lab.astray, "gateway", second.path], capture_output=True, timeout=20, check=False)
        expect(done.returncode == 2 and str(first.ports["https"]).encode() in done.stderr and b"https" in done.stderr, f"{done}")


class Load:
    """Threads that ask on kept connections, h1 and h2, until stop(); `troubles` says what was not 200."""

    def __init__(self, gateway, threads=4):
        self.gateway, self.troubles, self.count, self.over = gateway, [], 0, threading.Event()
        self.threads = lab.in_threads(threads, self.ask)

    def ask(self, number):
        while not self.over.is_set():
            with (self.gateway.http1 if number % 2 else self.gateway.http2)(sni="a.test") as client:
                for at in range(200):
                    if self.over.is_set():
                        return
                    authority = self.gateway.authority("ab"[at % 2] + ".test")
                    try:
                        answer = client.ask(authority, method="POST" if at % 3 == 0 else "GET", body=b"x" if at % 3 == 0 else b"")
                    except (Closed, OSError) as error:
                        self.troubles.append(f"{error!r} with request {at} of thread {number}")
                        break
                    self.count += 1
                    if answer.status != 200:
                        self.troubles.append(repr(answer))

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(20)


def reloads_under_load_lose_nothing(world):
    with world.gateway(TWO_NAMES) as gateway:
        load = Load(gateway)
        for number in range(12):
            changed = TWO_NAMES.replace("routes: [{backs: [app]}]", f"routes: [{{backs: [app], response_headers: {{set: {{X-Generation: \"{number}\"}}}}}}]")
            if number % 3 == 1:
                changed = changed.replace("app: {addresses", "app: {connect_retries: %d, addresses" % (number % 5))
            if number % 4 == 2:
                changed = changed.replace("  b:\n", "  extra:\n    names: [c.test]\n    certificates: [{certificate: CERTIFICATES/c.crt, key: CERTIFICATES/c.key}]\n"
                                          "    routes: [{backs: [app]}]\n  b:\n")
            said = gateway.reload(changed)
            expect("reloaded: " in said and "not reloaded" not in said, f"reload {number}: {said}")
            before = load.count
            lab.wait_until(lambda before=before: load.count > before + 20 or load.troubles, 5)
        load.stop()
        expect_equal(load.troubles[:3], [], f"{load.count} requests, of which failed")
        expect(load.count > 200, f"only {load.count} requests")
        with gateway.http1() as client:
            expect_equal(client.ask(gateway.authority("a.test")).header("x-generation"), "11", "the last configuration holds")
        expect_equal(gateway.end(), 0, "exit status")


def a_bad_reload_changes_nothing(world):
    with world.gateway(TWO_NAMES) as gateway:
        with gateway.http1() as client:
            for bad in (TWO_NAMES.replace("names: [b.test]", "names: [c.test]"), "listeners: [", TWO_NAMES.replace("shared.crt", "missing.crt"), TWO_NAMES + "unknown: 1\n",
                        TWO_NAMES.replace("virtual_hosts:", f"  more: {{address: \"127.0.0.1:{world.app.port}\"}}\nvirtual_hosts:")):
                said = gateway.reload(bad)
                expect("not reloaded, all stays as it was" in said, f"it says {said}")
                expect_equal([client.ask(gateway.authority(name)).status for name in ("a.test", "b.test")], [200, 200], "as before")
        os.remove(gateway.path)
        expect("not reloaded" in gateway.reload(), "the file is gone")
        expect_equal(gateway.metric("astray_gateway_configuration_reloads_total", outcome="failed"), 6, "failed reloads that are counted")
        with gateway.http2() as client:
            expect_equal(client.ask(gateway.authority("b.test")).status, 200, "as before, anew")
        expect("reloaded: 2 virtual hosts" in gateway.reload(TWO_NAMES), "and then a good one")
        expect_equal(gateway.metric("astray_gateway_configuration_reloads_total", outcome="done"), 1, "those that were done")
        expect_equal(gateway.end(), 0, "exit status")


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return False
    except (ConnectionRefusedError, ConnectionResetError):  # the latter: it was in the backlog
        return True


def listeners_come_and_go(world):
    with world.gateway(TWO_NAMES) as gateway:
        more = TWO_NAMES.replace("virtual_hosts:", "  second: {address: \"127.0.0.1:<second>\"}\nvirtual_hosts:", 1)
        gateway.reload(more)
        with gateway.http1("second") as kept, gateway.http1() as first:
            expect_equal(kept.ask(gateway.authority("a.test", "second")).status, 200, "a new listener")
            gateway.reload(TWO_NAMES)
            expect(lab.wait_until(lambda: is_refused(gateway.ports["second"])), "a listener that went is closed")
            answer = kept.ask(gateway.authority("a.test", "second"))
            expect(answer.status in (200, 421), f"a connection of the listener that went: {answer}")
            expect_equal(first.ask(gateway.authority("a.test")).status, 200, "the other stays")
            # The same label at another port.
            before = gateway.ports["https"]
            gateway.ports["https"] = lab.free_ports.free_port()
            said = gateway.reload(TWO_NAMES)
            with gateway.http1() as client:
                expect_equal(client.ask(gateway.authority("a.test")).status, 200, f"at another port; it said {said}")
            expect(lab.wait_until(lambda: is_refused(before)), "the port before is closed")
        expect_equal(gateway.end(), 0, "exit status")


def a_new_certificate_is_shown(world):
    folder = world.lab.folder
    for end in ("crt", "key"):
        shutil.copy(os.path.join(folder, "shared." + end), os.path.join(folder, "changing." + end))
    text = TWO_NAMES.replace("shared.", "changing.")
    def serial(gateway):
        with gateway.http1() as client:
            return client.socket.getpeercert()["serialNumber"]
    with world.gateway(text) as gateway:
        before = serial(gateway)
        with gateway.http2() as kept:
            expect_equal(kept.ask(gateway.authority("b.test")).status, 200, "before")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-CA", "authority.pem", "-CAkey",
                            "authority.key", "-subj", "/CN=again", "-addext", "subjectAltName=DNS:a.test,DNS:b.test", "-addext", "basicConstraints=CA:FALSE", "-keyout",
                            "changing.key", "-out", "changing.crt"], check=True, capture_output=True, cwd=folder)
            expect_equal(serial(gateway), before, "files alone change nothing")
            gateway.reload()
            expect(serial(gateway) != before, "the new one is shown")
            expect_equal([kept.ask(gateway.authority(name)).status for name in ("a.test", "b.test")], [200, 200], "connections from before go on")
            now = serial(gateway)
            with open(os.path.join(folder, "changing.crt"), "w", encoding="ascii") as file:
                file.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            said = gateway.reload()
            expect("not reloaded" in said and "changing.crt" in said, f"a bad certificate: {said}")
            expect_equal(serial(gateway), now, "the one before stays")
        expect_equal(gateway.end(), 0, "exit status")


def a_session(gateway):
    with gateway.http1(version=ssl.TLSVersion.TLSv1_2) as client:
        client.ask(gateway.authority("a.test"))
        return client.socket.session


def resumes(world, gateway, session, name="a.test"):
    raw = socket.create_connection(("127.0.0.1", gateway.ports["https"]), 10)
    context = world.lab.context(("http/1.1",), version=ssl.TLSVersion.TLSv1_2)
    with lab.Http1(context.wrap_socket(raw, server_hostname=name, session=session)) as client:
        expect_equal(client.ask(gateway.authority(name)).status, 200, f"a request of {name}")
        return client.socket.session_reused


def sessions_outlive_a_reload(world):
    """A session goes on behind a reload that leaves its policy alone, and not behind one that changes it."""
    strict = TWO_NAMES.replace("    names: [a.test]\n", "    names: [a.test]\n    client_authentication: {mode: optional, authorities: CERTIFICATES/authority.pem}\n")
    with world.gateway(TWO_NAMES) as gateway:
        session = a_session(gateway)
        expect(resumes(world, gateway, session), "it is resumed")
        gateway.reload(TWO_NAMES + "\n# nothing changes\n")
        expect(resumes(world, gateway, session), "also behind a reload")
        gateway.reload(strict)
        expect(not resumes(world, gateway, session), "not where clients are asked for certificates now")


def ticket_keys_are_taken_up_with_their_configuration(world):
    """What a refused configuration or a bad file brings is not used; a good one changes the keys, their file and their kind."""
    def write_keys(name, *keys):
        with open(os.path.join(world.lab.folder, name), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(b"".join(keys))
    def with_keys(name):
        return TWO_NAMES + f"  ticket_keys: CERTIFICATES/{name}\n"
    one, two, three = (os.urandom(80) for _ in range(3))
    write_keys("one.keys", one)
    with world.gateway(with_keys("one.keys")) as gateway:
        of_one = a_session(gateway)
        write_keys("one.keys", two)
        expect("not reloaded" in gateway.reload(with_keys("one.keys") + "unknown: 1\n"), "a bad configuration")
        expect(resumes(world, gateway, of_one), "new keys of a configuration that was refused are not used")
        write_keys("one.keys", b"short")
        expect("not reloaded" in gateway.reload(with_keys("one.keys")), "a bad file of keys")
        expect(resumes(world, gateway, of_one), "the keys before stay")
        write_keys("one.keys", two)
        expect("reloaded: " in gateway.reload(with_keys("one.keys")), "both are good")
        expect(not resumes(world, gateway, of_one), "the new keys are used")
        write_keys("other.keys", three, one)
        gateway.reload(with_keys("other.keys"))
        expect(resumes(world, gateway, of_one), "another file is used")
        gateway.reload(TWO_NAMES)
        expect(not resumes(world, gateway, of_one), "random keys again")
        expect(resumes(world, gateway, a_session(gateway)), "which are keys of their own")
        expect_equal(gateway.end(), 0, "exit status")


def a_stricter_policy_takes_effect(world):
    """After a reload that asks b.test for client certificates, an old connection may not carry it any more."""
    strict = TWO_NAMES.replace("  b:\n    names: [b.test]\n", "  b:\n    names: [b.test]\n    client_authentication: {mode: required, authorities: CERTIFICATES/authority.pem}\n")
    with world.gateway(TWO_NAMES) as gateway:
        with gateway.http2() as kept:
            expect_equal(kept.ask(gateway.authority("b.test")).status, 200, "before")
            gateway.reload(strict)
            answer = kept.ask(gateway.authority("b.test"), headers=[("accept", "application/json")])
            expect_equal((answer.status, answer.json().get("reason")), (421, "client-authentication-differs"), "after")
            expect_equal(kept.ask(gateway.authority("a.test")).status, 200, "the other name")
            gateway.reload(TWO_NAMES)
            expect_equal(kept.ask(gateway.authority("b.test")).status, 200, "and back")


def the_end_lets_requests_finish(world):
    with world.gateway(site()) as gateway:
        a = gateway.authority("a.test")
        with gateway.http1() as slow, gateway.http1() as idle, gateway.http2() as slow2, gateway.http2() as idle2, gateway.http1() as upload:
            for client in (idle, idle2):
                expect_equal(client.ask(a).status, 200, "before")
            slow.send(f"GET /slow/1.5 HTTP/1.1\r\nHost: {a}\r\n\r\n")
            upload.send(f"POST /echo HTTP/1.1\r\nHost: {a}\r\nContent-Length: 10\r\n\r\n12345")
            stream = slow2.begin(a, "/slow/1.5")
            lab.wait_until(lambda: len(world.app.app.seen("/slow/1.5")) >= 2)
            gateway.signal(signal.SIGTERM)
            expect(lab.wait_until(lambda: is_refused(gateway.ports["https"])), "nothing new is accepted")
            expect_equal(idle.is_over(), "end", "an idle connection of HTTP/1.1 is closed")
            expect_equal((idle2.is_over(), idle2.goaway and idle2.goaway[1]), ("end", 0), "one of HTTP/2 gets GOAWAY, and is closed")
            upload.send("67890")
            answer = upload.answer()
            expect_equal((answer.status, answer.header("connection")), (200, "close"), "an upload goes on")
            answer = slow.answer()
            expect_equal((answer.status, answer.body, answer.header("connection")), (200, b"at last\n", "close"), "a request of HTTP/1.1 is answered")
            expect_equal(slow.is_over(), "end", "and its connection closed")
            answer = slow2.answer(stream)
            expect_equal((answer.status, answer.body), (200, b"at last\n"), "a request of HTTP/2 is answered")
            expect(slow2.goaway is not None and slow2.is_over() == "end", f"and its connection closed: {slow2.goaway}")
            late = slow2.next_stream
            expect(slow2.goaway and slow2.goaway[0] < late + 2 ** 31, "GOAWAY names the last stream")
        expect_equal(gateway.process.wait(10), 0, "exit status")


def the_end_waits_for_slow_readers(world):
    """What an answer's receiver has no window for yet is still sent."""
    with world.gateway(site()) as gateway:
        a = gateway.authority("a.test")
        with gateway.http2(settings=[(4, 1000)]) as client, gateway.http1(receive_buffer=4096) as client1:
            client.window_updates = False
            stream = client.begin(a, "/large/50000")
            client1.send(f"GET /large/3000000 HTTP/1.1\r\nHost: {a}\r\n\r\n")
            client.until(lambda: len(client.answers[stream].body) == 1000)
            client1.head()
            gateway.signal(signal.SIGTERM)
            client.until(lambda: client.goaway)
            client.window_updates = True
            client.raw(lab.frame(lab.WINDOW_UPDATE, 0, stream, (60000).to_bytes(4, "big")))
            expect_equal(len(client.answer(stream).body), 50000, "HTTP/2")
            expect_equal(len(client1.exactly(3000000)), 3000000, "HTTP/1.1")
        expect_equal(gateway.process.wait(10), 0, "exit status")


def the_end_does_not_wait_for_ever(world):
    with world.gateway(site(operation="drain: 500ms")) as gateway:
        with gateway.http1() as client:
            client.send(f"GET /slow/20 HTTP/1.1\r\nHost: {gateway.authority('a.test')}\r\n\r\n")
            lab.wait_until(lambda: world.app.app.seen("/slow/20"))
            begun = time.monotonic()
            expect_equal(gateway.end(), 0, "exit status")
            expect(0.4 < time.monotonic() - begun < 8, f"after {time.monotonic() - begun:.1f} s")
            expect("1 connections did not end in time" in gateway.said(), gateway.said())
    with world.gateway(site()) as gateway:
        with gateway.http1() as client:
            client.send(f"GET /slow/21 HTTP/1.1\r\nHost: {gateway.authority('a.test')}\r\n\r\n")
            lab.wait_until(lambda: world.app.app.seen("/slow/21"))
            gateway.signal(signal.SIGTERM)
            lab.wait_until(lambda: "ending" in gateway.said())
            begun = time.monotonic()
            gateway.signal(signal.SIGINT)
            expect_equal(gateway.process.wait(10), 0, "a second signal ends it")
            expect(time.monotonic() - begun < 8, "at once")


def the_log_is_rotated(world):
    with world.gateway(site()) as gateway:
        with gateway.http1() as client:
            client.ask(gateway.authority("a.test"), "/hello/1")
            gateway.log(1)
            os.rename(gateway.log_path, gateway.log_path + ".1")
            client.ask(gateway.authority("a.test"), "/hello/2")
            gateway.signal(signal.SIGUSR1)
            expect(lab.wait_until(lambda: os.path.exists(gateway.log_path)), "a new file")
            client.ask(gateway.authority("a.test"), "/hello/3")
            new = [line["astray.http.path"] for line in gateway.log(1, where=lambda line: line["astray.http.path"] == "/hello/3") and gateway.log()]
        with open(gateway.log_path + ".1", encoding="ascii") as lines:
            old = [part for part in lines.read().split('"') if part.startswith("/hello")]
        expect_equal(old + new, ["/hello/1", "/hello/2", "/hello/3"], "no line is lost, or written twice")
        expect("/hello/1" in old and "/hello/3" in new, f"the old one has {old}")
        expect_equal(gateway.end(), 0, "exit status")


def two_workers_share_the_work(world):
    with world.gateway(TWO_NAMES) as gateway:
        def work(_number):
            for _ in range(20):
                with gateway.http1() as client:
                    expect_equal(client.ask(gateway.authority("a.test")).status, 200, "a request")
        for thread in lab.in_threads(4, work):
            thread.join(30)
        workers = {line["astray.connection.id"] >> 48 for line in gateway.log(80)}
        expect_equal(workers, {0, 1}, "workers that served")
        expect_equal(len({line["astray.connection.id"] for line in gateway.log(80)}), 80, "connections have numbers of their own")
        expect_equal(gateway.metric("astray_gateway_connections_total"), 80, "connections")
        expect_equal(gateway.metric("astray_gateway_requests_total", status_class="2xx"), 80, "requests")
        expect(lab.wait_until(lambda: gateway.metric("astray_gateway_connections_open") == 0), "none is open")
        expect_equal(gateway.end(), 0, "exit status")


TESTS = [checks, a_taken_port_is_told, reloads_under_load_lose_nothing, a_bad_reload_changes_nothing, listeners_come_and_go, a_new_certificate_is_shown,
         sessions_outlive_a_reload, ticket_keys_are_taken_up_with_their_configuration, a_stricter_policy_takes_effect, the_end_lets_requests_finish, the_end_waits_for_slow_readers, the_end_does_not_wait_for_ever, the_log_is_rotated, two_workers_share_the_work]

if __name__ == "__main__":
    sys.exit(lab.main(TESTS, World))
