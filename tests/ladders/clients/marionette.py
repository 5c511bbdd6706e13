"""The little of Firefox's Marionette protocol that the lab needs: messages `LENGTH:JSON` over TCP, [0, id, command, parameters] one
way and [1, id, error, result] the other (testing/marionette in Mozilla's tree)."""
import json
import socket
import time


class MarionetteError(Exception):
    pass


class Marionette:
    """A session. An answer that does not come is an error that names it: after `begin` seconds for what the session begins with, since
    Firefox then makes its window, and after `seconds` for all others."""

    def __init__(self, port, begin, seconds):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=begin)
        self.seconds = begin
        self.incoming = b""
        self.number = 0
        try:
            self._read("its greeting")
            self.call("WebDriver:NewSession", {"capabilities": {}})
        except BaseException:
            self.close()
            raise
        self.seconds = seconds

    def _read(self, what):
        """The next message, which is `what`."""
        deadline = time.monotonic() + self.seconds
        while b":" not in self.incoming:
            self._receive(what, deadline)
        length, _, self.incoming = self.incoming.partition(b":")
        while len(self.incoming) < int(length):
            self._receive(what, deadline)
        message, self.incoming = self.incoming[:int(length)], self.incoming[int(length):]
        return json.loads(message)

    def _receive(self, what, deadline):
        try:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            more = self.socket.recv(65536)
        except TimeoutError:
            raise MarionetteError(f"Firefox did not send {what} within {self.seconds} s") from None
        if not more:
            raise MarionetteError(f"Firefox has gone and did not send {what}")
        self.incoming += more

    def call(self, command, parameters=None):
        self.number += 1
        message = json.dumps([0, self.number, command, parameters or {}]).encode()
        self.socket.sendall(b"%d:" % len(message) + message)
        _, _, error, result = self._read(f"the answer to {command}")
        if error:
            raise MarionetteError(f"{command}: {error.get('error')}: {error.get('message')}")
        return result

    def run_async(self, script, *arguments):
        """What the script gives to the function that is its last argument."""
        return self.call("WebDriver:ExecuteAsyncScript", {"script": script, "args": list(arguments)})["value"]

    def run_privileged(self, script, *arguments):
        """The same as the browser itself, not as a page."""
        self.call("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.call("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})["value"]
        finally:
            self.call("Marionette:SetContext", {"value": "content"})

    def close(self):
        self.socket.close()
