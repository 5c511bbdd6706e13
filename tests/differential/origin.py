"""A tiny origin for servers that only pass requests on: every label has a port of its own, and the answer says which."""
import re
import socket
import socketserver
import threading

LARGEST_REQUEST = 65536  # bytes


class _Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(30)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while len(data) < LARGEST_REQUEST:
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                piece = self.request.recv(65536)
                if not piece:
                    return
                data += piece
                continue
            data = rest
            host = re.search(rb"(?im)^host:[ \t]*([^\r\n]*)", head)
            # In one piece: a proxy whose client leaves after the head would find the body on the kept connection.
            self.request.sendall(b"HTTP/1.1 200 OK\r\nX-Virtual-Host: " + self.server.label.encode() + b"\r\nX-Seen-Host: " +
                                 (host[1] if host else b"") + b"\r\nContent-Length: 3\r\n\r\nok\n")


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # a server that ends takes its connections with it


class Origins:
    """`with Origins(["a.test", "b.test"]) as origins: origins.ports["a.test"]`"""

    def __init__(self, labels):
        self.listeners = {}
        for label in labels:
            listener = _Listener(("127.0.0.1", 0), _Answer)
            listener.label = label
            self.listeners[label] = listener
            threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        self.ports = {label: listener.server_address[1] for label, listener in self.listeners.items()}

    def close(self):
        for listener in self.listeners.values():
            listener.shutdown()
            listener.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
