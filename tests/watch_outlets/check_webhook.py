#!/usr/bin/env python3
"""A receiver of webhooks over TLS, written as docs/watch-alerts.md tells it: every event comes, in order, signed, of the form of
docs/schema/watch-event.schema.json, although the receiver fails and hangs up, and the watcher is killed. A certificate that is not
trusted gets nothing."""
import hashlib
import hmac
import http.server
import json
import os
import ssl
import subprocess
import threading
import time

import jsonschema

from player import Player, arguments, check, folder

SECRET = b"sesame open"


def is_ours(secret, fields, body):
    timestamp = fields["Astray-Timestamp"]
    expected = "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, fields["Astray-Signature"]) and abs(time.time() - int(timestamp)) < 300


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    events = []
    came = 0
    wrong = []

    def do_POST(self):  # noqa: N802  pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        cls = type(self)
        cls.came += 1
        if not is_ours(SECRET, self.headers, body) or is_ours(b"other", self.headers, body):
            cls.wrong.append("signature")
        event = json.loads(body)
        if self.headers["Idempotency-Key"] != f'"{event["key"]}"':
            cls.wrong.append("key")
        if cls.came % 3 == 0:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if cls.came % 7 == 0:  # taken, and the acknowledgement is lost
            cls.events.append(event)
            self.close_connection = True
            return
        cls.events.append(event)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def serve_tls(server, path):
    """The certificate that is to be trusted."""
    certificate, key = os.path.join(path, "certificate.pem"), os.path.join(path, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return certificate


def distrust(binary, store, told):
    with Player(binary, store, rounds=3, patience=1, **told) as player:
        player.process.wait(30)
        player.wait_ended()
        check(any("certificate" in line and line.startswith("trouble webhook") for line in player.lines), f"{player.lines}")
    check(Receiver.came == 0, "a message went to a certificate that nobody trusts")


def main():
    options = arguments()
    schema = json.loads((options.source / "docs/schema/watch-event.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    with folder() as path:
        authority = serve_tls(server, path)
        secret = os.path.join(path, "secret")
        with open(secret, "wb") as out:
            out.write(SECRET + b"\nsecond line\n")
        store = os.path.join(path, "watch.db")
        told = {"webhook": f"https://localhost:{server.server_port}/hook", "secret": secret, "every": 50}
        distrust(options.player, os.path.join(path, "other.db"), told)
        os.environ["SSL_CERT_FILE"] = authority
        with Player(options.player, store, rounds=1000, **told) as killed:
            while killed.stored()[0] < 26:
                killed.read_until("stored ")
            killed.process.kill()
            killed.wait_ended()
            events = killed.stored()[2]
        with Player(options.player, store, rounds=6, **told) as rest:
            rest.wait()
            events += rest.stored()[2]
    server.shutdown()
    check(not Receiver.wrong, f"wrong: {Receiver.wrong}")
    for event in Receiver.events:
        for error in validator.iter_errors(event):
            raise SystemExit(f"not of the schema: {error.message}")
    numbers = [event["number"] for event in Receiver.events]
    once = list(dict.fromkeys(numbers))
    # The round that was stored when the kill came may not have been printed.
    check(once == sorted(once) and once == list(range(1, len(once) + 1)), f"order or gap: {numbers}")
    check(len(once) in (events, events + 1), f"{len(once)} events came, {events} were stored")
    check(len({event["key"] for event in Receiver.events}) == len(once), "one event, two keys")
    print(f"{len(once)} events in {Receiver.came} messages, {len(numbers) - len(once)} of them taken twice")


if __name__ == "__main__":
    main()
