"""Random configurations that httpd 2.4.71 accepts."""
from configuration import Configuration, noise
from configuration_tree import Directive, Included, directives_of

NAMES = ["a.test", "a.test", "b.test", "b.test", "c.test", "www.a.test", "www.b.test", "x.www.a.test", "A.Test", "test", "under_score.a.test",
         "127.0.0.1", "localhost"]
ALIASES = [*NAMES, "*.a.test", "*.b.test", "*.test", "*", "w*.test", "www?.a.test", "www.*", "a.*", "?.test", "*a*", "*.A.TEST", "www.a.tes?",
           "*.*.test", "unknown.*", "??.test", "1*", "a.test."]

MODULES = ["mpm_event", "authz_core", "authz_host", "dir", "headers", "alias", "rewrite", "setenvif", "socache_shmcb", "ssl", "http2"]


def server_name(rng):
    name = rng.choice(NAMES)
    spelling = rng.choice(["{}", "{}", "{}", "{}:@PORT1@", "https://{}", "https://{}:@PORT1@", "{}:8443"])
    return spelling.format(name)


def listens(rng):
    """(Listen directives, clients, port -> whether it speaks TLS)"""
    directives, clients, tls = [], [], {}
    for port in rng.choice([["@PORT1@"], ["@PORT1@"], ["@PORT1@", "@PORT2@"]]):
        tls[port] = rng.random() < 0.9
        protocol = [rng.choice(["https", "https", "http"])] if tls[port] and rng.random() < 0.2 else []
        if rng.random() < 0.45:
            directives.append(Directive("Listen", rng.choice(["", "0.0.0.0:"]) + port, *protocol, shortest=1))
            everywhere = ["127.0.0.1", "127.0.0.2"] + ([] if directives[-1].words[0].startswith("0") else ["::1"])
            clients += [(address, port) for address in rng.sample(everywhere, 2)]
            continue
        for address in rng.sample(["127.0.0.1", "127.0.0.2", "::1"], rng.choice([1, 1, 2])):
            spelled = f"[{address}]" if ":" in address else address
            directives.append(Directive("Listen", f"{spelled}:{port}", *protocol, shortest=1))
            clients.append((address, port))
    return directives, clients, tls


def addresses(rng, port):
    forms = ["*:{}"] * 5 + ["127.0.0.1:{}"] * 3 + ["127.0.0.2:{}", "_default_:{}", "[::1]:{}", "*", "127.0.0.1", "127.0.0.1:*", "0.0.0.0:{}"]
    return [form.format(port) for form in dict.fromkeys(rng.choice(forms) for _ in range(rng.choice([1, 1, 1, 2, 3])))]


def certificate(rng, with_key=True):
    name = rng.choice(["a.pem", "b.pem", "all.pem", "multi.pem", "multi.pem", "rsa.pem", "copy-of-a.pem"])
    path = "@CREDENTIALS@/" + name
    # The main server's key files would be taken for those of virtual hosts that state none.
    if with_key and rng.random() < 0.2 and not name.startswith("copy"):
        found = [Directive("SSLCertificateFile", path + ".crt"), Directive("SSLCertificateKeyFile", path + ".key")]
    elif with_key and rng.random() < 0.2:
        found = [Directive("SSLCertificateFile", path), Directive("SSLCertificateKeyFile", path)]
    else:
        found = [Directive("SSLCertificateFile", path)]
        if rng.random() < 0.1:
            found.append(Directive("SSLCertificateFile", "@CREDENTIALS@/" + rng.choice(["multi.pem", "rsa.pem", "b.pem"])))
    return found


def client_authentication(rng, authorities=True):
    found = [Directive("SSLVerifyClient", rng.choice(["require", "require", "optional", "optional_no_ca", "none"]))]
    if authorities:
        found.append(Directive("SSLCACertificateFile", "@CREDENTIALS@/" + rng.choice(
            ["ca1.pem", "ca1.pem", "ca2.pem", "ca1-and-ca2.pem", "ca2-and-ca1.pem"])))
    if rng.random() < 0.3:
        found.append(Directive("SSLVerifyDepth", rng.choice([0, 1, 2, 10])))
    if rng.random() < 0.05:
        found.append(Directive("SSLCADNRequestFile", "@CREDENTIALS@/ca2.pem"))
    return found


