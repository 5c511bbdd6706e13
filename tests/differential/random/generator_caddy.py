"""Random Caddyfiles that Caddy 2.6.2 accepts, as cases of tests/differential: {file: text}."""
CERTIFICATES = """multi.pem: a.test, b.test, *.w.test
a.pem: a.test
b.pem: b.test, 127.0.0.1
wild.pem: *.w.test
deep.pem: *.x.w.test, c.test
CA ca.pem
CA ca2.pem
"""
PEMS = ["multi.pem", "multi.pem", "a.pem", "b.pem", "wild.pem", "deep.pem"]
NAMES = ["a.test", "b.test", "c.test", "x.w.test", "y.w.test", "y.x.w.test", "*.w.test", "*.test", "*.x.w.test", "A.b.test", "test", "127.0.0.1", ""]


def global_options(rng):
    lines = []
    if rng.random() < 0.4:
        lines.append(f"default_sni {rng.choice(['a.test', 'b.test', 'x.w.test', 'nobody.test'])}")
    servers = [f"protocols {rng.choice(['h1 h2', 'h1 h2', 'h1 h2', 'h1'])}"]
    if rng.random() < 0.4:
        servers.append(rng.choice(["strict_sni_host on", "strict_sni_host insecure_off"]))
    return "{\n@PREAMBLE@\n" + "".join(f"  {line}\n" for line in lines) + "  servers {\n" + "".join(f"    {line}\n" for line in servers) + "  }\n}\n"


def client_authentication(rng):
    mode = rng.choice(["require_and_verify", "require_and_verify", "verify_if_given", "request", "require"])
    lines = [f"mode {mode}"]
    if "verif" in mode or rng.random() < 0.5:
        lines += [f"trusted_ca_cert_file @DIR@/{ca}.crt" for ca in rng.choice([["ca.pem"], ["ca2.pem"], ["ca.pem", "ca2.pem"]])]
    return ["    client_auth {", *(f"      {line}" for line in lines), "    }"]


def tls(rng):
    """The lines of a `tls` directive; none for a site without."""
    chosen = rng.random()
    if chosen < 0.12:
        return []
    pem = rng.choice(PEMS)
    head = f"  tls @DIR@/{pem}.crt @DIR@/{pem}.key"
    block = []
    if rng.random() < 0.25:
        block += client_authentication(rng)
    if rng.random() < 0.15:
        block.append("    alpn " + rng.choice(["http/1.1", "h2", "http/1.1 h2", "h2 http/1.1"]))
    if rng.random() < 0.15:
        block.append("    protocols " + rng.choice(["tls1.2", "tls1.3", "tls1.2 tls1.2"]))
    if chosen < 0.2 and block:
        head = "  tls"
    return [head + " {", *block, "  }"] if block else [head]


def host_matcher(rng, label):
    pool = ["a.test", "B.test", "x.w.test", "*.w.test", *([label] if label not in ("(unnamed)", "a.test", "b.test", "x.w.test", "*.w.test") else [])]
    return " ".join(rng.sample(pool, rng.randint(1, 2)))


def answers(rng, label):
    chosen = rng.random()
    if chosen < 0.5:
        return ["  respond ok"]
    if chosen < 0.56:
        return []
    if chosen < 0.62:
        return [rng.choice(["  respond 404", "  respond 421", "  redir https://a.test{uri}", "  redir https://a.test 307", "  error 503", "  abort"])]
    lines = [f"  @some host {host_matcher(rng, label)}", f"  @not not host {host_matcher(rng, label)}", "  @path path /x* /y"]
    pool = ["  respond @some 404", "  respond @not 403", "  respond @path 410", "  redir @not https://a.test{uri}", "  error @some 421",
            "  handle @some {\n    respond in\n  }", "  handle @not {\n    error 404\n  }", "  handle {\n    respond rest\n  }",
            "  handle /x* {\n    respond x\n  }", "  handle_path /* {\n    respond any\n  }", "  route {\n    respond @some 500\n    respond @not ok\n  }",
            "  respond /x* 405", "  respond ok", "  header X-Other 1", "  abort @some", "  rewrite * /x\n  respond @path 409"]
    return lines + rng.sample(pool, rng.randint(1, 4))


def error_routes(rng):
    if rng.random() > 0.12:
        return []
    return ["  handle_errors {", "    " + rng.choice(["respond sorry", "respond 404", "respond 200", "abort", "header X-Error 1"]), "  }"]


def site(rng, names, port):
    label = (names[0] or "(unnamed)").lower()
    lines = [", ".join(f"https://{name}:{port}" for name in names) + " {", "  bind 127.0.0.1", *tls(rng),
             f'  header X-Virtual-Host "{label}"', *answers(rng, label), *error_routes(rng), "}"]
    return "\n".join(lines) + "\n"


def generate(rng):
    sites = []
    for port in ["@PORT1@", "@PORT2@"][:rng.choice([1, 1, 2])]:
        names = rng.sample(NAMES, rng.randint(1, 6))
        if port == "@PORT1@":  # somebody has to be asked first
            names = ["a.test"] + [name for name in names if name != "a.test"]
        while names:
            taken = [names.pop(0) for _ in range(min(len(names), rng.choice([1, 1, 1, 2])))]
            # An address without a name takes every name: it stands alone.
            sites += [site(rng, [name for name in taken if name], port)] if any(taken) else []
            sites += [site(rng, [""], port)] if "" in taken else []
    return {"Caddyfile": global_options(rng) + "\n".join(sites), "certificates": CERTIFICATES}
