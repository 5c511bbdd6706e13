#!/usr/bin/env python3
"""Holds the page of `astray probe --format html` against what a person needs of it, in a real Chromium: the matrix
and its colours, a click, the keyboard, no network, and that strangers' texts stay texts.
"""
import argparse
import collections
import pathlib
import subprocess
import sys

try:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select
except ImportError:
    sys.exit("this test needs the Debian packages chromium, chromium-driver and python3-selenium")

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from chromium import Browser, pixels  # noqa: E402 pylint: disable=wrong-import-position

MARKUP = "</script><img src=x onerror=document.title='owned'>"
SHOP = "</script><b>shop.example.test"
# What tests/probe_page/sample.h says of 8 names on 2 nodes, on reused connections, the worst of both nodes.
REUSED = {"misdirected": 1, "authentication-bypass": 1, "failed": 8, "could-not-tell": 1, "own": 24, "rejected-421": 29}
LIGHT = {"misdirected": (0xcc, 0x3d, 0x06), "own": (0xd3, 0xec, 0xdf), "rejected-421": (0xc6, 0xdf, 0xf5)}
DARK = {"misdirected": (0xea, 0x5a, 0x1f), "own": (0x17, 0x41, 0x2f), "rejected-421": (0x15, 0x3a, 0x5c)}


