#!/usr/bin/python3
"""Holds the page of `astray explain --format html` against what a person needs of it, in a real Chromium: the time line, the names by
names, the keyboard, dark and light, a narrow screen, no network, and that strangers' texts stay texts."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
except ImportError:
    sys.exit("this test needs the Debian packages chromium, chromium-driver and python3-selenium")

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from chromium import Browser  # noqa: E402 pylint: disable=wrong-import-position

MARKUP = "</script><img src=x onerror=document.title='owned'>"
LONG = ".".join(["a" * 50] * 4) + ".test"
# (seconds after the first, SNI, Host, how many): refused requests.
REFUSED = [(0, "a.test", "b.test", 3), (600, "a.test", "c.test", 2), (1200, "b.test", "c.test", 1), (1800, "a.test", MARKUP, 1), (2400, "a.test", LONG, 1)]
CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def log_lines():
    """nginx's JSON: each refused request is the second of its connection, which was served for the SNI."""
    connection = 0
    for seconds, sni, host, count in REFUSED:
        for _ in range(count):
            connection += 1
            for number, name, status in ((1, sni, "200"), (2, host, "421")):
                yield json.dumps({"msec": f"{1_790_000_000 + seconds}.000", "remote_addr": f"192.0.2.{connection}", "connection": str(connection),
                                  "connection_requests": str(number), "ssl_server_name": sni, "http_host": name, "server_protocol": "HTTP/2.0",
                                  "status": status})