def protocols(rng):
    return Directive("Protocols", *rng.choice([["h2", "http/1.1"], ["h2", "http/1.1"], ["http/1.1"], ["http/1.1", "h2"], ["h2"],
                                               ["h2", "h2c", "http/1.1"], ["h2c", "http/1.1"]]), shortest=1)


def tls_protocol(rng):
    return Directive("SSLProtocol", *rng.choice([
        ["all", "-SSLv3"], ["all"], ["TLSv1.2"], ["TLSv1.3"], ["all", "-TLSv1.3"], ["-all", "+TLSv1.3"], ["+TLSv1.2", "+TLSv1.3"],
        ["all", "-TLSv1", "-TLSv1.1"], ["all", "-TLSv1.2", "-TLSv1.3"], ["TLSv1.2", "+TLSv1.3"]]))


def ciphers(rng):
    return Directive("SSLCipherSuite", *rng.choice([
        ["HIGH:!aNULL"], ["HIGH:!aNULL:!MD5"], ["SSL", "HIGH:!aNULL"], ["TLSv1.3", "TLS_AES_256_GCM_SHA384"],
        ["ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"]]))


def answer(rng):
    return rng.choice([
        [Directive("Redirect", "403", "/")], [Directive("Redirect", "permanent", "/", "https://b.test/")], [Directive("Redirect", "gone", "/")],
        [Directive("Redirect", "421", "/")], [Directive("Redirect", "/", "https://b.test/")], [Directive("Redirect", "404", "/nowhere")],
        [Directive("RedirectMatch", "404", "^/$")], [Directive("RedirectMatch", "503", "^/x")], [Directive("RedirectPermanent", "/", "https://b.test/")],
        [Directive("RewriteEngine", "On"), Directive("RewriteRule", "^", "-", "[R=421,L]")],
        [Directive("RewriteEngine", "On"), Directive("RewriteRule", "^/?$", "-", "[F]")],
        [Directive("RewriteEngine", "Off"), Directive("RewriteRule", "^", "-", "[G]")],
        [Directive("RewriteEngine", "on"), Directive("RewriteRule", "^(.*)$", "https://b.test$1", "[R=307,L]")],
        [Directive("Location", '"/"', children=[Directive("Require", "all", "denied", fixed=True)])],
        [Directive("Location", "/", children=[Directive("Require", "all", "granted", fixed=True)])],
        [Directive("Location", "/x", children=[Directive("Require", "all", "denied")])],
        [Directive("LocationMatch", '"^/$"', children=[Directive("Require", "all", "denied")])],
        [Directive("Location", "/", children=[Directive("Redirect", "410")])],
        [Directive("ErrorDocument", "421", rng.choice(["/page.html", '"no"', "https://b.test/"]))],
        [Directive("ErrorDocument", rng.choice(["400", "403", "404"]), rng.choice(["/page.html", '"no"', "https://b.test/"]))],
    ])


IRRELEVANT = [["UseCanonicalName", "On"], ["UseCanonicalName", "Off"], ["ServerSignature", "Off"], ["Timeout", "60"], ["HostnameLookups", "Off"],
              ["SSLHonorCipherOrder", "on"], ["SSLOptions", "+StdEnvVars"], ["LogLevel", "warn"], ["UseCanonicalPhysicalPort", "On"],
              ["FileETag", "None"], ["ServerAdmin", "root@a.test"], ["SSLSessionTickets", "off"], ["KeepAliveTimeout", "5"], ["H2Direct", "off"],
              ["DirectoryIndex", "index.html"], ["AddDefaultCharset", "utf-8"], ["SSLInsecureRenegotiation", "off"]]


def irrelevant(rng, most):
    chosen = {words[0]: words for words in rng.sample(IRRELEVANT, rng.randint(0, most))}
    return [Directive(*words) for words in chosen.values()]


