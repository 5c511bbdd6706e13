"""Clients that are a command with all URLs of a scenario, so that these share the command's pool of connections. A further one is a
class beside Curl: the words of its command, and how its output tells the status that each request got."""
import os
import subprocess

import scenario as scenarios

LIMIT = 30  # seconds for a whole scenario


class CommandLine:
    interactive = False
    speaks_h1 = True

    def __init__(self, lab):
        self.lab = lab
        self.body = os.path.join(lab.folder, "body")
        with open(self.body, "w", encoding="ascii") as out:
            out.write(scenarios.TEXT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def play(self, scenario):
        """The outcome of each request, in order."""
        done = subprocess.run(self.words(scenario), input=scenarios.TEXT, capture_output=True, text=True, timeout=LIMIT, check=False)
        outcomes = self.outcomes(done.stdout)
        return outcomes + [{"error": done.stderr.strip()}] * (len(scenario.requests) - len(outcomes))


class Curl(CommandLine):
    name = "curl"
    profiles = ("curl",)

    def version(self):
        return subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]

    def words(self, scenario):
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

    def outcomes(self, output):
        return [{"status": int(status)} if status != "000" else {"error": "no answer"} for status in output.split()]
