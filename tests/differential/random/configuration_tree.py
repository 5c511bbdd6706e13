"""A configuration as a tree of directives, which can be written out in either server's syntax, with or without noise
(comments, quotes, odd blanks, included files), and made smaller piece by piece."""
import copy


class Directive:
    """`name words;` or, with `children`, a block. The shrinker leaves a `fixed` one alone, keeps the first `shortest`
    words, and may put the children of a `transparent` block in its place."""

    def __init__(self, name, *words, children=None, fixed=False, shortest=None, transparent=False, host=None):
        self.name = name
        self.words = [str(word) for word in words]
        self.children = children
        self.fixed = fixed
        self.shortest = len(self.words) if shortest is None else shortest
        self.transparent = transparent
        self.host = host  # the virtual host that this block is: what it answers as X-Virtual-Host
        self.comment = None
        self.quotes = {}  # by word: the quote to write it with
        self.gap = " "

    def walk(self):
        yield self
        for child in self.children or ():
            yield from child.walk()

    def find(self, name):
        return [child for child in self.children or () if child.name.lower() == name]


class Included(Directive):
    """Directives that stand in a file of their own, included here."""

    def __init__(self, path, children, by="include"):
        super().__init__(by, path, children=children, transparent=True)


class ListFile(Directive):
    """Lines that stand in a file of their own, which some word names (HAProxy's lists and maps)."""

    def __init__(self, path, lines):
        super().__init__("", path, children=lines, fixed=True)


def directives_of(block):
    """The children with those of included files and of transparent blocks in their places."""
    for child in block.children or ():
        if child.transparent:
            yield from directives_of(child)
        else:
            yield child


class Writer:
    """Files by relative path, and the virtual host that each line belongs to."""

    def __init__(self, main):
        self.files = {}
        self.owners = {}  # (path, line number) -> virtual host
        self._open = []
        self._main = main

    def write(self, root):
        self._file(self._main, root.children, None, 0)
        return self

    def _file(self, path, directives, owner, depth):
        self.files[path] = []
        self._open.append(path)
        for directive in directives:
            self._directive(directive, owner, depth)
        self._open.pop()

    def _directive(self, directive, owner, depth):
        owner = owner if directive.host is None else directive.host
        if directive.comment:
            self._line("#" + directive.comment, owner, depth)
        if isinstance(directive, ListFile):
            path = directive.words[0]
            self.files[path] = [" ".join([line.name, *line.words]) for line in directive.children]
        elif isinstance(directive, Included):
            path = directive.words[0]
            self._line(self.simple(directive), owner, depth)
            # A pattern stands for the one file that it is to match.
            self._file(path.replace("*", "1"), directive.children, owner, 0)
        elif directive.children is None:
            for line in self.simple(directive).split("\n"):
                self._line(line, owner, depth)
        else:
            self._line(self.opening(directive), owner, depth)
            for child in directive.children:
                self._directive(child, owner, depth + 1)
            self._line(self.closing(directive), owner, depth)

    def _line(self, text, owner, depth):
        path = self._open[-1]
        self.files[path].append("  " * depth + text)
        if owner is not None:
            self.owners[path, len(self.files[path])] = owner


class NginxWriter(Writer):
    def __init__(self):
        super().__init__("server.conf")

    def _word(self, word, quote):
        must = word == "" or any(c in " \t;{}\"'#" for c in word) or word.startswith("$")
        if not quote and not must:
            return word
        quote = quote or '"'
        return quote + word.replace(quote, "\\" + quote) + quote

    def _words(self, directive):
        return [directive.name] + [self._word(word, directive.quotes.get(i)) for i, word in enumerate(directive.words)]

    def simple(self, directive):
        return directive.gap.join(self._words(directive)) + ";"

    def opening(self, directive):
        return " ".join(self._words(directive)) + " {"

    def closing(self, _):
        return "}"


class HttpdWriter(Writer):
    def __init__(self):
        super().__init__("server.conf")

    def _words(self, directive):
        words = [directive.name]
        for i, word in enumerate(directive.words):
            quote = directive.quotes.get(i) or ('"' if word == "" or " " in word else "")
            words.append(quote + word + quote)
        return words

    def simple(self, directive):
        gap = directive.gap.replace("\n", " \\\n")
        return gap.join(self._words(directive))

    def opening(self, directive):
        return "<" + " ".join(self._words(directive)) + ">"

    def closing(self, directive):
        return f"</{directive.name}>"


class HaproxyWriter(Writer):
    def __init__(self):
        super().__init__("server.conf")

    def simple(self, directive):
        words = [directive.name]
        for i, word in enumerate(directive.words):
            # In double quotes a backslash and a dollar would have to be escaped.
            needs = any(c in word for c in " \\#'\"$") or word == ""
            quote = "'" if needs else directive.quotes.get(i, "") if word not in ("{", "}", "!{", "if", "unless", "or", "||") else ""
            words.append(quote + word + quote)
        return directive.gap.join(words)

    opening = simple

    def closing(self, _):
        return ""


WRITERS = {"nginx": NginxWriter, "httpd": HttpdWriter, "haproxy": HaproxyWriter}


def plain(root):
    """Without noise: nothing but what the server understands."""
    root = copy.deepcopy(root)
    for directive in root.walk():
        directive.comment, directive.quotes, directive.gap = None, {}, " "
    return root


def _steps(root):
    """What could be left out, as (path to the directive, action), the largest first."""
    level = [((i,), child) for i, child in enumerate(root.children)]
    while level:
        deeper = []
        for path, directive in level:
            if not directive.fixed:
                yield path, "remove"
            if directive.transparent:
                yield path, "unwrap"
            deeper += [(path + (i,), child) for i, child in enumerate(directive.children or ())]
        yield from ((path, word) for path, directive in level if not isinstance(directive, Included)
                    for word in range(directive.shortest, len(directive.words)))
        level = deeper


def _apply(root, path, action):
    root = copy.deepcopy(root)
    parent = root
    for i in path[:-1]:
        parent = parent.children[i]
    at = path[-1]
    if action == "remove":
        del parent.children[at]
    elif action == "unwrap":
        parent.children[at:at + 1] = parent.children[at].children
    else:
        directive = parent.children[at]
        del directive.words[action]
        directive.quotes = {}
    return root


def shrink(root, still_differs, most_trials=200):
    """The smallest tree found for which still_differs(tree) holds, by leaving things out one by one."""
    trials = 0
    bare = plain(root)
    if still_differs(bare):
        root = bare
    progress = True
    while progress:
        progress = False
        for path, action in list(_steps(root)):
            if trials >= most_trials:
                return root
            try:
                smaller = _apply(root, path, action)
            except IndexError:
                continue  # the tree has become smaller since the steps were listed
            trials += 1
            if still_differs(smaller):
                root, progress = smaller, True
                break
    return root
