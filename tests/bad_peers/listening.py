"""A listener on loopback whose every connection is given to one function, and which ends with all of them."""
import socket
import struct
import threading
import time

LONGEST = 40  # seconds that any connection may live


class Gone(Exception):
    """The client has left, or the test is over."""


class Connection:
    """One accepted connection, in clear. Reads and writes end with Gone."""

    def __init__(self, raw, over):
        self.socket = raw
        self.over = over
        self.ends = time.monotonic() + LONGEST
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.settimeout(0.5)

    def _patiently(self, action):
        while not self.over.is_set() and time.monotonic() < self.ends:
            try:
                return action()
            except TimeoutError:
                continue
            except OSError as error:
                raise Gone from error
        raise Gone

    def read(self, size=65536):
        data = self._patiently(lambda: self.socket.recv(size))
        if not data:
            raise Gone
        return data

    def read_until(self, end):
        data = b""
        while end not in data:
            data += self.read()
        return data

    def send(self, data):
        view = memoryview(data)
        while view:
            view = view[self._patiently(lambda: self.socket.send(view)):]

    def send_slowly(self, data, pause=1.0):
        for at in range(len(data)):
            self.send(data[at:at + 1])
            self.rest(pause)

    def send_forever(self, data):
        while True:
            self.send(data)

    def rest(self, seconds):
        if self.over.wait(seconds) or time.monotonic() > self.ends:
            raise Gone

    def silence(self):
        """Reads what comes and says nothing, until the client leaves."""
        while True:
            self.read()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        raise Gone

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass


class Listener:
    """`with Listener(serve) as listener: listener.port`. Without a function the port refuses."""

    def __init__(self, serve):
        self.serve = serve
        self.over = threading.Event()
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.threads = []
        if serve:
            self.socket.listen(64)
            self.socket.settimeout(0.2)
            self._start(self._accept)

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        while not self.over.is_set():
            try:
                raw, _ = self.socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._start(self._serve, raw)

    def _serve(self, raw):
        connection = Connection(raw, self.over)
        try:
            self.serve(connection)
        except Gone:
            pass
        finally:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(5)
        self.socket.close()
