"""Random configurations that Traffic Server 9.2 accepts, as cases of tests/differential: {file: text}."""
CERTIFICATES = """multi.pem: a.test, b.test, *.w.test
a.pem: a.test
b.pem: b.test
wild.pem: *.w.test
CA ca.pem
CA ca2.pem
"""
PEMS = ["multi.pem", "a.pem", "b.pem", "wild.pem"]
NAMES = ["b.test", "c.test", "x.w.test", "y.x.w.test", "w.test", "A.b.test", "test", "127.0.0.1", "b.test:99", "c.test:@PORT1@"]
EXPRESSIONS = [r"[a-z]\.test", r"^[a-c]\.test$", r".*\.w\.test", r"^x\.", r"(.*)\.test", r"^b\.test$"]
PATTERNS = ["a.test", "b.test", "B.test", "c.test", "x.w.test", "*.w.test", "*.test", "*", "a*", "b.test.*"]


def multicert(rng):
    lines = []
    for pem in rng.sample(PEMS, rng.randint(1, 3)):
        where = rng.choice(["dest_ip=* ", "", "", "dest_ip=127.0.0.1 ", "dest_ip=127.0.0.1:@PORT1@ "])
        lines.append(f"{where}ssl_cert_name={pem}.crt ssl_key_name={pem}.key\n")
    if rng.random() < 0.7:
        lines.append("dest_ip=* ssl_cert_name=multi.pem.crt ssl_key_name=multi.pem.key\n")
    return "".join(lines)


def rule(rng, name):
    """(key of the rule, its text): of two with one key Traffic Server refuses the file."""
    scheme = rng.choice(["https", "https", "https", "http"])
    if rng.random() < 0.1:
        kind = rng.choice(["redirect", "redirect_temporary"])
        return (kind, scheme, name.lower()), f"{kind} {scheme}://{name}/ https://a.test/\n"
    path = rng.choice(["", "", "", "only"])
    option = rng.choice(["", "", "", "", " @action=deny @method=get", " @action=allow @method=post", " @action=allow @method=get"])
    label = name.split(":")[0].lower()
    return ("map", scheme, name.lower(), path), f"map {scheme}://{name}/{path} http://127.0.0.1:@ORIGIN:{label}@/{path}{option}\n"


def remap(rng):
    rules = {("map", "https", "a.test", ""): "map https://a.test/ http://127.0.0.1:@ORIGIN:a.test@/\n"}
    for name in rng.sample(NAMES, rng.randint(1, 6)):
        key, text = rule(rng, name)
        rules.setdefault(key, text)
    lines = list(rules.values())
    for expression in rng.sample(EXPRESSIONS, rng.randint(0, 2)):
        lines.append(f"regex_map https://{expression}/ http://127.0.0.1:@ORIGIN:~{expression}@/\n")
    if rng.random() < 0.3:
        lines.append("map / http://127.0.0.1:@ORIGIN:any host@/\n")
    first, rest = lines[0], lines[1:]
    rng.shuffle(rest)
    return first + "".join(rest)


def sni(rng):
    text = "sni:\n"
    for pattern in rng.sample(PATTERNS, rng.randint(1, 4)):
        text += f'  - fqdn: "{pattern}"\n'
        if rng.random() < 0.5:
            text += f"    verify_client: {rng.choice(['NONE', 'MODERATE', 'STRICT'])}\n    verify_client_ca_certs: @DIR@/{rng.choice(['ca.pem', 'ca2.pem'])}.crt\n"
        if rng.random() < 0.3:
            text += f"    http2: {rng.choice(['on', 'off'])}\n"
        if rng.random() < 0.3:
            text += f"    host_sni_policy: {rng.choice(['DISABLED', 'PERMISSIVE', 'ENFORCED'])}\n"
        if rng.random() < 0.2:
            text += "    valid_tls_versions_in: [TLSv1_2]\n"
    return text


def generate(rng):
    ports = ["@PORT1@:ssl:ip-in=127.0.0.1"]
    if rng.random() < 0.4:
        ports.append(rng.choice(["@PORT2@:ssl:ip-in=127.0.0.1", "@PORT2@:ip-in=127.0.0.1", "@PORT2@:ssl:ip-in=127.0.0.1:proto=http"]))
    records = f"@PREAMBLE@\nCONFIG proxy.config.http.server_ports STRING {' '.join(ports)}\n"
    if rng.random() < 0.4:
        records += f"CONFIG proxy.config.http.host_sni_policy INT {rng.choice([0, 1])}\n"
    if rng.random() < 0.15:
        records += f"CONFIG proxy.config.ssl.client.certification_level INT {rng.choice([1, 2])}\nCONFIG proxy.config.ssl.CA.cert.filename STRING ca.pem.crt\n"
    files = {"records.config": records, "remap.config": remap(rng), "ssl_multicert.config": multicert(rng), "certificates": CERTIFICATES}
    if rng.random() < 0.7:
        files["sni.yaml"] = sni(rng)
    return files