def settings(rng, share):
    """What both the main server and a virtual host may say."""
    found = []
    if rng.random() < share:
        found.append(protocols(rng))
    if rng.random() < share / 2:
        found.append(Directive("ProtocolsHonorOrder", rng.choice(["On", "Off"])))
    if rng.random() < share:
        found.append(tls_protocol(rng))
    if rng.random() < share / 2:
        found.append(ciphers(rng))
    if rng.random() < share / 3:
        found.append(Directive("SSLStrictSNIVHostCheck", rng.choice(["on", "on", "off"])))
    if rng.random() < share / 2:
        found.append(Directive("HttpProtocolOptions", *rng.choice([["Unsafe"], ["Strict"], ["Unsafe", "Allow0.9"], ["Strict", "Require1.0"]])))
    if rng.random() < share / 3:
        found.append(Directive("StrictHostCheck", rng.choice(["On", "Off"])))
    if rng.random() < share / 8:
        found.append(Directive("SSLOpenSSLConfCmd", "Options", "PrioritizeChaCha"))
    return found


def virtual_host(rng, number, tls, main_has, names_main):
    port = rng.choice(list(tls))
    children = []
    where = addresses(rng, port)
    # Without a ServerName, httpd asks DNS, unless the main server's name is inherited.
    if not (names_main and all(a.startswith("*:") for a in where) and rng.random() < 0.1):
        children.append(Directive("ServerName", server_name(rng), fixed=True))
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        children.append(Directive("ServerAlias", *(rng.choice(ALIASES) for _ in range(rng.choice([1, 1, 2, 3]))), shortest=1))
    has_tls = tls[port] if rng.random() < 0.95 else not tls[port]
    if has_tls:
        children.append(Directive("SSLEngine", rng.choice(["on", "On"])))
        if "certificate" not in main_has or rng.random() < 0.5:
            children += certificate(rng)
    elif rng.random() < 0.2:
        children += certificate(rng)
        children.append(Directive("SSLEngine", "off"))
    children += settings(rng, 0.25)
    if rng.random() < 0.35:
        children += client_authentication(rng, "authorities" not in main_has or rng.random() < 0.5)
    elif rng.random() < 0.08:
        children.append(Directive("Location", '"/"', children=[Directive("SSLVerifyClient", rng.choice(["require", "optional", "none"]))]))
        if rng.random() < 0.8:
            children.append(Directive("SSLCACertificateFile", "@CREDENTIALS@/ca1.pem"))
    if rng.random() < 0.2:
        children += answer(rng)
    children += irrelevant(rng, 2)
    rng.shuffle(children)
    children = wrap_some(rng, children)
    children.append(Directive("Header", "always", "set", "X-Virtual-Host", f"v{number}", fixed=True))
    return Directive("VirtualHost", *where, children=children, host=f"v{number}", shortest=1)


def wrap_some(rng, directives, share=0.12):
    """Some of them in sections that always hold, and decoys in sections that never do."""
    found = []
    for directive in directives:
        if rng.random() < share and directive.name != "Listen":
            name, *condition = rng.choice([("IfModule", "ssl_module"), ("IfModule", "mod_ssl.c"), ("IfModule", "!nowhere_module"),
                                          ("IfDefine", "!NOWHERE"), ("IfDefine", "FLAG"), ("IfDefine", "DEFINED"), ("IfFile", "@DIR@/htdocs"),
                                          ("IfVersion", ">=", "2.4.66"), ("ifmodule", "headers_module")])
            wrapper = Directive(name, *condition, children=[directive], transparent=True)
            directive = wrapper
        found.append(directive)
        if rng.random() < share / 3:
            name, condition = rng.choice([("IfModule", "nowhere_module"), ("IfDefine", "NOWHERE"), ("IfDefine", "!FLAG"), ("IfModule", "!ssl_module"), ("IfDefine", '"FLAG"'), ("IfModule", '"ssl_module"'),
                                         ("IfDefine", "'!NOWHERE'")])
            found.append(Directive(name, condition, children=[Directive(*rng.choice([
                ["SSLVerifyClient", "require"], ["Protocols", "http/1.1"], ["SSLEngine", "off"], ["Redirect", "403", "/"],
                ["HostnameLookups", "off"], ["StrictHostCheck", "on"]]))]))
    return found