class Page:
    def __init__(self, browser, program, folder):
        self.browser = browser
        self.program = program
        self.folder = folder
        self.failures = []

    def expect(self, got, wanted, what):
        if got != wanted:
            self.failures.append(f"{what}: got {got!r}, wanted {wanted!r}")

    def require(self, condition, what):
        if not condition:
            self.failures.append(what)

    def make(self, name, names, nodes, manners="plain", *more):
        path = self.folder / f"{name}.html"
        subprocess.run([self.program, "html", path, str(names), str(nodes), manners, *map(str, more)], check=True, timeout=60)
        return path

    def load(self, path):
        self.browser.open(path)
        self.expect(self.browser.js("document.getElementById('footer').textContent"), "astray 1.2.3", f"{path.name} ran to its end")

    def silent(self, path, what):
        """Nothing was asked for but the page itself, and nothing was complained about."""
        asked = self.browser.requests()
        self.require(asked, f"{what}: the page's own request was seen")
        self.expect([url for url in asked if url != path.as_uri()], [], f"{what}: requests")
        self.expect(self.browser.complaints(), [], f"{what}: console")

    def cell(self, row, column):
        return self.browser.one(f'td[data-at="{row} {column}"]')

    def click(self, element):
        self.browser.js("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", element)
        ActionChains(self.browser.driver).move_to_element(element).click().perform()

    def keys(self, *keys):
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def panel(self):
        return self.browser.one("#evidence").text

    def pair(self):
        return [code.text for code in self.browser.all("#evidence .pair code")]

    def verdicts(self):
        classes = self.browser.js("[...document.querySelectorAll('#grid td')].map((cell) => cell.classList[0])")
        return dict(collections.Counter(name.removeprefix("v-") for name in classes))

    def check_colours(self, expected, scheme):
        for verdict, colour in expected.items():
            element = self.browser.one(f"#grid td.v-{verdict}")
            self.expect(self.browser.js("getComputedStyle(arguments[0]).backgroundColor", element), f"rgb{colour}", f"{scheme}: colour of {verdict}")
        frame = self.browser.js("(() => { const box = document.getElementById('grid').getBoundingClientRect();"
                                " return {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height}; })()")
        self.require(frame["width"] > 200 and frame["height"] > 200, f"{scheme}: the matrix has a size")
        rows = pixels(self.browser.screenshot(self.folder / f"matrix-{scheme}.png", frame))
        painted = collections.Counter(pixel for row in rows for pixel in row)
        self.require(len(painted) > 50, f"{scheme}: the picture is not blank")
        for verdict, colour in expected.items():
            area = painted[colour] / max(1, self.verdicts()[verdict])
            self.require(area > 300, f"{scheme}: {verdict} is painted in its colour ({area:.0f} pixels a cell)")

    def check_matrix_and_click(self):
        self.expect(self.verdicts(), REUSED, "cells of the matrix by verdict")
        self.expect(len(self.browser.all("#grid tbody tr")), 8, "rows")
        self.expect(self.cell(1, 2).text, "M", "the letter of a misdirected cell")
        self.click(self.cell(1, 2))
        self.expect(self.pair(), ["api.example.test", SHOP], "names in the evidence")
        self.expect(self.browser.one("#evidence dd strong").text, "200", "status in the evidence")
        self.expect([chip.text for chip in self.browser.all("#evidence dd .chip")][:2], ["*.example.test", "example.test"], "names of the certificate")
        self.expect(self.browser.one("#evidence .print").text, "11" * 32, "fingerprint")
        command = self.browser.one("#evidence .command code").text
        for part in ("astray probe ", "api.example.test@192.0.2.1:443", "--sni api.example.test", f"--host '{SHOP}'", "--alpn h2", "--connection reused"):
            self.require(part in command, f"{part!r} stands in the command: {command}")
        for part in ("misdirected", "got the answer of api.example.test", "differs: status: predicted 421, was 200", "TLSv1.3", "first byte 1.8 ms after the request", "request 2 on it"):
            self.require(part in self.panel(), f"{part!r} stands in the evidence: {self.panel()}")
        self.require(self.browser.all("#grid th.lit"), "row and column are marked")
        self.expect(len(self.browser.all("#evidence .variants button")), 2, "a place with two nodes has two cells")
        self.click(self.browser.all("#evidence .variants button")[1])
        self.require("[2001:db8::1]:443" in self.panel() and "own" in self.panel(), "the other node's cell")

    def check_hostile_texts(self):
        self.click(self.cell(1, 2))
        excerpt = self.browser.one("#evidence .excerpt").text
        self.require(MARKUP in excerpt and "\\x1b[31m" in excerpt and "\\xff" in excerpt, f"the excerpt is shown as text: {excerpt!r}")
        self.require(MARKUP in self.panel(), "the Server field is shown as text")
        self.expect(self.browser.all('th[data-row="2"]')[0].text, SHOP, "a name that looks like markup")
        self.require(MARKUP in self.browser.one("#notes").text, "a note is shown as text")
        self.expect(len(self.browser.all("img")), 0, "elements made of texts")
        self.expect(self.browser.js("document.scripts.length"), 3, "scripts")
        self.require(self.browser.driver.title.startswith("astray probe: "), f"the title is ours: {self.browser.driver.title}")

    def check_keyboard(self):
        self.click(self.cell(0, 0))
        self.keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER)
        self.expect(self.pair(), ["api.example.test", "login.example.test"], "arrow keys and Enter")
        self.expect(self.browser.js("document.activeElement.dataset.at"), "1 3", "focus stays in the matrix")
        self.keys(Keys.ESCAPE)
        self.require("Choose a cell" in self.panel(), "Escape closes the evidence")
        self.expect(self.browser.js("document.activeElement.dataset.at"), "1 3", "focus returns")
        self.keys(Keys.HOME, Keys.SPACE)
        self.expect(self.pair(), ["api.example.test", "www.example.test"], "Home and the blank")
        self.expect(self.browser.js("document.querySelectorAll('#grid td[tabindex=\"0\"]').length"), 1, "the matrix is one stop of the Tab key")

    def check_selectors(self):
        self.click(self.browser.one('#controls input[value="fresh"]'))
        counts = self.verdicts()
        self.expect(sum(counts.values()), 90, "cells with the rows and columns of unknown names")
        self.expect(counts["unasked"], 23, "what was not asked is told apart")
        self.expect(counts["default-answer"], 1, "the answer to an unknown name")
        Select(self.browser.one("#controls select")).select_by_value("[2001:db8::1]:443")
        self.expect((self.verdicts().get("false-421"), self.verdicts().get("misdirected")), (1, None), "the second node alone")
        Select(self.browser.one("#controls select")).select_by_value("")
        self.click(self.browser.one('#controls .check input'))
        self.expect(self.browser.js("[...document.querySelectorAll('#grid th[scope=row]')].map((head) => head.textContent)"),
                    ["api.example.test", "login.example.test", "static.example.test", "intern.example.test"], "rows that have something to say")
        self.click(self.browser.one('#controls .check input'))
        self.browser.one('#controls input[type="search"]').send_keys("tenant")
        self.expect(len(self.browser.all("#grid tbody tr")), 2, "rows of the filter")

    def check_sections(self):
        link = self.browser.one('#findings [data-cell="75"]')
        self.click(link)
        self.expect(self.browser.one("#evidence").get_attribute("data-cell"), "75", "a finding leads to its cell")
        self.expect(self.browser.js("document.activeElement.dataset.at"), "1 2", "which has the focus")
        self.expect(len(self.browser.all("#findings article")), 3, "findings")
        self.expect(len(self.browser.all("#outlook tbody tr")), 1, "outlook: what goes wrong")
        self.click(self.browser.one("#outlook .check input"))
        Select(self.browser.one("#outlook select")).select_by_value("curl")
        self.expect(len(self.browser.all("#outlook tbody tr")), 56, "outlook of one client")
        self.expect(len(self.browser.all("#parity tbody tr")), 19, "questions that the nodes answer differently")
        self.expect(len(self.browser.all("#spellings tbody tr")), 10, "other spellings")
        self.expect(len(self.browser.all("#certificates tbody tr")), 3, "certificates")

    def check_looks(self, path):
        for scheme, width, height, colours in (("light", 1440, 1000, LIGHT), ("dark", 1440, 1000, DARK), ("narrow", 400, 850, LIGHT)):
            self.browser.look(width, height, "dark" if scheme == "dark" else "light")
            self.load(path)
            if scheme != "narrow":
                self.check_colours(colours, scheme)
            self.expect(self.browser.js("document.documentElement.scrollWidth"), width, f"{scheme}: nothing is wider than the window")
            self.click(self.cell(1, 2))
            if scheme == "narrow":
                self.expect(self.browser.js("getComputedStyle(document.getElementById('evidence')).position"), "fixed", "the evidence is a sheet")
            self.browser.screenshot(self.folder / f"page-{scheme}.png")
            self.silent(path, scheme)
        self.browser.look(900, 1200, "light", media="print")
        self.require(not self.browser.one("#controls").is_displayed() and self.browser.one("#grid").is_displayed(), "print leaves the controls out")
        self.browser.screenshot(self.folder / "page-print.png")
        self.browser.look(1440, 1000)

    def check_policy(self):
        """Even what gets in as an element does not run. Last, since Chromium complains about it."""
        self.browser.js("(() => { const script = document.createElement('script'); script.textContent = 'window.owned = true'; document.body.append(script);"
                        " const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image); })()")
        self.expect(self.browser.js("window.owned === undefined"), True, "an inline script that is not the page's")
        complaints = self.browser.complaints()
        self.require(any("Content Security Policy" in line and "script" in line for line in complaints), f"the policy refused the script: {complaints}")
        self.require(any("Content Security Policy" in line and "x.png" in line for line in complaints), f"the policy refused the picture: {complaints}")

    def check_other_runs(self):
        big = self.make("big", 100, 1)
        self.require(big.stat().st_size < 5_000_000, f"20,000 cells take {big.stat().st_size} bytes")
        self.load(big)
        self.expect(sum(self.verdicts().values()), 10_000, "cells of 100 names")
        self.click(self.cell(40, 41))
        self.expect(self.pair(), ["tenant-040.customers.example.test", "tenant-041.customers.example.test"], "a cell of many")
        self.browser.screenshot(self.folder / "page-big.png")
        self.silent(big, "big")
        zero = self.make("zero", 0, 0)
        self.load(zero)
        self.expect(self.browser.one("h1").text, "No evidence: nothing was answered", "a run without cells")
        self.silent(zero, "zero")
        cut = self.make("cut", 6, 2, "interrupted", 20)
        self.load(cut)
        banners = self.browser.one("#banners").text
        self.require("interrupted" in banners and "of 160 cells" in banners, f"what is missing is said: {banners}")
        self.require(self.browser.all("#findings .absent"), "a cell that is not on the page is no link")
        self.silent(cut, "cut")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", required=True, help="the program make_probe_report")
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="where pages and screenshots go")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with Browser() as browser:
        page = Page(browser, arguments.report, arguments.folder.resolve())
        path = page.make("hostile", 8, 2, "hostile")
        browser.look(1440, 1000)
        page.load(path)
        for check in (page.check_matrix_and_click, page.check_hostile_texts, page.check_keyboard, page.check_selectors, page.check_sections):
            check()
        page.silent(path, "hostile")
        page.check_looks(path)
        page.check_other_runs()
        page.load(path)
        page.check_policy()
    for failure in page.failures:
        print(failure)
    return 1 if page.failures else 0


if __name__ == "__main__":
    sys.exit(main())
