"""Ordinary uses of curl, one row each. In the words {clear}, {tls}, {ipv6}, {proxy}, {deaf} and {refused} are origins of the test, {folder} is a
folder with one.txt (text), two.bin (300 kB) and authority.pem; the words run in an empty folder."""
import dataclasses

# What -w prints of both and must be equal, but for what a row leaves out.
VARIABLES = ("http_code", "response_code", "http_version", "num_connects", "num_redirects", "size_download", "size_upload", "url_effective",
             "url", "urlnum", "scheme", "method", "remote_ip", "remote_port", "local_ip", "content_type", "redirect_url", "filename_effective",
             "ssl_verify_result", "exitcode")
BOTH = ("--http1.1", "--http2")  # over TLS, a row runs once with each


@dataclasses.dataclass
class Use:
    name: str
    words: str  # split at blanks; ␣ is a blank inside a word
    stdin: bytes | None = None
    versions: tuple = ()  # words to add, one run each
    differs: tuple = ()  # variables that are not compared, for the reason in `because`
    because: str = ""
    environment: dict = dataclasses.field(default_factory=dict)


USES = [
    Use("GET in clear", "{clear}/hello/x"),
    Use("GET over TLS", "{tls}/hello/x", versions=BOTH),
    Use("a query and a fragment", "{clear}/echo?a=1&b=%20#part", differs=("url_effective",), because="curl leaves the fragment in it"),
    Use("a path with dots", "{clear}/x/../echo/./y"),
    Use("HEAD", "-I {tls}/hello/x", versions=("--http2",)),
    Use("HEAD in HTTP/1.1", "-I {clear}/hello/x"),
    Use("head and body", "-i {tls}/hello/x", versions=BOTH),
    Use("a field of one's own", "-H X-One:␣1 -H X-Two; {tls}/echo", versions=BOTH),
    Use("a form", "-d a=1 -d b=2 {tls}/echo", versions=BOTH),
    Use("a form from a file", "-d @{folder}/one.txt {clear}/echo"),
    Use("a form from standard input", "-d @- {clear}/echo", stdin=b"from=\r\nstdin\n"),
    Use("raw data", "--data-raw @one {clear}/echo"),
    Use("binary data", "--data-binary @{folder}/two.bin {tls}/echo", versions=BOTH),
    Use("encoded data", "--data-urlencode name=a␣b&c --data-urlencode x@{folder}/one.txt {clear}/echo"),
    Use("data in the query", "-G -d a=1 -d b=2 {clear}/echo?c=0"),
    Use("JSON", '--json {{"a":[1,2]}} {tls}/echo', versions=BOTH),
    Use("another method", "-X DELETE {clear}/echo"),
    Use("another method with a body", "-X PATCH -d x -H Content-Type:␣text/x {tls}/echo", versions=("--http2",)),
    Use("upload a file", "-T {folder}/two.bin {tls}/echo", versions=BOTH),
    Use("upload to a folder", "-T {folder}/one.txt {clear}/echo/"),
    Use("upload from standard input", "-T - {tls}/echo", stdin=b"streamed " * 20000, versions=BOTH, differs=("size_upload",),
        because="curl counts the lines between chunks"),
    Use("Basic credentials", "-u user:pass␣word {tls}/basic", versions=BOTH),
    Use("credentials in the URL", "{clear_user}/basic", differs=("url_effective",), because="curl shows the password in it"),
    Use("wrong credentials", "-u user:wrong -f {clear}/basic", differs=("size_download",), because="curl closes without reading"),
    Use("cookies", "-b a=1;␣b=2 {clear}/echo"),
    Use("user agent and referer", "-A agent -e http://r.example/ {clear}/echo"),
    *(Use(f"redirect {status} of a POST", f"-L -d a=1 {{clear}}/redirect/{status}?to=/echo", differs=("size_upload", "method", "num_connects"),
          because="curl adds up uploads and names its first method; astray may not wait for the end of a redirect's body") for status in (301, 302, 303, 307, 308)),
    Use("redirect not followed", "-d a=1 {clear}/redirect/302?to=/echo"),
    Use("redirect to another name", "-L -u user:pass␣word {tls}/redirect/302?to={other}/echo", versions=BOTH, differs=("num_connects",),
        because="astray lets both names share the connection"),
    Use("too many redirects", "-L --max-redirs 3 {clear}/circle", differs=("num_connects", "size_download", "http_code", "response_code", "content_type", "redirect_url", "filename_effective"),
        because="astray hands over no answer that it was not asked to show"),
    Use("404", "{clear}/status/404"),
    Use("404 with -f", "-f {tls}/status/404", versions=BOTH, differs=("size_download",), because="curl closes without reading"),
    Use("404 with -f and an output", "-f -o out.txt {clear}/status/404", differs=("size_download",), because="curl closes without reading"),
    Use("500 with its body", "--fail-with-body {clear}/status/500"),
    Use("a timeout", "-m 0.4 {tls}/slow/3", versions=BOTH),
    Use("a port that refuses", "{refused}/"),
    Use("a name that is not", "http://nowhere.invalid/"),
    Use("an untrusted certificate", "--cacert /etc/ssl/certs/ca-certificates.crt {tls}/hello/x", differs=("ssl_verify_result", "num_connects", "remote_ip", "remote_port", "local_ip"),
        because="curl gives OpenSSL's number, and the connection that it closed"),
    Use("any certificate", "-k {wrong}/hello/x", versions=BOTH, differs=("ssl_verify_result",), because="curl gives OpenSSL's number"),
    Use("a certificate for another name", "{wrong}/hello/x", differs=("ssl_verify_result", "num_connects", "remote_ip", "remote_port", "local_ip"),
        because="curl gives OpenSSL's number, and the connection that it closed"),
    Use("no TLS on the port", "https://127.0.0.1:{no_tls_port}/", differs=("num_connects", "remote_ip", "remote_port", "local_ip", "ssl_verify_result"),
        because="curl shows the connection that failed"),
    Use("pinned address", "--resolve pinned.test:{clear_port}:127.0.0.1 http://pinned.test:{clear_port}/echo"),
    Use("connect to elsewhere", "--connect-to a.test:443:127.0.0.1:{tls_port} https://a.test/echo", versions=BOTH),
    Use("gzip", "--compressed {tls}/compressed/gzip", versions=BOTH),
    Use("brotli", "--compressed {clear}/compressed/br"),
    Use("zstd", "--compressed {clear}/compressed/zstd"),
    Use("gzip that is none", "--compressed {clear}/garbled", differs=("size_download",), because="what was read by then"),
    Use("an empty body", "-o out.txt {tls}/empty", versions=BOTH),
    Use("204", "{tls}/204", versions=BOTH),
    Use("304", "{clear}/304"),
    Use("chunked", "{clear}/chunked"),
    Use("trailers", "{tls}/trailers", versions=BOTH),
    Use("early hints", "{tls}/hints", versions=BOTH),
    Use("a body that is cut", "{clear}/cut"),
    Use("a stream that is reset", "{tls}/cut", versions=("--http2",)),
    Use("50 MB", "-o large.bin {tls}/large", versions=BOTH),
    Use("50 MB to standard output", "{clear}/large"),
    Use("too large a file", "--max-filesize 1000 {clear}/large/100000", differs=("size_download", "content_type"), because="what was read by then"),
    Use("named output", "-o out.txt {clear}/hello/x"),
    Use("output named by the URL", "-O {tls}/hello/page.html?q", versions=("--http2",)),
    Use("output with its folders", "--create-dirs --output-dir a/b -o c/out.txt {clear}/hello/x"),
    Use("a folder that is not there", "-o nowhere/out.txt {clear}/hello/x", differs=("size_download", "num_connects", "remote_ip", "remote_port", "local_ip"),
        because="astray has no report of what it gave up itself"),
    Use("heads in a file", "-D heads.txt {tls}/hello/x", versions=BOTH),
    Use("IPv6", "{ipv6}/echo"),
    Use("HTTP/2 in clear", "--http2-prior-knowledge {h2c}/echo"),
    Use("a proxy", "-x {proxy} http://a.test:{clear_port}/echo"),
    Use("a tunnel", "-x {proxy} {tls}/echo", versions=BOTH),
    Use("a tunnel that is refused", "-x {proxy} https://refused.test/", differs=("num_connects", "remote_ip", "remote_port", "local_ip"),
        because="curl shows the connection to the proxy"),
    Use("a proxy of the environment", "http://a.test:{clear_port}/echo", environment={"http_proxy": "{proxy}"}),
    Use("no proxy for it", "--noproxy 127.0.0.1 {clear}/echo", environment={"http_proxy": "{refused}"}),
    Use("a retry", "--retry 2 -o out.txt {clear}/flaky/{run}", differs=("num_connects", "url", "url_effective"), because="each has its own URL to be refused once"),
    Use("several URLs", "{clear}/hello/1 {clear}/hello/2 {clear}/hello/3", differs=("num_connects",), because="curl asks one after the other"),
    Use("several outputs", "-o 1.txt {tls}/hello/1 -O {tls}/hello/2.txt -o - {tls}/hello/3", versions=BOTH, differs=("num_connects",),
        because="curl asks one after the other"),
]
