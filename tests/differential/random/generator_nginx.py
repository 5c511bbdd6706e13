"""Random configurations that nginx 1.22 accepts.

The names overlap on purpose: an exact name, wildcards on both sides and expressions all want the same requests."""
from configuration import Configuration, noise
from configuration_tree import Directive, Included, directives_of

NAMES = ["a.test", "b.test", "c.test", "www.a.test", "www.b.test", "x.www.a.test", "A.Test", "localhost", "test", "127.0.0.1",
         "under_score.a.test", "[::1]", "a.test.", "www.a.example", "a"]
WILDCARDS = ["*.a.test", "*.b.test", "*.test", "*.www.a.test", ".a.test", ".b.test", ".test", ".www.a.test", "a.*", "www.a.*", "www.*",
             "*.A.Test", "b.*", ".a", "*.a", "127.0.0.*"]
EXPRESSIONS = [r"~^(?<sub>.+)\.a\.test$", r"~^www\d*\.", "~b", r"~^[ab]\.test$", r"~^(www\.)?(.+)$", r"~\.test$", r"~^A\.TEST$", "~^$",
               r"~^[a-z]{1,3}\.test$", r"~^(a|b|c)\.test", "~.", r"~^\w+\.test$", r"~^unknown\."]
SPECIAL = ["", "_", "", "_", "invalid-", "--"]


def server_name(rng):
    return rng.choice(rng.choices([NAMES, WILDCARDS, EXPRESSIONS, SPECIAL], [6, 4, 3, 1])[0])


class Socket:
    """One address and port with the servers that listen there."""

    def __init__(self, text, client):
        self.text = text
        self.client = client
        self.servers = []
        self.is_tls = False
        self.has_default = False


# What may stand before the port, and from where a client reaches it while the narrower ones have sockets of their own.
ADDRESSES = {"": "127.0.0.3", "*:": "127.0.0.3", "0.0.0.0:": "127.0.0.3", "127.0.0.1:": "127.0.0.1", "127.0.0.2:": "127.0.0.2",
             "[::1]:": "::1", "[::]:": "::1"}


def sockets(rng, count):
    made = {}
    for _ in range(count):
        spelling = rng.choice(list(ADDRESSES))
        port = rng.choice(["@PORT1@", "@PORT1@", "@PORT2@"])
        key = ADDRESSES[spelling], port
        if key not in made:
            made[key] = Socket(spelling + port, key)
    return list(made.values())


def respelled(rng, socket):
    """The same address, written in another way."""
    same = [s for s, client in ADDRESSES.items() if client == socket.client[0] and client == "127.0.0.3"]
    return rng.choice(same) + socket.client[1] if same else socket.text


def certificate(rng, choices=("a.pem", "b.pem", "all.pem", "multi.pem", "rsa.pem", "copy-of-a.pem", "address.pem")):
    chosen = [rng.choice(choices)]
    if rng.random() < 0.1:
        chosen.append(rng.choice(["multi.pem", "rsa.pem", "b.pem"]))
    found = []
    for name in chosen:
        found += [Directive("ssl_certificate", "@CREDENTIALS@/" + name), Directive("ssl_certificate_key", "@CREDENTIALS@/" + name)]
    return found


def client_authentication(rng, with_authorities=True):
    mode = rng.choice(["on", "on", "optional", "optional_no_ca", "off"])
    found = [Directive("ssl_verify_client", mode)]
    if with_authorities:
        authorities = rng.choice(["ca1.pem", "ca1.pem", "ca2.pem", "ca1-and-ca2.pem", "ca2-and-ca1.pem"])
        found.append(Directive("ssl_client_certificate", "@CREDENTIALS@/" + authorities))
    if rng.random() < 0.2:
        found.append(Directive("ssl_trusted_certificate", "@CREDENTIALS@/" + rng.choice(["ca1.pem", "ca2.pem", "ca3.pem"])))
    if rng.random() < 0.3:
        found.append(Directive("ssl_verify_depth", rng.choice([0, 1, 2, 5])))
    rng.shuffle(found)
    return found


def protocols(rng):
    return Directive("ssl_protocols", *rng.choice([
        ["TLSv1.2"], ["TLSv1.3"], ["TLSv1.2", "TLSv1.3"], ["TLSv1.2", "TLSv1.3"], ["TLSv1", "TLSv1.1", "TLSv1.2"],
        ["TLSv1", "TLSv1.1"], ["SSLv3", "TLSv1.3"]]), shortest=1)


