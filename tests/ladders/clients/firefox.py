"""Debian's Firefox, headless, told what to do by Marionette, with a profile of its own that trusts the lab's authority."""
import json
import os
import subprocess
import tempfile
import time

from certificates import make_nss_database
from clients import page_script
from clients.marionette import Marionette

AGGRESSIVE = "network.http.http2.aggressive_coalescing"
START_LIMIT, STOP_LIMIT, ANSWER_LIMIT = 60, 20, 40  # seconds; the last is longer than what it gives a page to load
PREFERENCES = {
    # Nothing of its own accord.
    "app.update.enabled": False, "app.normandy.enabled": False, "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False, "browser.search.update": False, "browser.newtabpage.enabled": False,
    "browser.startup.page": 0, "browser.startup.homepage": "about:blank", "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.healthreport.uploadEnabled": False, "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "services.settings.server": "data:,", "toolkit.telemetry.server": "",
    "toolkit.telemetry.enabled": False, "media.gmp-manager.updateEnabled": False, "dom.push.connection.enabled": False,
    # One look-up by the system's resolver, one connection for one request.
    "network.trr.mode": 5, "network.dns.disablePrefetch": True, "network.prefetch-next": False, "network.predictor.enabled": False,
    "network.http.speculative-parallel-limit": 0, "network.http.connection-retry-timeout": 0,
    "network.manage-offline-status": False, "network.proxy.type": 0, "browser.link.open_newwindow": 1,
    # Its own names for what the scenarios want.
    "security.default_personal_cert": "Select Automatically", "security.OCSP.enabled": 0, "dom.security.https_first": False,
    "security.enterprise_roots.enabled": False,
}


class Firefox:
    name = "firefox"
    profiles = ("firefox-h2",)
    interactive = True
    speaks_h1 = True

    def __init__(self, lab):
        self.lab = lab
        self.process = self.marionette = None

    def version(self):
        return subprocess.run(["firefox-esr", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]

    def __enter__(self):
        home = tempfile.mkdtemp(prefix="firefox-", dir=self.lab.folder)  # each run has a new one: nothing is left of the last
        profile = os.path.join(home, "profile")
        make_nss_database(profile, self.lab.authority, self.lab.client_pem)
        with open(os.path.join(profile, "user.js"), "w", encoding="ascii") as out:
            for name, value in PREFERENCES.items():
                out.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
            out.write('user_pref("marionette.port", 0);\n')
        environment = {**os.environ, "HOME": home, "MOZ_CRASHREPORTER_DISABLE": "1"}
        self.log = open(os.path.join(home, "firefox.log"), "wb")  # pylint: disable=consider-using-with # closed at the end
        self.process = subprocess.Popen(["firefox-esr", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
                                         "--profile", profile], env=environment, stdout=self.log, stderr=self.log)
        try:
            self.marionette = Marionette(self._port(os.path.join(profile, "MarionetteActivePort")), START_LIMIT, ANSWER_LIMIT)
            self.marionette.call("WebDriver:SetTimeouts", {"script": 15000, "pageLoad": 30000})
            self.marionette.call("WebDriver:Navigate", {"url": self.lab.page})
        except BaseException:
            self.__exit__()
            raise
        return self

    def _port(self, path):
        end = time.monotonic() + START_LIMIT
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with open(path, encoding="ascii") as written:
                    text = written.read().strip()
                    if text:
                        return int(text)
            except FileNotFoundError:
                pass
            time.sleep(0.05)
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            raise RuntimeError("Firefox did not open its Marionette port:\n" + log.read())

    def __exit__(self, *_):
        if self.marionette:
            try:
                self.marionette.call("Marionette:Quit", {"flags": ["eForceQuit"]})
            except Exception:  # pylint: disable=broad-except # it is ended below in any case
                pass
            self.marionette.close()
        try:
            self.process.wait(STOP_LIMIT if self.marionette else 0.1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def begin_scenario(self, scenario, profile):
        self.marionette.run_privileged("Services.prefs.setBoolPref(arguments[0], arguments[1]);", AGGRESSIVE,
                                       profile == "firefox-h2-aggressive")
        self.marionette.run_privileged(
            "Cc['@mozilla.org/security/certoverride;1'].getService(Ci.nsICertOverrideService)"
            ".setDisableAllSecurityChecksAndLetAttackersInterceptMyData(arguments[0]);", scenario.overridden)

    def send(self, request):
        return self.marionette.run_async(page_script.SEND, request.description)

    def finish(self, request):
        return self.marionette.run_async(page_script.FINISH, request.id)

    def forget_dns(self):
        self.marionette.run_privileged("Services.dns.clearCache(true);")
