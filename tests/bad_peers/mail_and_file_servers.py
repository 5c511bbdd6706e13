#!/usr/bin/python3
"""Real FTP and SMTP servers that are too busy, in clear and over TLS: their 421 is told, and told apart from HTTP's."""
import argparse
import asyncio
import contextlib
import socket
import ssl
import sys
import tempfile
import threading
import os

import aiosmtpd.smtp
import pyftpdlib.handlers
import pyftpdlib.ioloop
import pyftpdlib.servers

import run
import tls


class BusySmtp(aiosmtpd.smtp.SMTP):
    """Greets with 421 (RFC 5321 section 4.2.3) as a server does that is full."""

    async def _handle_client(self):
        await self.push("421 4.3.2 mail.example Service not available, too many connections")
        self.transport.close()


@contextlib.contextmanager
def smtp(server_class, context):
    loop = asyncio.new_event_loop()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))

    async def start():
        return await loop.create_server(lambda: server_class(object(), hostname="mail.example", loop=loop), sock=listener, ssl=context)

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class Ftp(pyftpdlib.handlers.FTPHandler):
    banner = "files.example FTP server ready."

    def log(self, *_, **__):
        pass

    logline = logexc = log


def ftps_class(folder):
    class Ftps(pyftpdlib.handlers.TLS_FTPHandler):
        """Implicit TLS: the handshake comes before the greeting."""
        certfile = os.path.join(folder, "site.pem")
        banner = Ftp.banner
        log = logline = logexc = Ftp.log

        def handle(self):
            self.secure_connection(self.ssl_context)

        def handle_ssl_established(self):
            super().handle()

        def handle_max_cons(self):
            self.ssl_context = self.get_ssl_context()
            self.handle_ssl_established = super().handle_max_cons
            self.secure_connection(self.ssl_context)
    return Ftps


@contextlib.contextmanager
def ftp(handler, most_connections):
    loop = pyftpdlib.ioloop.IOLoop()
    server = pyftpdlib.servers.FTPServer(("127.0.0.1", 0), handler, ioloop=loop)
    server.max_cons = most_connections
    over = threading.Event()

    def turn():
        while not over.is_set():
            loop.loop(timeout=0.05, blocking=False)

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield server.address[1]
    finally:
        over.set()
        thread.join()
        server.close_all()


def check(arguments, name, scheme, port, status, says):
    words = run.command(arguments, [f"{scheme}://{tls.NAME}:{port}/"], "none", 5)
    lines, wrong, _, _ = run.run(words, 30)
    cells = [line for line in lines if line["type"] == "cell"]
    if len(cells) != 1:
        wrong.append(f"{len(cells)} cells instead of one")
    for cell in cells:
        seen = {field: cell[field] for field in ("failure", "status", "verdict", "error")}
        if (cell["failure"], cell["verdict"], cell["status"]) != ("other-protocol", "other-protocol", status):
            wrong.append(f"{seen}")
        wrong += [f"{cell['error']!r} does not say {words!r}" for words in says if words not in (cell["error"] or "")]
    for line in wrong:
        print(f"{name}: {line}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    arguments = parser.parse_args()
    arguments.wrapper = ""
    with tempfile.TemporaryDirectory() as folder:
        tls.make_certificates(folder, ["site"])
        with open(os.path.join(folder, "site.pem"), "wb") as both:
            for part in ("crt", "key"):
                with open(os.path.join(folder, "site." + part), "rb") as piece:
                    both.write(piece.read())
        secured = tls.context(folder)
        secured.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
        not_http = "not HTTP's"
        rows = [
            ("aiosmtpd", "smtp", lambda: smtp(aiosmtpd.smtp.SMTP, None), None, ["SMTP"]),
            ("aiosmtpd over TLS", "smtps", lambda: smtp(aiosmtpd.smtp.SMTP, secured), None, ["SMTP"]),
            ("a busy aiosmtpd", "smtp", lambda: smtp(BusySmtp, None), 421, ["SMTP", not_http]),
            ("a busy aiosmtpd over TLS", "smtps", lambda: smtp(BusySmtp, secured), 421, ["SMTP", not_http]),
            ("pyftpdlib", "ftp", lambda: ftp(Ftp, 0), None, ["FTP"]),
            ("pyftpdlib over TLS", "ftps", lambda: ftp(ftps_class(folder), 0), None, ["FTP"]),
            ("a full pyftpdlib", "ftp", lambda: ftp(Ftp, 1), 421, ["FTP", not_http]),
            ("a full pyftpdlib over TLS", "ftps", lambda: ftp(ftps_class(folder), 1), 421, ["FTP", not_http]),
        ]
        good = 0
        for name, scheme, server, status, says in rows:
            with server() as port:
                good += check(arguments, name, scheme, port, status, says)
    print(f"{len(rows)} servers, {len(rows) - good} of them with an unexpected outcome")
    return 0 if good == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