def error_page(rng):
    return Directive("error_page", *rng.choice([
        ["421", "/page.html"], ["403", "=200", "/page.html"], ["404", "=421", "/page.html"], ["421", "=403", "/page.html"], ["400", "=421", "/page.html"],
        ["495", "496", "=403", "/page.html"], ["496", "/page.html"], ["497", "https://a.test/"], ["495", "496", "497", "/page.html"],
        ["421", "https://a.test/"], ["421", "=307", "https://a.test/"], ["404", "403", "/page.html"], ["400", "421", "=200", "/page.html"],
        ["400", "/page.html"], ["496", "=421", "/page.html"]]))


def answer(rng):
    """What takes the place of the site's own pages."""
    status = Directive("return", *rng.choice([["403"], ["404"], ["421"], ["403", "no"], ["408"], ["204"], ["200", "ok"], ["301", "https://$host/"],
                                              ["https://b.test/"], ["444"], ["400"], ["503"], ["410"], ["494"], ["497"], ["499"], ["999"], ["421", ""], ["204", "x"], ["500"]]))
    kind = rng.random()
    if kind < 0.45:
        return [status]
    if kind < 0.7:
        return [Directive("location", *rng.choice([["/"], ["=", "/"], ["^~", "/"], ["~", "^/$"], ["=/"], ["~*", "/"]]),
                          children=[status])]
    if kind < 0.8:
        return [Directive("location", "/x", children=[status])]
    if kind < 0.9:
        return [Directive("rewrite", *rng.choice([["^", "https://b.test/", "permanent"], ["^/$", "https://b.test/", "redirect"],
                                                  ["^/nowhere", "/x", "last"], ["^", "https://b.test/?"]]))]
    return [Directive("deny", "all")]


IRRELEVANT = [["server_name_in_redirect", "on"], ["merge_slashes", "off"], ["server_tokens", "off"], ["port_in_redirect", "off"],
              ["ssl_session_tickets", "off"], ["ssl_prefer_server_ciphers", "on"], ["ssl_ciphers", "HIGH:!aNULL:!MD5"],
              ["keepalive_timeout", "65"], ["underscores_in_headers", "on"], ["ignore_invalid_headers", "off"],
              ["ssl_ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"], ["ssl_session_cache", "none"],
              ["etag", "off"], ["absolute_redirect", "off"], ["tcp_nodelay", "on"], ["ssl_buffer_size", "4k"], ["index", "index.html"],
              ["http2_max_concurrent_streams", "64"], ["ssl_conf_command", "Options", "PrioritizeChaCha"],
              ["ssl_ecdh_curve", "X25519:prime256v1"], ["access_log", "off"], ["charset", "utf-8"]]


def irrelevant(rng, most):
    chosen = {words[0]: words for words in rng.sample(IRRELEVANT, rng.randint(0, most))}
    return [Directive(*words) for words in chosen.values()]


def listens(rng, server_sockets):
    found = []
    for socket in server_sockets:
        words = [respelled(rng, socket)]
        if socket.is_tls and (not socket.servers or rng.random() < 0.85):
            words.append("ssl")
        if rng.random() < (0.4 if socket.is_tls else 0.04):
            words.append("http2")
        if not socket.has_default and rng.random() < 0.25:
            words.append(rng.choice(["default_server", "default_server", "default"]))
            socket.has_default = True
        parameters = words[1:]
        rng.shuffle(parameters)
        found.append(Directive("listen", words[0], *parameters, shortest=1))
        socket.servers.append(words)
    return found


def server(rng, number, all_sockets, inherits):
    children = listens(rng, rng.sample(all_sockets, min(len(all_sockets), rng.choice([1, 1, 1, 2, 3]))))
    names = [server_name(rng) for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3]))]
    if names:
        children.append(Directive("server_name", *names, shortest=1))
        if rng.random() < 0.1:
            children.append(Directive("server_name", server_name(rng)))
    # Certificates may come from http { } alone, and a server that is nobody's default needs none.
    if rng.random() < (0.5 if "certificate" in inherits else 0.97):
        children += certificate(rng)
    elif "certificate" not in inherits:
        if rng.random() < 0.7:
            children.append(Directive("ssl_reject_handshake", "on"))
    if rng.random() < 0.05:
        children.append(Directive("ssl_reject_handshake", rng.choice(["on", "on", "off"])))
    if rng.random() < 0.3:
        children += client_authentication(rng, "authorities" not in inherits or rng.random() < 0.5)
    if rng.random() < 0.2:
        children.append(protocols(rng))
    if rng.random() < 0.12:
        children += [error_page(rng) for _ in range(rng.choice([1, 1, 2]))]
    if rng.random() < 0.2:
        children += answer(rng)
    if rng.random() < 0.03:
        children.append(Directive("ssl", rng.choice(["on", "off"])))
    children += irrelevant(rng, 2)
    names = {child.name: child for child in children if child.name.startswith("ssl_") and not child.name.startswith("ssl_certificate")}
    children = [child for child in children if child.name not in names or names[child.name] is child]
    ordered = [child for child in children if child.name not in ("ssl_certificate", "ssl_certificate_key")]
    rng.shuffle(ordered)
    pairs = [child for child in children if child.name in ("ssl_certificate", "ssl_certificate_key")]
    at = rng.randint(0, len(ordered))
    ordered[at:at] = pairs
    ordered.append(Directive("add_header", "X-Virtual-Host", f"v{number}", "always", fixed=True))
    return Directive("server", children=ordered, host=f"v{number}")


