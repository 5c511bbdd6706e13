#!/usr/bin/env python3
"""The operator's port over real sockets, and its page in a real Chromium: the two names of a refusal, what clients sent
as text, the keyboard, both colour schemes, no network beyond the port, and a change that shows by itself."""
import argparse
import http.client
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
try:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    sys.exit("this test needs the Debian packages chromium, chromium-driver and python3-selenium")

from chromium import LOOPBACK, Browser

MARKUP = '</script><b>"b.example'


class Check:
    def __init__(self, port):
        self.port = port
        self.failures = []

    def expect(self, got, wanted, what):
        if got != wanted:
            self.failures.append(f"{what}: got {got!r}, wanted {wanted!r}")

    def ask(self, method, path, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body

    def check_port(self):
        for path, status in {"/healthz": 200, "/readyz": 200, "/metrics": 200, "/nowhere": 404, "/admin/reload": 405}.items():
            self.expect(self.ask("GET", path)[0].status, status, path)
        self.expect(self.ask("GET", "/healthz", Host="evil.example")[0].status, 421, "a stranger's name")
        self.expect(self.ask("POST", "/admin/reload", Origin="http://evil.example")[0].status, 403, "a stranger's page")

    def check_page(self, browser):
        browser.look(1200, 900)
        browser.driver.get(f"http://127.0.0.1:{self.port}/admin")
        wait = WebDriverWait(browser.driver, 30)
        wait.until(lambda driver: "misdirected" in driver.find_element(By.ID, "headline").text)
        rows = browser.all("#refusals tbody tr")
        self.expect(len(rows), 2, "refusals")
        names = [cell.text for cell in rows[0].find_elements(By.CSS_SELECTOR, "td.name")]
        self.expect(names, ["a.example", MARKUP], "the two names")
        self.expect(len(browser.all("#refusals b")), 0, "markup that a client sent")
        self.expect("certificate-gap" in rows[0].text, True, "the reason")
        self.expect([cell.text for cell in browser.all("#pools tbody td")][:3], ["app", "192.0.2.1:80", "healthy"], "pools")
        self.expect("*.a.example" in browser.one("#virtual-hosts").text, True, "names of a virtual host")

        ActionChains(browser.driver).send_keys("/").send_keys("unowned").perform()
        self.expect(browser.driver.switch_to.active_element.get_attribute("id"), "filter", "the key /")
        self.expect(len(browser.all("#refusals tbody tr")), 1, "refusals that match")

        light = browser.js("getComputedStyle(document.body).backgroundColor")
        browser.look(1200, 900, scheme="dark")
        dark = browser.js("getComputedStyle(document.body).backgroundColor")
        self.expect((light, dark), ("rgb(251, 250, 247)", "rgb(20, 23, 27)"), "colours")
        browser.look(360, 700)
        self.expect(browser.js("document.documentElement.scrollWidth <= innerWidth"), True, "fits a phone")

        self.expect(self.ask("POST", "/admin/reload")[0].status, 200, "reload")
        self.expect(self.ask("GET", "/readyz")[0].status, 503, "readiness while draining")
        wait.until(lambda driver: "ending" in driver.find_element(By.ID, "headline").text)
        elsewhere = [url for url in browser.requests()
                     if not url.startswith((f"http://127.0.0.1:{self.port}/", "data:"))]
        self.expect(elsewhere, [], "requests to elsewhere")
        self.expect(browser.complaints(), [], "complaints of the browser, such as those of the policy")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for a screenshot")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen([arguments.server], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        check = Check(int(server.stdout.readline()))
        check.check_port()
        with Browser(LOOPBACK) as browser:
            check.check_page(browser)
            browser.look(1200, 900)
            browser.screenshot(arguments.folder / "admin.png")
        server.stdin.close()
        check.expect(server.wait(timeout=20), 0, "the end")
    print(*check.failures, sep="\n")
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