def preamble():
    load = [["LoadModule", f"{name}_module", f"@MODULES@/mod_{name}.so"] for name in MODULES]
    return [["ServerRoot", "@DIR@"], ["PidFile", "@DIR@/httpd.pid"], ["ErrorLog", "@DIR@/error.log"], *load, ["DocumentRoot", "@DIR@/htdocs"],
            ["DirectoryIndex", "index.html"], ["Mutex", "file:@DIR@"], ["DefaultRuntimeDir", "@DIR@"], ["SSLSessionCache", "none"],
            ["User", "daemon"], ["Group", "daemon"], ["MaxKeepAliveRequests", "0"], ["Define", "SITE", "a.test"], ["Define", "DEFINED"],
            ["Header", "always", "set", "X-Virtual-Host", "main"]]


def generate(rng):
    listen, clients, tls = listens(rng)
    main, has = [], set()
    if rng.random() < 0.2:
        main += certificate(rng, with_key=False)
        has.add("certificate")
    if rng.random() < 0.15:
        main.append(Directive("SSLCACertificateFile", "@CREDENTIALS@/" + rng.choice(["ca1.pem", "ca2.pem"])))
        has.add("authorities")
        if rng.random() < 0.3:
            main.append(Directive("SSLVerifyClient", rng.choice(["require", "optional", "optional_no_ca"])))
    if rng.random() < 0.5:
        main.append(Directive("Protocols", *rng.choice([["h2", "http/1.1"], ["h2", "h2c", "http/1.1"], ["http/1.1", "h2"]]), shortest=1))
        main += [d for d in settings(rng, 0.2) if d.name != "Protocols"]
    else:
        main += settings(rng, 0.2)
    if rng.random() < 0.4:
        main.append(Directive("SSLVHostSNIPolicy", rng.choice(["strict", "secure", "authonly", "insecure"])))
    if rng.random() < 0.05:
        main += answer(rng)
    main += irrelevant(rng, 3)
    rng.shuffle(main)
    hosts = [virtual_host(rng, number, tls, has, True) for number in range(1, rng.choice([1, 2, 2, 3, 3, 4, 5, 6]) + 1)]
    body = wrap_some(rng, listen + main)
    for host in hosts:  # settings of the main server count wherever they stand
        body.insert(rng.randint(0, len(body)) if rng.random() < 0.3 else len(body), host)
    body = wrap_hosts(rng, body)
    fixed = [Directive(*words, fixed=True) for words in preamble()] + [Directive("ServerName", "main.test", fixed=True)]
    root = Directive("", children=fixed + body, host=None)
    respell(rng, root)
    noise(rng, root, comments=[" <VirtualHost *:443>", ' "unclosed', " SSLVerifyClient require", "", "</VirtualHost>"], quotes="\"'",
          gaps=["  ", "\t", "\n    "])
    return Configuration("httpd", root, clients, options=["-D", "FLAG"])


def wrap_hosts(rng, body):
    found = []
    for number, directive in enumerate(body):
        if directive.host and rng.random() < 0.15:
            path = rng.choice([f"sites/{number}.conf", f"sites-{number}/*.conf", f"@DIR@/site{number}.conf"])
            directive = Included(path, [directive], by=rng.choice(["Include", "IncludeOptional"]))
        elif directive.host and rng.random() < 0.1:
            directive = Directive("IfModule", "mod_ssl.c", children=[directive], transparent=True)
        found.append(directive)
    if rng.random() < 0.15:
        found.append(Directive("IncludeOptional", "nowhere/*.conf"))
    return found


def respell(rng, root):
    """Directives are read whatever their letters' case; ${SITE} stands for a.test."""
    for directive in root.walk():
        if isinstance(directive, Included) or directive.fixed and directive.name != "ServerName":
            continue
        if rng.random() < 0.05 and directive.children is None and not directive.fixed:
            directive.name = rng.choice([directive.name.lower(), directive.name.upper()])
        if directive.name in ("ServerName", "ServerAlias") and rng.random() < 0.05:
            directive.words = [word.replace("a.test", "${SITE}") for word in directive.words]


def labels(root):
    """What astray calls each virtual host: its ServerName without scheme and port."""
    found = {"main": "main.test"}
    for directive in root.walk():
        if directive.host is None:
            continue
        names = [child.words[0] for child in directives_of(directive) if child.name.lower() == "servername"]
        name = (names[-1] if names else "main.test").replace("${SITE}", "a.test")
        found[directive.host] = name.rpartition("://")[2].partition(":")[0].lower()
    return found
