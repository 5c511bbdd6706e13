#!/usr/bin/env python3
"""The API of the watcher's page over real sockets: every answer is as docs/schema/watch-api.schema.json says, and shows
everything that the schema has; events arrive, and are taken up again where a stream ended; strangers get nothing."""
import argparse
import copy
import json
import pathlib
import sys

import jsonschema

from watch_server import WatchServer, read_event

PAIR = "from=static.example.test&to=intern.example.test"
ASKED = {
    "state": "/api/state", "problem": "/api/problem?id=0badc0de", "events": "/api/events?most=20", "time_line": "/api/time-line?hours=48&pieces=10",
    "cell": f"/api/cell?{PAIR}", "matrix": "/api/matrix?row_most=10", "parity": "/api/parity?most=10", "sharing": "/api/sharing",
}
# Of each answer, something that it never says.
WRONG = {
    "state": lambda a: a["problems"][0].update(severity="fatal"), "problem": lambda a: a["problem"].pop("sentence"), "events": lambda a: a["events"][0].update(step="begun"),
    "time_line": lambda a: a.update(pieces=-1), "cell": lambda a: a["spans"][0].update(first="yesterday"), "matrix": lambda a: a["cells"].append(7),
    "parity": lambda a: a.pop("groups"), "sharing": lambda a: a["shared"][0].update(certificate="x"),
}


class Check:
    def __init__(self, schema):
        self.schema = schema
        self.failures = []

    def expect(self, got, wanted, what):
        if got != wanted:
            self.failures.append(f"{what}: got {got!r}, wanted {wanted!r}")

    def validator(self, name):
        return jsonschema.Draft202012Validator({**self.schema, "$ref": f"#/$defs/{name}"})

    def check_answer(self, name, answer):
        self.failures += [f"{name}: {error.json_path}: {error.message}" for error in self.validator(name).iter_errors(answer)]
        self.expect(set(answer), set(self.schema["$defs"][name]["properties"]), f"{name}: members")
        wrong = copy.deepcopy(answer)
        WRONG[name](wrong)
        self.expect(self.validator(name).is_valid(wrong), False, f"{name}: what is wrong is refused")
        self.expect(self.validator(name).is_valid({**answer, "more_than_that": 1}), False, f"{name}: an unknown member is refused")

    def check_stream(self, server):
        connection, response = server.follow()
        self.expect(response.getheader("Content-Type"), "text/event-stream", "the stream's type")
        self.expect(read_event(response)["event"], "hello", "the first event")
        server.tell("break")
        events = {}
        while "state" not in events:
            event = read_event(response)
            events[event["event"]] = event
        problem = json.loads(events["problem"]["data"])
        self.failures += [f"event: {error.message}" for error in self.validator("event").iter_errors(problem)]
        self.expect(problem["problem"]["sentence"], "h2 disappeared on 192.0.2.9:443", "the event's problem")
        connection.close()
        server.tell("mend")
        self.expect(server.json("/api/state")["problem_counts"]["error"] > 0, True, "the state goes on")
        again, response = server.follow(Last_Event_ID=events["state"]["id"])
        self.expect(json.loads(read_event(response)["data"])["step"], "resolved", "what was missed comes first")
        again.close()
        foreign, response = server.follow(Last_Event_ID="another-1")
        self.expect(read_event(response)["event"], "reset", "an id of another process")
        foreign.close()

    def check_strangers(self, server):
        self.expect(server.ask("/api/state", Host="evil.example")[0].status, 421, "a stranger's name")
        self.expect(server.ask("/api/live", Origin="http://evil.example")[0].status, 403, "a stranger's page")
        self.expect(server.ask("/api/state", method="POST")[0].status, 405, "nothing can be changed")
        self.expect(server.json("/api/state")["can_change"], False, "without a token the page only shows")
        for path in ("/api/acknowledge", "/api/silence", "/api/end-silence", "/api/ask-soon"):
            self.expect(server.ask(path, method="POST")[0].status, 404, f"{path} is not there")
        self.expect(server.ask("/api/state?x=1")[0].status, 400, "an unknown parameter")

    def check_token(self, program):
        with WatchServer(program, 5, 3, 0, "open-sesame") as server:
            self.expect(server.ask("/")[0].status, 200, "the page without the token")
            for path in [*ASKED.values(), "/api/live"]:
                self.expect(server.ask(path)[0].status, 401, f"{path} without the token")
            self.expect(server.ask("/api/state", Authorization="Bearer open")[0].status, 401, "another token")
            self.expect(server.ask("/api/state", Authorization="Bearer open-sesame")[0].status, 200, "the token")
            self.check_changes(server)


    def check_changes(self, server):
        """Each change is as the schema says, shows, and needs the token and a page of ours."""
        token = {"Authorization": "Bearer open-sesame"}
        node = server.json("/api/state", **token)["nodes"][2]
        changes = [
            ("/api/acknowledge", "acknowledge", {"problem": "0badc0de", "by": "Ann", "why": "at it"}),
            ("/api/silence", "silence_body", {"node": node, "minutes": 60, "by": "Bob"}),
            ("/api/ask-soon", "ask_soon", {"from": "www.example.test", "to": "www.example.test", "node": node}),
        ]
        for path, name, members in changes:
            self.failures += [f"{name}: {error.message}" for error in self.validator(name).iter_errors(members)]
            self.expect(self.validator(name).is_valid({**members, "more": 1}), False, f"{name}: an unknown member is refused by the schema")
            self.expect(server.post(path, {**members, "more": 1})[0].status, 400, f"{path}: and by the watcher")
            self.expect(server.post(path, members, Authorization="Bearer none")[0].status, 401, f"{path}: another token")
            self.expect(server.post(path, members, Origin="http://evil.example")[0].status, 403, f"{path}: a stranger's page")
            self.expect(server.post(path, members, Content_Type="text/plain")[0].status, 415, f"{path}: a form of a stranger's page")
            self.expect(server.ask(path, **token)[0].status, 405, f"{path}: GET")
            response, body = server.post(path, members)
            self.expect(response.status, 200, f"{path}: {body}")
            self.failures += [f"{path}: {error.message}" for error in self.validator("done").iter_errors(json.loads(body))]
        state = server.json("/api/state", **token)
        self.failures += [f"state: {error.json_path}: {error.message}" for error in self.validator("state").iter_errors(state)]
        self.expect(state["can_change"], True, "changes are offered")
        self.expect(state["problems"][0]["acknowledged"]["by"], "Ann", "who is at it")
        self.expect(state["problems"][0]["silenced"]["by"], "Bob", "who silenced it")
        self.expect([silence["node"] for silence in state["silences"]], [node], "what is silenced")
        problem = server.json("/api/problem?id=0badc0de", **token)
        self.failures += [f"problem: {error.json_path}: {error.message}" for error in self.validator("problem").iter_errors(problem)]
        self.expect(problem["events"][0]["step"], "acknowledged", "it is among the events")
        number = state["silences"][0]["number"]
        self.expect(server.post("/api/end-silence", {"silence": number})[0].status, 200, "a silence is ended")
        self.expect(server.json("/api/state", **token)["silences"], [], "and gone")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    schema = json.loads((arguments.source / "docs/schema/watch-api.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = Check(schema)
    with WatchServer(arguments.server, 45, 3, 2) as server:
        for name, path in ASKED.items():
            check.check_answer(name, server.json(path))
        check.check_stream(server)
        check.check_strangers(server)
    check.check_token(arguments.server)
    print(*check.failures, sep="\n")
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
