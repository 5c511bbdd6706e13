"""Random configurations that HAProxy 2.6 accepts: bind lines with crt and crt-list, named and anonymous ACLs on Host and SNI, maps, backends
that are named by a sample, rules that refuse and redirect."""
from configuration import Configuration, noise
from configuration_tree import Directive, ListFile

NAMES = ["a.test", "b.test", "c.test", "www.a.test", "A.Test", "x.www.a.test", "unknown.invalid", "a.test:443"]
SILENT = ("front1", "front2")  # frontends, which answer with errors and redirections of HAProxy's own
BACKENDS = ["a.test", "b.test", "c.test", "rest"]
CERTIFICATES = ["a.pem", "b.pem", "all.pem", "multi.pem", "rsa.pem", "copy-of-a.pem"]
HOSTS = ["hdr(host)", "req.hdr(host)", "req.hdr(host),lower", "req.hdr(host),field(1,:)", "req.hdr(host),host_only,lower", "req.hdr(host),word(1,:)",
         "req.hdr(host),field(-2,.)", "req.hdr(host),lower,word(2,.,2)"]
SNIS = ["ssl_fc_sni", "ssl_fc_sni,lower", "ssl_fc_sni,host_only"]


def tls_words(rng, in_list):
    """Options of a bind line, or of a line in a crt-list."""
    words = []
    if rng.random() < (0.3 if in_list else 0.85):
        words += ["alpn", rng.choice(["h2,http/1.1", "h2,http/1.1", "http/1.1,h2", "http/1.1", "h2"])]
    if rng.random() < 0.25:
        words += ["verify", rng.choice(["required", "optional", "optional", "none"]), "ca-file",
                  "@CREDENTIALS@/" + rng.choice(["ca1.pem.crt", "ca2.pem.crt", "ca1-and-ca2.pem"])]
    if rng.random() < 0.2:
        words += rng.choice([["ssl-min-ver", "TLSv1.3"], ["ssl-max-ver", "TLSv1.2"], ["ssl-min-ver", "TLSv1.2"]])
    return words


def crt_list(rng, number):
    """(path, its lines)"""
    lines = []
    for _ in range(rng.choice([1, 2, 2, 3])):
        words = ["@CREDENTIALS@/" + rng.choice(CERTIFICATES)]
        options = tls_words(rng, True) if rng.random() < 0.5 else []
        if options:
            words += ["[" + options[0], *options[1:-1], options[-1] + "]"]
        if rng.random() < 0.6:
            words += rng.sample(["a.test", "B.test", "c.test", "*.a.test", "*.test", "unknown.invalid"], rng.choice([1, 1, 2]))
            if any(word.startswith("*") for word in words) and rng.random() < 0.5:
                words.append("!" + rng.choice(["www.a.test", "b.test"]))
        lines.append(Directive(words[0], *words[1:], shortest=0 if not options else len(words) - 1))
    return ListFile(f"list{number}", lines)


def bind(rng, number, files):
    words = ["127.0.0.1:@PORT%d@" % number]
    if rng.random() < 0.08:
        return Directive("bind", *words, fixed=True)
    words.append("ssl")
    if rng.random() < 0.5:
        files.append(crt_list(rng, number))
        words += ["crt-list", f"@DIR@/list{number}"]
    for name in rng.sample(CERTIFICATES, rng.choice([1, 1, 2, 3] if len(words) == 2 else [0, 0, 1])):
        words += ["crt", "@CREDENTIALS@/" + name]
    if rng.random() < 0.25:
        words.append("strict-sni")
    return Directive("bind", *words, *tls_words(rng, False), fixed=True)


def names(rng):
    return [rng.choice(NAMES) for _ in range(rng.choice([1, 1, 2, 3]))]


def criterion(rng, files):
    """Words of a criterion with its patterns."""
    kind = rng.random()
    if kind < 0.08:
        return [rng.choice(["ssl_fc_has_sni", "ssl_fc", "ssl_c_used", "always_true", "always_false"])]
    if kind < 0.14:
        return ["path_beg", rng.choice(["/", "/y"])]
    if kind < 0.2:
        return [rng.choice(HOSTS) + ",length", rng.choice(["gt", "le", "eq"]), str(rng.choice([4, 6, 7]))]
    if kind < 0.26:
        return [rng.choice(HOSTS + SNIS), "-m", "found"]
    flags = ["-i"] if rng.random() < 0.5 else []
    if kind < 0.36:
        return [rng.choice(["hdr_beg(host)", "hdr_end(host)", "hdr_dom(host)", "hdr_sub(host)"]), *flags, rng.choice(["a.", ".test", "a.test", "www.", "test"])]
    if kind < 0.44:
        return [rng.choice(HOSTS + SNIS), "-m", "reg", *flags, rng.choice([r"^a\.test$", r"^(www\.)?[ab]\.test", r"\.test(:\d+)?$", "^[^.]+$"])]
    if kind < 0.5:
        path = f"names{len(files)}"
        files.append(ListFile(path, [Directive(name) for name in names(rng)]))
        return [rng.choice(HOSTS), *flags, "-f", f"@DIR@/{path}"]
    method = [] if rng.random() < 0.7 else ["-m", rng.choice(["str", "beg", "end", "dom"])]
    return [rng.choice(HOSTS + HOSTS + SNIS), *method, *flags, *names(rng)]


