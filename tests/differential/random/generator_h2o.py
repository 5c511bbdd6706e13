"""Random configurations that h2o 2.2.5 accepts, as cases of tests/differential: {file: text}."""
CERTIFICATES = """multi.pem: a.test, b.test, *.w.test
a.pem: a.test
b.pem: b.test
wild.pem: *.w.test
"""
PEMS = ["multi.pem", "multi.pem", "a.pem", "b.pem", "wild.pem"]
NAMES = ["b.test", "c.test", "x.w.test", "*.w.test", "*.x.w.test", "*.test", "*", "A.b.test", "test", "127.0.0.1", "b.test:443", "c.test:99", "d.test:@PORT1@",
         "*.w.test:@PORT1@"]


def listen(rng, port, indent):
    pem = rng.choice(PEMS)
    lines = ["listen:", "  host: 127.0.0.1", f"  port: {port}", "  ssl:", f"    certificate-file: @DIR@/{pem}.crt", f"    key-file: @DIR@/{pem}.key",
             "    neverbleed: OFF", "    ocsp-update-interval: 0"]
    return "".join(" " * indent + line + "\n" for line in lines)


def paths(rng):
    chosen = rng.random()
    root = '{file.dir: @DIR@/htdocs}'
    if chosen < 0.1:
        root = f'{{redirect: {{url: "https://a.test/", status: {rng.choice([301, 302, 307, 308])}}}}}'
    elif chosen < 0.15:
        root = '{redirect: "https://a.test/"}'
    elif chosen < 0.2:
        return '{"/only": {file.dir: @DIR@/htdocs}}'
    return f'{{"/": {root}, "/x": {{file.dir: @DIR@/htdocs}}}}'


def generate(rng):
    names = ["a.test", *rng.sample(NAMES, rng.randint(0, 6))]
    ports = ["@PORT1@", "@PORT2@"][:rng.choice([1, 1, 2])]
    everywhere = [port for port in ports if rng.random() < 0.4]
    text = "@PREAMBLE@\n" + "".join(listen(rng, port, 0) for port in everywhere[:1]) + "hosts:\n"
    for number, name in enumerate(names):
        text += f'  "{name}":\n'
        # The first opens the ports that no global entry does.
        own = [port for port in ports if port not in everywhere[:1]] if number == 0 else [port for port in ports if rng.random() < 0.5][:1]
        text += "".join(listen(rng, port, 4) for port in own)  # the key again, as h2o's documentation has it
        text += f'    header.set: "X-Virtual-Host: {name.split(":")[0].lower()}"\n    paths: {paths(rng)}\n'
    return {"h2o.conf": text, "certificates": CERTIFICATES}
