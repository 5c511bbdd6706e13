"""A headless Chromium that is told what to do by chromedriver, and answers what it did."""
import base64
import json
import struct
import tempfile
import zlib

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
         "--force-color-profile=srgb",
         "--disable-background-networking", "--disable-component-update"]
# Whatever asks for a name gets nothing: no test reaches the network.
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND"
# Loopback is where the page is; anything else still leads nowhere.
LOOPBACK = NOWHERE + ", EXCLUDE 127.0.0.1"


class Browser:
    def __init__(self, reach=NOWHERE):
        self.reach = reach

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="astray-browser-")
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*FLAGS, self.reach, f"--user-data-dir={self.profile.name}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(30)
        # Chromium's own first page asks for its parts; they are not the page's.
        self.driver.get("about:blank")
        self.requests()
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self.profile.cleanup()

    def look(self, width, height, scheme="light", media=""):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, path):
        self.driver.get(path.as_uri())

    def js(self, script, *arguments):
        return self.driver.execute_script("return " + script, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def requests(self):
        """Addresses of everything that was asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def screenshot(self, path, clip=None):
        parameters = {"format": "png"}
        if clip is not None:
            parameters["clip"] = {**clip, "scale": 1}
        png = base64.b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", parameters)["data"])
        path.write_bytes(png)
        return png


def pixels(png):
    """Rows of (r, g, b) of an 8-bit PNG without interlace (ISO 15948 §9.2 for the filters)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and kind in (2, 6), (depth, kind)
    size = 3 if kind == 2 else 4
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at:at + 8])
        if name == b"IDAT":
            data += png[at + 8:at + 8 + length]
        at += 12 + length
    raw, rows, before = zlib.decompress(data), [], bytearray(width * size)
    for y in range(height):
        start = y * (width * size + 1)
        method, line = raw[start], bytearray(raw[start + 1:start + 1 + width * size])
        for x, value in enumerate(line):
            left = line[x - size] if x >= size else 0
            up = before[x]
            corner = before[x - size] if x >= size else 0
            if method == 1:
                value += left
            elif method == 2:
                value += up
            elif method == 3:
                value += (left + up) // 2
            elif method == 4:
                guess = left + up - corner
                value += min((left, up, corner), key=lambda near: abs(guess - near))
            line[x] = value & 255
        rows.append([tuple(line[x:x + 3]) for x in range(0, width * size, size)])
        before = line
    return rows
