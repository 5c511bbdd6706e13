"""The little of Firefox's Marionette protocol that the lab needs: messages `LENGTH:JSON` over TCP, [0, id, command, parameters] one
way and [1, id, error, result] the other (testing/marionette in Mozilla's tree)."""
import json
import socket


class MarionetteError(Exception):
    pass


class Marionette:
    def __init__(self, port, timeout):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.incoming = self.socket.makefile("rb")
        self.number = 0
        self._read()  # its greeting
        self.call("WebDriver:NewSession", {"capabilities": {}})

    def _read(self):
        length = b""
        while not length.endswith(b":"):
            byte = self.incoming.read(1)
            if not byte:
                raise MarionetteError("Firefox has gone")
            length += byte
        return json.loads(self.incoming.read(int(length[:-1])))

    def call(self, command, parameters=None):
        self.number += 1
        message = json.dumps([0, self.number, command, parameters or {}]).encode()
        self.socket.sendall(b"%d:" % len(message) + message)
        _, _, error, result = self._read()
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
