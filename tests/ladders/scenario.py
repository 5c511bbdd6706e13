"""Reads scenarios.yaml into host names, addresses, the server's behaviour and the steps that a client is told to take."""
import dataclasses
import os

import yaml

from lab_server import Behaviour

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN = "lab.test"
WORDS = {"name", "says", "only", "profile", "names", "ports", "certificates", "only_h1", "trust", "client_certificates", "services",
         "origin_frame", "extended_connect", "misdirected", "misdirected_names", "late_body",
         "requests"}
TEXT = "what is sent again must be the same bytes; " * 20


@dataclasses.dataclass
class Request:
    id: str
    label: str
    url: str
    body: str = "none"  # "none", "text", "stream"
    credentials: str = "include"
    kind: str = "plain"  # "plain", "websocket"
    hold: bool = False  # its response comes to an end only after a Release

    @property
    def description(self):
        """What the browser's page and the node script are told."""
        return {"id": self.id, "url": self.url, "body": self.body, "text": TEXT, "credentials": self.credentials, "kind": self.kind,
                "hold": self.hold}


@dataclasses.dataclass
class Move:
    """From now on the names have these addresses."""
    addresses: dict


class Release:
    """Held responses come to their end."""


class Scenario:
    def __init__(self, data, number):
        unknown = set(data) - WORDS
        if unknown:
            raise ValueError(f"{data.get('name')}: no such word: {', '.join(sorted(unknown))}")
        self.data, self.number = data, number
        self.name, self.says = data["name"], data["says"]
        self.labels = {self.host(label): label for label in data["names"]}
        self.addresses = {self.host(label): self._all(addresses) for label, addresses in data["names"].items()}
        self.ports = {self.host(label): data.get("ports", {}).get(label, 443) for label in data["names"]}
        self.services = {self.host(label): alpns for label, alpns in data.get("services", {}).items()}
        self.overridden = data.get("trust") == "overridden"
        self.steps = [self._step(step, at) for at, step in enumerate(data["requests"], 1)]

    def host(self, label):
        return f"{label}.{self.name}.{DOMAIN}"

    def origin(self, host):
        return f"https://{host}" + ("" if self.ports[host] == 443 else f":{self.ports[host]}")

    def _all(self, addresses):
        return [self._address(address) for address in addresses]

    def _address(self, word):
        family, _, number = word.partition("-")
        return {"v4": f"198.18.{self.number}.{number}", "v6": f"2001:db8:{self.number:x}::{number}"}[family]

    def _step(self, step, at):
        if isinstance(step, str):
            step = {"to": step}
        if "dns" in step:
            return Move({self.host(label): self._all(addresses) for label, addresses in step["dns"].items()})
        if "release" in step:
            return Release()
        words = dict(step)
        host = self.host(words.pop("to"))
        identity = f"{self.name}.{at}"
        scheme = "wss" if words.get("kind") == "websocket" else "https"
        url = f"{self.origin(host).replace('https', scheme)}/echo?id={identity}" + ("&hold=1" if words.get("hold") else "")
        return Request(identity, self.labels[host], url, **words)

    @property
    def requests(self):
        return [step for step in self.steps if isinstance(step, Request)]

    @property
    def every_address(self):
        found = {address for addresses in self.addresses.values() for address in addresses}
        for step in self.steps:
            if isinstance(step, Move):
                found |= {address for addresses in step.addresses.values() for address in addresses}
        return sorted(found)

    @property
    def needs_ipv6(self):
        return any(":" in address for address in self.every_address)

    def endpoints(self):
        return [(address, port) for address in self.every_address for port in sorted(set(self.ports.values()))]

    def certificate_names(self):
        """SNI -> the names of the certificate that it gets."""
        given = self.data.get("certificates")
        everything = list(self.addresses)
        return {host: [self.host(name) for name in given[label]] if given else everything for host, label in self.labels.items()}

    def behaviour(self, authority, clients_authority):
        data = self.data
        names = self.certificate_names()
        return Behaviour(
            certificates={host: (authority.server(names[host]), names[host]) for host in self.addresses},
            default_name=next(iter(self.addresses)),
            authority=clients_authority.certificate,
            client_certificates=data.get("client_certificates", False),
            only_h1=tuple(self.host(label) for label in data.get("only_h1", [])),
            origin_set=[self.origin(self.host(label)) for label in data["origin_frame"]] if "origin_frame" in data else None,
            misdirected=data.get("misdirected", "never"),
            misdirected_names=tuple(self.host(n) for n in data["misdirected_names"]) if "misdirected_names" in data else None,
            extended_connect=data.get("extended_connect", False), late_body=data.get("late_body", False))


def read_scenarios():
    with open(os.path.join(HERE, "scenarios.yaml"), encoding="utf-8") as text:
        # 198.18.0 is the lab's own.
        return [Scenario(data, number) for number, data in enumerate(yaml.safe_load(text), 1)]
