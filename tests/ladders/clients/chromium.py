"""Debian's Chromium, headless, told what to do by chromedriver.

It has a home of its own, where an NSS database holds the lab's authority and the client's certificate, and policies of its own
(mounted over /etc/chromium for this test alone) that turn off DNS over HTTPS and choose that certificate where one is asked for."""
import json
import os
import shutil
import subprocess
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.remote_connection import RemoteConnection

import own_network
from certificates import make_nss_database
from clients import page_script

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
         # It would take the lab for a more private network than its page's.
         "--disable-features=LocalNetworkAccessChecks"]
FORGET_TRIES = 50
PAGE_LIMIT, SCRIPT_LIMIT, ANSWER_LIMIT = 30, 15, 90  # seconds; the last for whatever chromedriver is asked, its start of Chromium too
POLICIES = {"AutoSelectCertificateForUrls": [json.dumps({"pattern": "https://[*.]lab.test", "filter": {}})],
            "DnsOverHttpsMode": "off", "BuiltInDnsClientEnabled": True, "SafeBrowsingProtectionLevel": 0, "NetworkPredictionOptions": 2, "SearchSuggestEnabled": False}


class Chromium:
    name = "chromium"
    profiles = ("chromium-h2",)
    interactive = True
    speaks_h1 = True

    def __init__(self, lab):
        self.lab = lab

    def version(self):
        return subprocess.run(["chromium", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]

    def __enter__(self):
        home = tempfile.mkdtemp(prefix="chromium-", dir=self.lab.folder)  # each run has a new one: nothing is left of the last
        make_nss_database(os.path.join(home, ".pki", "nssdb"), self.lab.authority, self.lab.client_pem)
        settings = os.path.join(home, "etc")
        shutil.copytree("/etc/chromium", settings)  # of a further run, that of the last
        os.makedirs(os.path.join(settings, "policies", "managed"), exist_ok=True)
        with open(os.path.join(settings, "policies", "managed", "lab.json"), "w", encoding="ascii") as out:
            json.dump(POLICIES, out)
        own_network.mount_over("/etc/chromium", settings)
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*FLAGS, f"--user-data-dir={home}/profile"]:
            options.add_argument(flag)
        if self.lab.netlog:
            options.add_argument("--log-net-log=" + self.lab.netlog)
        environment = {**os.environ, "HOME": home}
        RemoteConnection.set_timeout(ANSWER_LIMIT)
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver", env=environment), options=options)
        self.driver.set_page_load_timeout(PAGE_LIMIT)
        self.driver.set_script_timeout(SCRIPT_LIMIT)
        self.driver.get(self.lab.page)
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def begin_scenario(self, scenario, _profile):
        # As a person who clicks the warning away; it holds for the names of this scenario only because no other has bad certificates.
        self.driver.execute_cdp_cmd("Security.setIgnoreCertificateErrors", {"ignore": scenario.overridden})

    def send(self, request):
        return self.driver.execute_async_script(page_script.SEND, request.description)

    def finish(self, request):
        return self.driver.execute_async_script(page_script.FINISH, request.id)

    def forget_dns(self):
        """Its DNS answers last for a minute at least; this page has the one button that drops them, and connections stay. When they
        are gone it does not say: a name that it knew is then asked for again."""
        self.driver.execute_async_script(page_script.TRY, self.lab.closed)
        known = self.lab.asked_for_closed()
        page = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        self.driver.get("chrome://net-internals/#dns")
        self.driver.execute_script("document.getElementById('dns-view-clear-cache').click()")
        self.driver.switch_to.window(page)
        for _ in range(FORGET_TRIES):
            self.driver.execute_async_script(page_script.TRY, self.lab.closed)
            if self.lab.asked_for_closed() > known:
                return
        raise RuntimeError("Chromium did not forget its DNS answers")
