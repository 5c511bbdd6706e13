"""Clients that are a command with all URLs of a scenario: curl, and whoever has such a command line."""
import os
import subprocess

import scenario as scenarios

LIMIT = 30  # seconds for a whole scenario


class Curl:
    """One invocation for all requests, in order, so that they share curl's pool of connections."""
    name = "curl"
    profiles = ("curl",)
    interactive = False

    def __init__(self, lab):
        self.lab = lab

    def version(self):
        return subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]

    def __enter__(self):
        self.body = os.path.join(self.lab.folder, "body")
        with open(self.body, "w", encoding="ascii") as out:
            out.write(scenarios.TEXT)
        return self

    def __exit__(self, *_):
        pass

    def arguments(self, scenario):
        """The options of each request; "--next" parts them."""
        words = ["curl"]
        for request in scenario.requests:
            if len(words) > 1:
                words.append("--next")
            words += ["--disable", "--silent", "--http2", "--max-time", "10", "--write-out", "%{http_code}\\n",
                      "--output", os.path.join(self.lab.folder, "answer"), "--cacert", self.lab.authority.certificate]
            if scenario.overridden:
                words.append("--insecure")
            if scenario.data.get("client_certificates"):
                words += ["--cert", self.lab.client_pem]
            if request.body == "text":
                words += ["--data-binary", "@" + self.body]
            elif request.body == "stream":
                words += ["--request", "POST", "--header", "Expect:", "--upload-file", "-"]
            words.append(request.url)
        return words

    def play(self, scenario):
        """The outcome of each request, in order."""
        done = subprocess.run(self.arguments(scenario), input=scenarios.TEXT, capture_output=True, text=True, timeout=LIMIT, check=False)
        statuses = done.stdout.split()
        outcomes = [{"status": int(status)} if status != "000" else {"error": "no answer"} for status in statuses]
        return outcomes + [{"error": done.stderr.strip()}] * (len(scenario.requests) - len(outcomes))