PREAMBLE = [["daemon", "off"], ["master_process", "off"], ["pid", "@DIR@/nginx.pid"], ["error_log", "@DIR@/error.log", "info"]]
HTTP_PREAMBLE = [["access_log", "off"], ["root", "@DIR@/htdocs"], ["server_names_hash_bucket_size", "128"],
                 *([f"{use}_temp_path", f"@DIR@/{use}_temp"] for use in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))]


def generate(rng):
    all_sockets = sockets(rng, rng.choice([1, 1, 2, 3, 4]))
    for socket in all_sockets:
        socket.is_tls = rng.random() < 0.85
    http = []
    inherits = set()
    if rng.random() < 0.4:
        http += certificate(rng)
        inherits.add("certificate")
    if rng.random() < 0.15:
        http.append(Directive("ssl_client_certificate", "@CREDENTIALS@/" + rng.choice(["ca1.pem", "ca2.pem"])))
        inherits.add("authorities")
        if rng.random() < 0.4:
            http.append(Directive("ssl_verify_client", rng.choice(["on", "optional", "optional_no_ca"])))
    if rng.random() < 0.15:
        http.append(protocols(rng))
    if rng.random() < 0.1:
        http.append(error_page(rng))
    taken = {child.name for child in http} | {"access_log"}
    http += [extra for extra in irrelevant(rng, 3) if extra.name not in taken]
    servers = [server(rng, number, all_sockets, inherits) for number in range(1, rng.choice([1, 2, 2, 3, 3, 4, 5, 6]) + 1)]
    http += servers if rng.random() < 0.7 else []
    if not any(child.host for child in http):
        for child in servers:  # settings of http { } count wherever they stand in it
            http.insert(rng.randint(0, len(http)), child)
    http = include_some(rng, http)
    preamble = [Directive(*words, fixed=True) for words in HTTP_PREAMBLE]
    root = Directive("", children=[Directive(*words, fixed=True) for words in PREAMBLE] + [
        Directive("events", children=[], fixed=True), Directive("http", children=preamble + http, fixed=True)])
    noise(rng, root, comments=[" } server {", ' "unclosed', " ssl_verify_client on;", "", " nested ' quote", " }"], quotes="\"'",
          gaps=["  ", "\t", "\n    "])
    used = {socket.client: socket for socket in all_sockets if socket.servers}
    return Configuration("nginx", root, list(used), unknowable=False)


def include_some(rng, directives):
    """Some of the directives moved into included files, one of them perhaps into a file that an included file includes."""
    files = 0
    for _ in range(rng.choice([0, 0, 1, 2])):
        if not directives:
            break
        start = rng.randrange(len(directives))
        end = rng.randint(start + 1, len(directives))
        chosen = directives[start:end]
        # A certificate and its key belong together.
        if any(child.name in ("ssl_certificate", "ssl_certificate_key") for child in chosen):
            continue
        files += 1
        directives[start:end] = [Included(rng.choice([f"conf.d/{files}.conf", f"sites-{files}/*.conf", f"./{files}.inc", f"@DIR@/f{files}.conf"]),
                                          chosen)]
    for child in directives:
        if child.host and rng.random() < 0.1:
            files += 1
            certificates = [c for c in child.children if not c.name.startswith("ssl_certificate") and not c.fixed]
            if certificates:
                moved = rng.choice(certificates)
                child.children[child.children.index(moved)] = Included(f"snippets/{files}.conf", [moved])
    return directives


def labels(root):
    """What astray calls each virtual host: its first name."""
    found = {}
    for directive in root.walk():
        if directive.host is None:
            continue
        words = [word for child in directives_of(directive) if child.name == "server_name" for word in child.words]
        first = words[0] if words else None
        if first is None:
            found[directive.host] = "(unnamed)"
        else:
            found[directive.host] = first if first.startswith("~") else first.lower() or '""'
    return found
