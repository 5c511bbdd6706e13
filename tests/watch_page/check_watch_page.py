#!/usr/bin/env python3
"""The watcher's page in a real Chromium: every view, clicks and the keyboard, an event that arrives by itself, the watcher's
own troubles, a token, a stream that is lost and comes back, a phone, both colour schemes, 200 names × 20 nodes that stay
fluid, a first paint with a month of history, no request beyond the port and no complaint."""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
try:
    from selenium.common.exceptions import TimeoutException, WebDriverException
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    sys.exit("this test needs the Debian packages chromium, chromium-driver and python3-selenium")

from chromium import LOOPBACK, Browser
from watch_server import WatchServer

LOGIN_CELL = "#/cell?from=login.example.test&to=login.example.test"
VIEWS = ["#/", "#/matrix", "#/parity", "#/sharing", "#/time", LOGIN_CELL, "#/problem?id=0badc0de"]
# Scrolls the grid as far as it goes, and back, in so many steps; how long each frame took, in milliseconds.
SCROLL = """
const done = arguments[arguments.length - 1], grid = document.querySelector('.grid'), times = [];
let step = 0, before = performance.now();
function frame(now) {
  times.push(now - before);
  before = now;
  if (++step > 120) return done(times.slice(1));
  const part = step <= 60 ? step / 60 : (120 - step) / 60;
  grid.scrollTop = part * (grid.scrollHeight - grid.clientHeight);
  grid.scrollLeft = part * (grid.scrollWidth - grid.clientWidth);
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
"""
# How long the drawing itself takes, whatever the machine does beside it.
DRAW = """
const view = shownView.grid(), times = [];
for (let i = 0; i < 40; ++i) {
  view.grid.scrollTop = i * 37;
  const begin = performance.now();
  view.draw();
  times.push(performance.now() - begin);
}
return times.sort((a, b) => a - b);
"""


