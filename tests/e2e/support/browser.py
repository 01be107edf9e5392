# SPDX-License-Identifier: Apache-2.0
"""A real browser, headless, spoken to over a pipe: no port, no driver, and nothing but Python's own library.

A page remembers whatever it complained of and whatever it asked for, from its first byte on.
"""
import json
import os
import pathlib
import select
import subprocess
import time
import unittest

from . import process

PROGRAM = pathlib.Path("/usr/bin/chromium-headless-shell")
SECONDS = 60  # more than any answer takes, also of a machine that is busy with other tests
_KEYS = {"Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowUp": 38, "ArrowDown": 40, "PageDown": 34, "Tab": 9}


def require():
    """Skips the test where there is no browser, but not where everything has to be tested."""
    if not PROGRAM.exists() and os.environ.get("CI") != "true":
        raise unittest.SkipTest(f"{PROGRAM} is not installed (scripts/bootstrap)")


class Browser:
    def __init__(self, folder):
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 "--disable-background-networking", "--disable-component-update", "--no-first-run", "--lang=en",
                 "--remote-debugging-pipe", f"--user-data-dir={folder}"]
        # It speaks on 3 and 4, which only a shell can promise.
        script = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self._popen = process.start(
            ["/bin/bash", "-c", script, "browser", PROGRAM, *flags], env=process.clean_environment(folder),
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._received = b""
        self._last_id = 0
        self._pages = {}

    def stop(self):
        self._popen.kill()
        self._popen.wait()
        os.close(self._in)
        os.close(self._out)

    def page(self, **options):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, **options)
        page.prepare()
        return page

    def call(self, method, session=None, **parameters):
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._out, rest):]
        while True:
            answer = self.receive(method)
            if answer.get("id") == self._last_id:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def receive(self, what):
        """The next message. Events go to the pages that they are about, too."""
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._in], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self._in, 1 << 20) if ready else b""
            if not piece:
                raise AssertionError(f"the browser {'ended' if ready else 'said nothing'} during {what}")
            self._received += piece
        message, _, self._received = self._received.partition(b"\0")
        message = json.loads(message)
        if message.get("sessionId") in self._pages and "method" in message:
            self._pages[message["sessionId"]].on_event(message["method"], message["params"])
        return message


class Page:
    def __init__(self, browser, session, width=1280, height=800, dark=False, script=True):
        self._browser = browser
        self._session = session
        self._shape = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._dark = dark
        self._script = script
        self._loaded = False
        self.complaints = []  # exceptions, console messages, violations of the page's policy
        self.requests = []  # URLs

    def prepare(self):
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", **self._shape)
        scheme = "dark" if self._dark else "light"
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not self._script)

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def on_event(self, name, about):
        if name == "Page.loadEventFired":
            self._loaded = True
        elif name == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif name in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Audits.issueAdded"):
            self.complaints.append(about)

    def open(self, path):
        self._loaded = False
        self.call("Page.navigate", url=path.as_uri())
        while not self._loaded:
            self._browser.receive(f"loading {path}")

    def evaluate(self, expression):
        """What JavaScript says of it; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def drawn(self):
        """Waits until what was done is to be seen."""
        self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent")

    def press(self, key, shift=False):
        about = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key], "modifiers": 8 if shift else 0}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **about, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)
        self.drawn()

    def type(self, text):
        """Where the focus is."""
        self.call("Input.insertText", text=text)
        self.drawn()