def condition(rng, acls, files):
    words = [rng.choice(["if", "if", "if", "unless"])]
    for number in range(rng.choice([1, 1, 1, 2, 2, 3])):
        if number and rng.random() < 0.4:
            words.append(rng.choice(["or", "||"]))
        negated = "!" if rng.random() < 0.2 else ""
        if acls and rng.random() < 0.4:
            words.append(negated + rng.choice(acls))
        else:
            words += [negated + "{", *criterion(rng, files), "}"]
    return words


def rule(rng, acls, files):
    words = rng.choice([["deny"], ["deny", "deny_status", "421"], ["deny", "deny_status", "404"], ["redirect", "location", "https://b.test/"],
                        ["redirect", "location", "/x", "code", "301"], ["return", "status", "404"], ["allow"], ["set-header", "X-Some", "thing"],
                        ["set-header", "Host", "b.test"]])
    return Directive("http-request", *words, *condition(rng, acls, files))


def use_backend(rng, acls, files):
    if rng.random() < 0.15:
        path = f"map{len(files)}"
        files.append(ListFile(path, [Directive(name, rng.choice(BACKENDS + ["nowhere"])) for name in names(rng)]))
        kind = rng.choice(["map", "map", "map_end", "map_beg", "map_dom"])
        default = rng.choice(["", ",rest"])
        words = [f"%[{rng.choice(HOSTS + SNIS)},{kind}(@DIR@/{path}{default})]"]
        return Directive("use_backend", *words, *(condition(rng, acls, files) if rng.random() < 0.4 else []))
    if rng.random() < 0.15:
        return Directive("use_backend", f"%[{rng.choice(HOSTS + SNIS)}]", *(condition(rng, acls, files) if rng.random() < 0.5 else []))
    return Directive("use_backend", rng.choice(BACKENDS), *condition(rng, acls, files))


def frontend(rng, ports, files):
    children = [bind(rng, port, files) for port in ports]
    acls = []
    for number in range(rng.choice([0, 0, 1, 2, 3])):
        acls.append(rng.choice(["one", "two", f"acl{number}"]))
        children.append(Directive("acl", acls[-1], *criterion(rng, files), fixed=True))
    children += [rule(rng, acls, files) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
    lines = [use_backend(rng, acls, files) for _ in range(rng.choice([0, 1, 2, 3, 4, 5]))]
    if rng.random() < 0.2:
        lines += [Directive("use_backend", rng.choice(BACKENDS), "if", "{", "req.hdr(host)", *(["-i"] if rng.random() < 0.5 else []), rng.choice(NAMES), "}")
                  for _ in range(9)]
    children += lines
    if rng.random() < 0.7:
        children.append(Directive("default_backend", rng.choice(BACKENDS)))
    return Directive("frontend", f"front{ports[0]}", children=children, fixed=True)


def generate(rng):
    files = []
    fronts = [frontend(rng, [1, 2], files)] if rng.random() < 0.3 else [frontend(rng, [port], files) for port in ([1, 2] if rng.random() < 0.3 else [1])]
    used = {port for port in (1, 2) if any("@PORT%d@" % port in word for d in fronts for c in d.children for word in c.words)}
    preamble = [Directive("global", children=[Directive("nbthread", "1", fixed=True)], fixed=True),
                Directive("defaults", fixed=True, children=[Directive(*words, fixed=True) for words in (
                    ["mode", "http"], ["timeout", "client", "10s"], ["timeout", "connect", "5s"], ["timeout", "server", "10s"])])]
    backs = [Directive("backend", name, fixed=True, children=[
        Directive("http-request", "return", "status", "200", "content-type", "text/plain", "string", "ok", "hdr", "X-Virtual-Host", name, fixed=True)])
             for name in BACKENDS]
    root = Directive("", children=preamble + fronts + backs + files)
    noise(rng, root, comments=[" frontend x", ' "unclosed', " ssl verify required", "", " \\"], quotes="\"'", gaps=["  ", "\t"])
    return Configuration("haproxy", root, [("127.0.0.1", "@PORT%d@" % port) for port in sorted(used)])


def labels(_):
    """astray calls virtual hosts as HAProxy calls its backends."""
    return {}