class Page:
    def __init__(self, browser, server, folder):
        self.browser = browser
        self.server = server
        self.folder = folder
        self.failures = []

    def expect(self, got, wanted, what):
        if got != wanted:
            self.failures.append(f"{what}: got {got!r}, wanted {wanted!r}")

    def require(self, condition, what):
        if not condition:
            self.failures.append(what)

    def wait(self, condition, what, seconds=20):
        try:
            return WebDriverWait(self.browser.driver, seconds, 0.05).until(lambda _: condition())
        except TimeoutException:
            self.failures.append(f"{what}: did not come; the page says {self.text()[:300]!r}")
            return None

    def text(self):
        return self.browser.js("document.body.innerText")

    def heading(self):
        return self.browser.js("document.querySelector('#view h1')?.innerText ?? ''")

    def open(self, view, heading):
        self.browser.driver.get("about:blank")
        self.browser.driver.get(f"{self.server.origin}/{view}")
        self.wait(lambda: heading in self.heading(), f"{view} is drawn")

    def keys(self, *keys):
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def focus(self, selector):
        """Once it is there: a form that asks for the token is a form too."""
        self.wait(lambda: self.browser.all(selector), f"{selector} is there")
        self.browser.js("document.querySelector(arguments[0]).focus()", selector)

    def renew(self):
        """As an event of the watcher does."""
        times = lambda: self.browser.js("performance.getEntriesByName('astray-renewed').length")
        before = times()
        self.browser.js("renewSoon()")
        self.wait(lambda: times() > before, "the view is drawn anew")

    def pointed(self):
        return self.browser.js("document.querySelector('.pointed').textContent")

    def run(self, check, *arguments):
        """A check that breaks off is a failure; the others go on."""
        try:
            return check(*arguments)
        except WebDriverException as error:
            self.failures.append(f"{check.__name__}: {error.msg.splitlines()[0] if error.msg else error!r}")
            return None

    def silent(self, what):
        elsewhere = [url for url in self.browser.requests() if not url.startswith((f"{self.server.origin}/", "data:", "about:"))]
        self.expect(elsewhere, [], f"{what}: requests to elsewhere")
        self.expect(self.browser.complaints(), [], f"{what}: complaints of the browser, such as those of the policy")

    def check_overview(self):
        self.open("#/", "1 thing is wrong now")
        card = self.browser.one(".problem").text
        for part in ("login.example.test is answered by www.example.test", "the virtual host of login.example.test is missing", "2 h", "192.0.2.3:443"):
            self.require(part in card, f"{part!r} stands in the card: {card}")
        self.wait(lambda: self.browser.one("#live").text == "live", "the stream is open")
        self.require("200 names on 20 nodes" in self.text(), "what is watched")
        self.browser.one(".problem a").click()
        self.wait(lambda: self.browser.driver.current_url.endswith("#/problem?id=0badc0de"), "a click leads to the problem")

    def check_problem(self):
        self.open("#/problem?id=0badc0de", "login.example.test is answered")
        self.expect(self.browser.one(".command code").text, "astray probe login.example.test@192.0.2.3:443", "what to do")
        self.browser.one(".frame a").click()
        self.wait(lambda: "/cell?" in self.browser.driver.current_url, "the evidence leads to its cell")
        self.wait(lambda: self.browser.all(".card"), "the cell is drawn")

    def check_cell(self):
        self.open(LOGIN_CELL + "&node=192.0.2.3%3A443", "login.example.test")
        card = self.browser.one(".card").text
        for part in ("misdirected", "got the answer of www.example.test", "TLSv1.3", "predicted login.example.test, was www.example.test",
                     "nginx.conf:12:3", "CN=group 0 of example.test", "reject, status 421", "</script><img src=x"):
            self.require(part in card, f"{part!r} stands in the cell: {card}")
        self.expect(len(self.browser.all("img")), 0, "what a server sent is text")
        self.open("#/cell?from=static.example.test&to=intern.example.test", "static.example.test → intern.example.test")
        clients = [item.text for item in self.browser.all(".client summary")]
        self.require(any("over HTTP/2 puts it on that connection" in client for client in clients), f"what a client would do: {clients}")
        self.require(any("over HTTP/3 opens a new connection not-multiplexed" in client for client in clients), f"and what another: {clients}")
        self.browser.js("document.querySelector('.client summary').focus()")
        self.keys(Keys.ENTER)
        rungs = {item.find_element("css selector", "code").text: item.find_element("css selector", ".badge").text for item in self.browser.all(".client[open] .ladder li")}
        self.expect(rungs.get("certificate-covers"), "passes", f"a rung of its ladder, opened by the keyboard: {rungs}")
        self.expect(self.browser.driver.title, "A cell – astray watch", "the title")

    def check_matrix(self):
        self.open("#/matrix", "Names × names")
        grid = self.browser.one(".grid")
        self.expect((grid.get_attribute("aria-rowcount"), grid.get_attribute("aria-colcount")), ("200", "200"), "the size of the matrix")
        grid.click()
        self.browser.driver.get(f"{self.server.origin}/#/matrix")
        self.wait(lambda: self.heading() == "Names × names", "back in the matrix")
        self.browser.js("document.querySelector('.grid').focus()")
        self.keys(Keys.CONTROL, Keys.HOME)
        self.open("#/matrix?rows=static&columns=intern", "Names × names")
        self.expect(self.browser.one(".grid").get_attribute("aria-rowcount"), "1", "a filter in the address")
        self.expect(self.pointed(), "static.example.test → intern.example.test: misdirected, differs from the configuration", "what the cell says")
        self.browser.js("document.querySelector('.grid').focus()")
        self.keys(Keys.ENTER)
        self.wait(lambda: "#/cell?from=static.example.test&to=intern.example.test" in self.browser.driver.current_url, "Enter opens the cell")
        self.open("#/matrix", "Names × names")
        Select(self.browser.one("#view select")).select_by_value("192.0.2.3:443")
        self.wait(lambda: "node=192.0.2.3" in self.browser.driver.current_url, "the choice of a node stands in the address")

    def check_parity_by_keyboard(self):
        self.open("#/parity", "Nodes × names")
        self.wait(lambda: self.browser.all(".grid"), "the grid is drawn")
        self.require("200 of 200 names are answered differently" in self.text(), f"the last node speaks no h2: {self.text()[:400]}")
        for _ in range(30):
            if self.browser.js("document.activeElement.className") == "grid":
                break
            self.keys(Keys.TAB)
        self.expect(self.browser.js("document.activeElement.className"), "grid", "the Tab key reaches the grid")
        self.keys(Keys.CONTROL, Keys.HOME, Keys.NULL)
        self.expect(self.pointed(), "api.example.test on 192.0.2.1:443: own", "Control and Home")
        self.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        self.expect(self.pointed(), "login.example.test on 192.0.2.3:443: misdirected, unlike most nodes", "arrow keys")
        self.expect(self.browser.one("#grid-cell").get_attribute("aria-rowindex"), "3", "readers are told the row")
        self.keys(Keys.END)
        self.expect(self.pointed(), "login.example.test on 192.0.2.20:443: own, unlike most nodes", "End")
        self.keys(Keys.PAGE_DOWN)
        self.require("tenant-" in self.pointed(), f"Page Down: {self.pointed()}")
        self.keys(Keys.TAB)
        self.require(self.browser.js("document.activeElement.className") != "grid", "the grid is one stop of the Tab key")

    def check_skip_link(self):
        self.open("#/time", "Time line")
        self.keys(Keys.TAB)
        self.expect(self.browser.js("document.activeElement.className"), "skip", "the first stop of the Tab key")
        self.require(self.browser.js("document.activeElement.getBoundingClientRect().top >= 0"), "it can be seen")
        self.keys(Keys.ENTER)
        self.expect(self.browser.js("document.activeElement.id"), "view", "it leads to the content")
        self.expect(self.browser.js("location.hash"), "#/time", "and keeps the view")

    def check_time_line(self):
        self.open("#/time", "Time line")
        self.wait(lambda: len(self.browser.all(".bars rect")) > 50, "bars")
        Select(self.browser.one("#view select")).select_by_value("744")
        self.wait(lambda: "hours=744" in self.browser.driver.current_url, "the span stands in the address")
        self.expect(len(self.browser.all(".events li")), 100, "events at first")
        more = next(button for button in self.browser.all("#view button") if "earlier" in button.text)
        more.click()
        self.wait(lambda: len(self.browser.all(".events li")) == 200, "earlier events")
        numbers = self.browser.js("[...document.querySelectorAll('.events time')].map((time) => time.dateTime)")
        self.expect(numbers, sorted(numbers, reverse=True), "events are in order")

    def check_sharing(self):
        self.open("#/sharing", "Shared certificates")
        self.wait(lambda: len(self.browser.all(".sharing .covered")) == 200, "a dot for each name")
        self.expect(len(self.browser.all(".sharing .ring")), 5, "a ring for each certificate")
        self.expect(len(self.browser.all(".sharing .risky")), 1, "a line where sharing goes wrong")
        self.require("static.example.test → intern.example.test" in self.browser.one(".frame").text, "and the pair in words")
        self.browser.js("document.querySelector('.sharing a').focus()")
        self.keys(Keys.ENTER)
        self.wait(lambda: self.browser.js("document.activeElement.className") == "card", "a ring leads to its certificate")

    def check_live(self):
        self.open("#/", "1 thing is wrong now")
        self.wait(lambda: self.browser.one("#live").text == "live", "the stream is open")
        self.browser.js("document.querySelector('.problem a').focus()")
        begin = time.monotonic()
        self.server.tell("break")
        self.wait(lambda: self.heading() == "2 things are wrong now", "an event arrives by itself")
        took = time.monotonic() - begin
        self.require("h2 disappeared on 192.0.2.9:443" in self.text(), "the new problem")
        self.require("opened: h2 disappeared" in self.browser.js("document.getElementById('news').textContent"), "readers are told")
        self.expect(self.browser.js("document.activeElement.getAttribute('href')"), "#/problem?id=0badc0de", "the focus stays where it was")
        self.server.tell("trouble the store is full: events are not kept")
        self.wait(lambda: "the store is full" in self.browser.one("#troubles").text, "the watcher's own trouble")
        self.require(self.browser.js("document.getElementById('troubles').getBoundingClientRect().top < document.getElementById('view').getBoundingClientRect().top"), "stands on top")
        self.server.tell("mend")
        self.wait(lambda: self.heading() == "1 thing is wrong now", "it ends by itself")
        self.server.tell("late")
        self.server.tell("trouble the clock was set")
        self.wait(lambda: "ago has not begun" in self.browser.one("#troubles").text, "a round that does not come")
        return took

    def check_lost_stream(self):
        self.open("#/", "1 thing is wrong now")
        self.wait(lambda: self.browser.one("#live").text == "live", "the stream is open")
        self.browser.driver.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        self.browser.js("window.stop()")
        self.wait(lambda: "does not answer" in self.browser.one("#live").text, "a lost stream is said", 60)
        self.browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
        self.server.tell("break")
        self.wait(lambda: self.browser.one("#live").text == "live", "it comes back", 60)
        self.wait(lambda: self.heading() == "2 things are wrong now", "and what was missed is shown")
        self.server.tell("mend")
        self.browser.complaints()  # those of the requests that were cut

    def check_looks(self):
        for name, width, height, scheme in (("light", 1400, 900, "light"), ("dark", 1400, 900, "dark"), ("phone", 360, 740, "light")):
            self.browser.look(width, height, scheme)
            for number, view in enumerate(VIEWS):
                self.open(view, "")
                self.wait(lambda: self.browser.js("performance.getEntriesByName('astray-view').length > 0"), f"{view} is drawn")
                time.sleep(0.1)
                self.expect(self.browser.js("document.documentElement.scrollWidth <= innerWidth"), True, f"{name}: {view} is no wider than the window")
                self.browser.screenshot(self.folder / f"{name}-{number}.png")
            self.silent(name)
        self.browser.look(1400, 900)
        self.open("#/parity", "Nodes × names")
        colour = lambda: self.browser.js("getComputedStyle(document.body).backgroundColor")
        self.expect(colour(), "rgb(251, 250, 247)", "light, as the system")
        self.browser.look(1400, 900, "dark")
        self.expect(colour(), "rgb(20, 23, 27)", "dark, as the system")
        self.browser.one("#scheme").click()
        self.expect(colour(), "rgb(251, 250, 247)", "light by the switch")
        self.browser.look(1400, 900)
        self.browser.one("#scheme").click()
        self.expect(colour(), "rgb(20, 23, 27)", "dark by the switch")
        self.browser.driver.refresh()
        self.wait(lambda: self.heading() == "Nodes × names", "drawn anew")
        self.expect(colour(), "rgb(20, 23, 27)", "the choice is kept")
        self.browser.one("#scheme").click()

    def check_token(self, program):
        with WatchServer(program, 5, 3, 0, "open-sesame") as guarded:
            self.browser.driver.get(f"{guarded.origin}/#/parity")
            self.wait(lambda: self.heading() == "A token is needed", "the page asks for the token")
            self.keys("wrong", Keys.ENTER)
            self.wait(lambda: self.browser.js("document.querySelector('input[type=password]')?.value === ''"), "the answer drew a new form")
            self.wait(lambda: self.heading() == "A token is needed", "and asks again")
            self.wait(lambda: self.browser.js("document.activeElement.tagName") == "INPUT", "at the keyboard's place")
            self.keys("open-sesame", Keys.ENTER)
            self.wait(lambda: self.heading() == "Nodes × names", "then shows what was asked for")
            self.wait(lambda: self.browser.one("#live").text == "live", "and follows")
            self.browser.driver.get("about:blank")
        self.browser.complaints()  # Chromium tells of every 401

    def check_actions(self, program):
        """By the keyboard alone: each form's first field has the focus, Tab goes through it, Enter sends it."""
        with WatchServer(program, 5, 3, 0, "open-sesame") as guarded:
            self.browser.driver.get(f"{guarded.origin}/#/problem?id=0badc0de")
            self.wait(lambda: self.heading() == "A token is needed", "the page asks for the token")
            self.keys("open-sesame", Keys.ENTER)
            self.focus("form[aria-label=Acknowledge] input")
            self.keys("Ann", Keys.TAB, "replacing <b>it</b>", Keys.ENTER)
            self.wait(lambda: "Acknowledged." in self.text(), "it is said to be done")
            mark = lambda: self.browser.js("document.querySelector('.mark')?.textContent ?? ''")
            self.wait(lambda: "replacing <b>it</b>" in mark(), "and shown, as text")
            self.require("Ann" in mark(), f"with who it is: {mark()}")
            self.focus("form[aria-label='Silence this problem'] select")
            self.keys(Keys.TAB, Keys.TAB, Keys.TAB)
            self.expect(self.browser.js("document.activeElement.textContent"), "Silence this problem", "Tab goes through the form to its button")
            self.keys(Keys.ENTER)
            self.wait(lambda: len(self.browser.all(".mark")) == 2, "the silence is shown")
            self.browser.screenshot(self.folder / "actions.png")
            self.browser.driver.get(f"{guarded.origin}/#/")
            self.wait(lambda: "Silenced" in self.text(), "the overview lists it")
            self.focus("[aria-label='End silence 1']")
            self.renew()
            self.expect(self.browser.js("document.activeElement.ariaLabel"), "End silence 1", "what happens meanwhile leaves the keyboard's place")
            self.keys(Keys.ENTER)
            self.wait(lambda: not self.browser.all("[aria-label='End silence 1']"), "it is ended by its button")
            self.browser.driver.get(f"{guarded.origin}/{LOGIN_CELL}&node=192.0.2.3%3A443")
            self.wait(lambda: "got the answer of www.example.test" in self.text(), "a cell as it was answered")
            self.focus("form[aria-label='Ask again'] button")
            self.keys(Keys.ENTER)
            self.wait(lambda: "got its own answer" in self.browser.js("document.querySelector('.card')?.textContent ?? ''"), "the new answer comes by itself")
            self.browser.driver.get("about:blank")
        self.browser.complaints()  # Chromium tells of every 401
        self.open("#/problem?id=0badc0de", "login.example.test is answered")
        self.expect(len(self.browser.all("form")), 0, "without a token nothing is offered")

    def check_strangers_texts(self):
        self.open("#/cell?from=%3Cb%3Ex&to=%E2%80%AEy", "<b>x")
        self.expect(len(self.browser.all("#view h1 b")), 0, "an address is text")
        self.require("\\u202e" in self.heading(), f"what turns text around is shown: {self.heading()!r}")
        self.open("#/nowhere", "This could not be shown")
        self.open("#/problem?id=none", "This could not be shown")
        self.require("there is no problem of this id" in self.text(), "why not")
        self.browser.complaints()  # Chromium tells of every 404

    def measure(self):
        figures = {}
        paints = []
        for _ in range(5):
            self.open("#/", "1 thing")
            paints.append(self.browser.js("[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 1e9, performance.getEntriesByName('astray-view')[0].startTime]"))
        figures["first paint ms"] = sorted(paint for paint, _ in paints)[2]
        figures["overview drawn ms"] = sorted(drawn for _, drawn in paints)[2]
        self.open("#/matrix", "Names × names")
        self.wait(lambda: self.browser.all(".grid"), "the matrix is drawn")
        draws = self.browser.driver.execute_script(DRAW)
        frames = sorted(self.browser.driver.execute_async_script(SCROLL))
        figures["drawing a frame ms, median"], figures["worst"] = draws[len(draws) // 2], draws[-1]
        figures["frame while scrolling ms, median"], figures["of 95 %"] = frames[len(frames) // 2], frames[int(len(frames) * 0.95)]
        self.open("#/parity", "Nodes × names")
        self.wait(lambda: self.browser.all(".grid"), "the grid is drawn")
        figures["nodes × names, drawing a frame ms, median"] = self.browser.driver.execute_script(DRAW)[20]
        # The figures are told, not judged: a machine that has other work to do makes any of them late.
        self.require(all(0 < drawn < 1e9 for _, drawn in paints), f"a month of history is drawn each time: {paints}")
        return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for screenshots")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with WatchServer(arguments.server, 200, 20, 31) as server, Browser(LOOPBACK) as browser:
        page = Page(browser, server, arguments.folder)
        browser.look(1400, 900)
        figures = page.run(page.measure) or {}
        for check in (page.check_overview, page.check_problem, page.check_cell, page.check_matrix, page.check_parity_by_keyboard,
                      page.check_skip_link, page.check_time_line, page.check_sharing):
            page.run(check)
            page.silent(check.__name__)
        page.run(page.check_looks)
        page.run(page.check_strangers_texts)
        page.run(page.check_lost_stream)
        figures["seconds until an event is shown"] = page.run(page.check_live) or 0
        page.silent("live")
        page.run(page.check_token, arguments.server)
        page.run(page.check_actions, arguments.server)
        browser.driver.get("about:blank")
    for name, figure in figures.items():
        print(f"{name}: {figure:.1f}")
    print(*page.failures, sep="\n")
    sys.exit(1 if page.failures else 0)


if __name__ == "__main__":
    main()