class Page:
    def __init__(self, browser, path):
        self.browser, self.path, self.failures = browser, path, []

    def expect(self, got, wanted, what):
        if got != wanted:
            self.failures.append(f"{what}: got {got!r}, wanted {wanted!r}")

    def require(self, condition, what):
        if not condition:
            self.failures.append(what)

    def load(self, width, scheme, media=""):
        self.browser.look(width, 900, scheme, media)
        self.browser.open(self.path)

    def silent(self, what):
        """Nothing was asked for but the page itself, and nothing was complained about."""
        asked = self.browser.requests()
        self.require(asked, f"{what}: the page's own request was seen")
        self.expect([url for url in asked if url.partition("#")[0] != self.path.as_uri()], [], f"{what}: requests")
        self.expect(self.browser.complaints(), [], f"{what}: console")

    def keys(self, *keys):
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def check_parts(self):
        self.expect(self.browser.one("h1").text, "8 of 16 requests refused", "headline")
        self.expect(len(self.browser.all("article")), len(REFUSED), "entries")
        columns = [title.get_attribute("textContent") for title in self.browser.all("svg rect title")]
        self.expect(columns, [str(count) for _, _, _, count in REFUSED], "columns of the time line")
        heights = [float(rect.get_attribute("height")) for rect in self.browser.all("svg rect")]
        self.require(heights[0] > heights[1] > heights[2] > 0, f"more is higher: {heights}")
        box = self.browser.js("(() => { const box = document.querySelector('svg').getBoundingClientRect(); return [box.width, box.height]; })()")
        self.require(box[0] > 300 and box[1] > 60, f"the time line has a size: {box}")
        self.expect([span.text[:16] for span in self.browser.all(".axis span")][0], "2026-09-21T14:13", "where the time line begins")

    def check_matrix(self):
        hosts = [head.text for head in self.browser.all("#names + .scroll th[scope=col]")]
        rows = {}
        for row in self.browser.all("#names + .scroll tr")[1:]:
            rows[row.find_element("css selector", "th").text] = [cell.text for cell in row.find_elements("css selector", "td")]
        found = {(sni, host): int(text) for sni, texts in rows.items() for host, text in zip(hosts, texts) if text}
        self.expect(found, {(sni, host.lower()): count for _, sni, host, count in REFUSED}, "names by names")

    def check_texts(self):
        self.require(MARKUP.lower() in self.browser.one("main").text, "a Host that looks like markup is shown as text")
        self.expect(len(self.browser.all("img")) + self.browser.js("document.scripts.length"), 0, "elements made of texts")
        self.expect(self.browser.driver.title, "astray explain", "title")

    def check_keyboard(self):
        """All that leads anywhere is reached by Tab and followed by Enter."""
        self.browser.js("(() => { document.activeElement.blur(); scrollTo(0, 0); })()")
        places = len(self.browser.all("a[href], [tabindex='0']"))
        seen = []
        for _ in range(places):
            self.keys(Keys.TAB)
            seen.append(self.browser.js("document.activeElement.getAttribute('href') || document.activeElement.className"))
        self.expect(seen[:4], ["#happened", "#time", "#names", "#numbers"], "the parts come first")
        self.expect([place for place in seen if place == "scroll"], ["scroll"], "the matrix is a stop of its own")
        links = [place for place in seen if place.startswith("#refusal-")]
        self.expect(sorted(links), [f"#refusal-{index}" for index in range(len(REFUSED))], "each number leads somewhere")
        self.require(self.browser.js("getComputedStyle(document.activeElement).outlineStyle") == "solid", "the focus is seen")
        target = self.browser.js("document.activeElement.getAttribute('href')")
        self.keys(Keys.ENTER)
        top = self.browser.js("document.querySelector(arguments[0]).getBoundingClientRect().top", target)
        self.require(-1 <= top < 900, f"Enter leads to {target}: {top}")
        self.browser.one(".scroll").click()

    def check_colours(self, scheme):
        def luminance(colour):
            parts = [int(part) / 255 for part in colour[colour.index("(") + 1:-1].split(",")[:3]]
            linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

        ground = self.browser.js("getComputedStyle(document.body).backgroundColor")
        self.require((luminance(ground) < 0.1) == (scheme == "dark"), f"{scheme}: the ground is {ground}")
        for selector in ("body", "nav a", ".soft", "dt", ".count", "td.hit a", "code", "caption"):
            element = self.browser.one(selector)
            colour = self.browser.js("getComputedStyle(arguments[0]).color", element)
            # The nearest ground that is none of the page's.
            behind = self.browser.js("(() => { for (let at = arguments[0]; at; at = at.parentElement) { const colour = getComputedStyle(at).backgroundColor;"
                                     " if (!colour.endsWith(', 0)')) return colour; } return 'rgb(255, 255, 255)'; })()", element)
            lighter, darker = sorted((luminance(colour), luminance(behind)), reverse=True)
            self.require((lighter + 0.05) / (darker + 0.05) >= CONTRAST, f"{scheme}: {selector} in {colour} on {behind} is hard to read")

    def check_width(self, width):
        self.expect(self.browser.js("document.documentElement.scrollWidth"), width, f"{width} pixels: nothing is wider than the window")


def check(browser, astray, folder):
    log = folder / "access.log"
    log.write_text("\n".join(log_lines()) + "\n")
    page = Page(browser, folder / "story.html")
    done = subprocess.run([astray, "explain", "--format", "html", "--output", page.path, log], capture_output=True, text=True, check=False)
    page.expect((done.returncode, done.stderr), (1, ""), "astray explain")
    for scheme in ("light", "dark"):
        page.load(1280, scheme)
        page.check_parts()
        page.check_matrix()
        page.check_texts()
        page.check_colours(scheme)
        page.check_width(1280)
        page.check_keyboard()
        page.silent(scheme)
        browser.screenshot(folder / f"{scheme}.png")
    page.load(360, "light")
    page.check_width(360)
    page.check_matrix()
    page.check_keyboard()
    page.silent("narrow")
    browser.screenshot(folder / "narrow.png")
    return page.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--folder", type=pathlib.Path, help="gets the page and pictures of it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, Browser() as browser:
        folder = options.folder or pathlib.Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        failures = check(browser, options.astray, folder)
    print("\n".join(failures) or "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
