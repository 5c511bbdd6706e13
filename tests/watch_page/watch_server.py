"""serve_watch_page, as the tests of the watcher's page use it."""
import http.client
import json
import subprocess


class WatchServer:
    """A world of so many names, nodes and days of history; ended by its own input, also when a test fails."""

    def __init__(self, program, names, nodes, days, token=None):
        self.words = [str(program), str(names), str(nodes), str(days)] + ([token] if token else [])
        self.token = token

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.origin = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            status = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.process.stdout.close()
        if status != 0 and _[0] is None:
            raise AssertionError(f"the server ended with {status}")

    def tell(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def ask(self, path, method="GET", **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body

    def json(self, path, **fields):
        response, body = self.ask(path, **fields)
        assert response.status == 200, (path, response.status, body)
        return json.loads(body)

    def post(self, path, members, **fields):
        """With the token, as the page does it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in fields.items()}}
        connection.request("POST", path, body=json.dumps(members), headers=sent)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body

    def follow(self, **fields):
        """A stream of events: its connection and its response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/api/live", headers={name.replace("_", "-"): value for name, value in fields.items()})
        return connection, connection.getresponse()


def read_event(response):
    """The next event that is no comment, as a dictionary of its fields."""
    event = {}
    while True:
        line = response.readline().decode().rstrip("\n")
        if line == "":
            if event:
                return event
        elif not line.startswith(":"):
            name, value = line.split(": ", 1)
            event[name] = event[name] + "\n" + value if name in event else value
