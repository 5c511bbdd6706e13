"""Holds what a client was seen to do against what judge_reuse and judge_retry say that it does.

The facts that the judge gets are what was observed as far as the client chose it: the address that its connection reached, the DNS
answers that it had been given by then, whether it showed a certificate. What it remembers after a 421 is what the judge says that it
remembers: the requests after it show whether that is so."""
import dataclasses

from lab_server import host_of
from scenario import TEXT

ANSWERED = {101: 200}  # a WebSocket's page sees no other status


@dataclasses.dataclass
class Observation:
    """What one client did in one scenario."""
    site: object  # lab_server.Site, calm and closed
    dns: object  # name_server.NameServer
    outcomes: dict  # request id -> {"status": …} or {"error": …} or {"unsupported": …}
    finished: dict  # of held requests, what came in the end
    keeps_dns: bool  # whether the client keeps DNS answers; others ask each time, which shows nothing
    seen_until: float  # what ended later was ended by the lab
    began: float = 0.0  # another client may have asked DNS before


class _Pool:
    """The connections that the client has, and what it has to remember of them."""

    def __init__(self, scenario, observation, judge, profile, without):
        self.scenario, self.observation, self.judge, self.profile, self.without = scenario, observation, judge, profile, without
        self.aliases = {}  # connection number -> hosts
        self.marked = set()
        self.removed = {}  # connection number -> origins that left its ORIGIN set
        self.refused = {}  # connection number -> origins that it answered 421 for
        self.partition = {}  # connection number -> credentials of its first request

    def available(self, since, until):
        """Those that had carried a request before `since` and had not ended at `until`. (One that carried nothing is as good as new.)"""
        used = {attempt.connection.number for attempt in self.observation.site.attempts if attempt.came <= since}
        return [connection for connection in self.observation.site.connections
                if connection.number in used and connection.alive_at(until)]

    def label(self, connection):
        """"a", or "a (2)" for the second one of those opened for a that carried requests."""
        of_name = []
        for attempt in self.observation.site.attempts:
            if attempt.connection.sni == connection.sni and attempt.connection not in of_name:
                of_name.append(attempt.connection)
        label = self.scenario.labels.get(connection.sni, "nobody")
        place = of_name.index(connection) + 1
        return label if place == 1 else f"{label} ({place})"

    def judged(self, connection, request, attempt, number, answered_421):
        host = host_of(attempt.authority)
        services = self.scenario.services.get(host)
        origin_set = connection.origin_set
        if origin_set is not None:
            origin_set = [origin for origin in origin_set if origin not in self.removed.get(connection.number, ())]
        facts = {
            "profile": self.profile, "connection": self.scenario.origin(connection.sni), "protocol": connection.protocol,
            "request": self.scenario.origin(host), "peer": connection.address,
            "connection_dns": self.observation.dns.answers_until(connection.sni, connection.opened),
            "request_dns": self.observation.dns.answers_until(host, attempt.came),
            "certificate": connection.names, "origin_set": origin_set,
            "aliases": [self.scenario.origin(alias) for alias in sorted(self.aliases.get(connection.number, ()))],
            "misdirected": sorted(self.refused.get(connection.number, ())),
            "trust": "overridden" if self.scenario.overridden else "accepted",
            "client_certificate": "sent" if connection.client_certificate else "not-sent",
            "mark": "marked" if connection.number in self.marked else "none",
            "extended_connect": "on" if connection.extended_connect else "off",
            "partition": "same" if self.partition.get(connection.number) == request.credentials else "other",
            "kind": request.kind,
            "service_record": "forbids-protocol" if services and connection.protocol not in services else "none",
            "attempt": "first" if number == 0 else "after-421",
            # The body of its answer is not yet read when the client decides to ask again.
            "use": "busy" if connection.protocol == "h1" and connection is answered_421 else "idle",
        }
        if self.without in self.judge.ladder(self.profile):
            facts["without"] = self.without
        return self.judge.reuse(**facts)

    def carried(self, connection, request, attempt):
        host = host_of(attempt.authority)
        self.partition.setdefault(connection.number, request.credentials)
        if host != connection.sni:
            self.aliases.setdefault(connection.number, set()).add(host)

    def remember(self, memory, attempt):
        number, host = attempt.connection.number, host_of(attempt.authority)
        self.refused.setdefault(number, set()).add(self.scenario.origin(host))
        if "evicts-alias" in memory:
            self.aliases.get(number, set()).discard(host)
        if "marks-connection" in memory:
            self.marked.add(number)
        if "removes-from-origin-set" in memory:
            self.removed.setdefault(number, set()).add(self.scenario.origin(host))


