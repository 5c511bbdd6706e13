"""A generated configuration, and the noise that both generators put into one."""
from dataclasses import dataclass, field

from configuration_tree import Directive, Included


@dataclass
class Configuration:
    kind: str
    root: Directive
    clients: list  # (address, port placeholder) that a client connects to
    unknowable: bool = False  # whether something in it may decide what nobody can know
    options: list = field(default_factory=list)  # of the server's command line, such as -D NAME


def noise(rng, root, comments, quotes, gaps, share=0.08):
    """What means nothing to the server."""
    for directive in root.walk():
        if directive is root or isinstance(directive, Included):
            continue
        if rng.random() < share:
            directive.comment = rng.choice(comments)
        if directive.words and not directive.transparent and directive.name != "Require" and rng.random() < share:
            word = rng.randrange(len(directive.words))
            # A backslash means something else in quotes, and a quote would have to be escaped.
            if not any(c in directive.words[word] for c in "\\\"'$"):
                directive.quotes = {word: rng.choice(quotes)}
        if directive.children is None and directive.words and rng.random() < share:
            directive.gap = rng.choice(gaps)
