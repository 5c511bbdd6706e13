"""A tiny origin for servers that only pass requests on: every label has a port of its own, and the answer says which."""
import http.server
import threading


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self):
        self.send_response(200)
        self.send_header("X-Virtual-Host", self.server.label)
        self.send_header("X-Seen-Host", self.headers.get("Host", ""))
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a server that ends takes its connections with it

    request_queue_size = 128


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