class _Comparison:
    def __init__(self, scenario, observation, judge, profile, without):
        self.scenario, self.observation, self.without, self.judge, self.profile = scenario, observation, without, judge, profile
        self.pool = _Pool(scenario, observation, judge, profile, without)
        self.rows, self.complaints = [], []
        self.since = 0.0  # when the attempt before this one was answered

    def run(self):
        for request in self.scenario.requests:
            self._request(request)
        for connection in self.observation.site.connections:
            if not connection.preflights and not any(a.connection is connection for a in self.observation.site.attempts):
                self.complaints.append(f"a connection for {self.scenario.labels.get(connection.sni, 'nobody')} that carried no request")
        return self.rows, self.complaints

    def _complain(self, request, text):
        self.complaints.append(f"{request.label}: {text}")

    def _request(self, request):
        attempts = [attempt for attempt in self.observation.site.attempts if attempt.request == request.id]
        outcome = self.observation.outcomes[request.id]
        if "unsupported" in outcome:
            self.rows.append(f"{request.label}: {outcome['unsupported']}")
            return
        words = []
        for number, attempt in enumerate(attempts):
            following = attempts[number + 1] if number + 1 < len(attempts) else None
            words.append(self._attempt(request, number, attempt, attempts[number - 1].connection if number else None))
            if attempt.status == 421:
                self._after_421(request, number, attempt, following)
            elif following:
                self._complain(request, f"asked again after {attempt.status}")
        self._outcome(request, attempts, outcome, words)
        self.rows.append(f"{request.label}: " + ", ".join(words))

    def _attempt(self, request, number, attempt, answered_421):
        connection = attempt.connection
        pooled = self.pool.available(self.since, attempt.came)
        verdicts = [(candidate, self.pool.judged(candidate, request, attempt, number, answered_421)) for candidate in pooled]
        was_pooled = any(candidate is connection for candidate in pooled)
        usable = [self.pool.label(candidate) for candidate, verdict in verdicts if verdict[0] != "open-new"]
        if not was_pooled and usable:
            why = "; ".join(f"{self.pool.label(candidate)}: {' '.join(verdict)}" for candidate, verdict in verdicts)
            self._complain(request, f"opened a connection, predicted was reuse ({why})")
        for candidate, (answer, reason, rung) in verdicts:
            if answer == "could-not-tell":
                self._complain(request, f"the judge lacks a fact about {self.pool.label(candidate)}: {reason} {rung}")
            if candidate is connection and answer == "open-new":
                self._complain(request, f"went on the connection of {self.pool.label(candidate)}, predicted was a new one "
                               f"({reason}, rung {rung})")
        if request.body != "none" and attempt.body != TEXT.encode():
            self._complain(request, f"{len(attempt.body)} bytes of body arrived, {len(TEXT)} were meant")
        self.pool.carried(connection, request, attempt)
        self.since = attempt.answered or attempt.came
        where = f"on {self.pool.label(connection)}" if was_pooled else "new"
        version = "" if connection.protocol == "h2" else " (HTTP/1.1)"
        return f"{where}{version} {attempt.status}"

    def _after_421(self, request, number, attempt, following):
        own = attempt.connection.sni == host_of(attempt.authority)
        body = {"none": "none", "text": "replayable", "stream": "streaming"}[request.body]
        answer, reason, memory = self.judge.retry(profile=self.profile, earlier=number, body=body, protocol=attempt.connection.protocol,
                                                  carried_by="own-connection" if own else "coalesced-connection")
        memory.discard(self.without)
        if following is None:
            seen = "return-to-caller"
        elif following.connection is attempt.connection:
            seen = "retry-on-same-connection"
        else:
            seen = "retry-on-fresh-connection"
        if seen != answer:
            self._complain(request, f"after 421 number {number + 1}: {seen}, predicted was {answer} ({reason})")
        host = host_of(attempt.authority)
        # Where an ORIGIN frame made DNS needless, the retry asks for the first time.
        had_asked = self.observation.dns.count_asked(host, self.observation.began, attempt.came) > 0
        if seen == "retry-on-fresh-connection" and self.observation.keeps_dns and had_asked:
            asked = self.observation.dns.count_asked(host, attempt.came, following.came) > 0
            if asked != ("refreshes-dns" in memory):
                self._complain(request, "asked DNS again before the retry" if asked else "did not ask DNS again before the retry")
        # Where other responses are still to come on it, it ends later.
        ended = not attempt.connection.alive_at(self.observation.seen_until)
        if seen == answer == "retry-on-fresh-connection" and ended != ("closes-connection" in memory):
            self._complain(request, f"{'closed' if ended else 'did not close'} the connection that answered 421")
        self.pool.remember(memory, attempt)

    def _outcome(self, request, attempts, outcome, words):
        if not attempts:
            self._complain(request, f"never came to the server: {outcome}")
            words.append(f"never came: {outcome.get('error')}")
            return
        status = ANSWERED.get(outcome.get("status"), outcome.get("status"))
        if status != attempts[-1].status:
            self._complain(request, f"the server's last answer was {attempts[-1].status}, the caller got {outcome}")
            words.append(f"caller got {outcome.get('status') or 'an error'}")
        if request.hold:
            finished = self.observation.finished.get(request.id, {})
            if not finished.get("answer", "").endswith("]"):
                self._complain(request, f"the held response did not come to its end: {finished}")


def compare(scenario, observation, judge, profile, without=None):
    """(a line for each request of what happened, a line for each difference). `without` leaves a rung, or a word of what is kept in
    mind after a 421, out of the profile."""
    return _Comparison(scenario, observation, judge, profile, without).run()
