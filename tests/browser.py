"""A Chromium, where one is installed."""

import fcntl
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

AXE = """axe.run(document, {resultTypes: ["violations"]}).then((result) => result.violations
  .map((it) => `${it.impact}, ${it.id}: ${it.nodes.slice(0, 3).map((n) => n.html).join()}`))"""

PATIENCE = 120
"""Seconds without a word after which a browser is given up."""


def browse(page: Path, *options: str) -> str:
    """Return the document that a page has become in a browser; skip the test without one."""
    command = [*_command(page.parent / "profile"), "--virtual-time-budget=3000", *options]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def _command(profile: Path) -> list[str]:
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    chromium = next(filter(None, found), None)
    if chromium is None:
        pytest.skip("no Chromium is installed")
    return [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        f"--user-data-dir={profile}",
    ]


class Browser:
    """A page in a browser, pointed at and typed into as a person would.

    It speaks the DevTools protocol over a pipe: nothing listens, and only Chromium is needed.
    """

    def __init__(self, profile: Path, *, width: int = 1300, height: int = 900) -> None:
        self.asked: list[str] = []
        """Every address that the page asked for."""
        self.complaints: list[str] = []
        """What its scripts threw, and what its policy refused."""
        self._loaded = False
        self._number = 0
        self._session = ""
        self._rest = b""
        command = [*_command(profile), f"--window-size={width},{height}", "--remote-debugging-pipe"]
        (read, self._write), (self._read, write) = os.pipe(), os.pipe()
        self._process = subprocess.Popen(
            command,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: _place(read, write),
            close_fds=False,
        )
        os.close(read)
        os.close(write)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, page: Path) -> None:
        """Load a page and wait until it is there."""
        self._loaded = False
        self._call("Page.navigate", url=page.as_uri())
        while not self._loaded:
            self._take(self._next())

    def run(self, code: str) -> Any:
        """Return what an expression of JavaScript gives, as JSON."""
        answer = self._call(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def texts(self, selector: str) -> list[str]:
        """Return what each element that can be seen says."""
        found: list[str] = self.run(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter((it) => it.checkVisibility()).map((it) => it.textContent.trim())"
        )
        return found

    def hindrances(self) -> list[str]:
        """Return what axe-core finds that keeps somebody from reading the page."""
        axe = pytest.importorskip("axe_core_python")
        self.run((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8") + ";0")
        found: list[str] = self.run(AXE)
        return found

    def point(self, selector: str) -> None:
        """Bring an element into view and move the pointer to its middle."""
        self._at = self.run(
            f"""(() => {{
                const it = document.querySelector({json.dumps(selector)});
                it.scrollIntoView({{block: "center", inline: "center"}});
                const box = it.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        self._mouse("mouseMoved")
        self._settle()

    def click(self, selector: str) -> None:
        """Click on an element."""
        self.point(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self._mouse(kind, button="left", clickCount=1)
        self._settle()

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self._call("Input.insertText", text=text)
        self._settle()

    def press(self, key: str) -> None:
        """Press a key, such as Tab or Enter."""
        code = {"Tab": 9, "Enter": 13}[key]
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self._call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **(more if kind == "keyDown" else {}),
            )

    def emulate(self, **features: str) -> None:
        """Set what a style sheet asks of its reader, such as the colour scheme."""
        listed = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self._call("Emulation.setEmulatedMedia", features=listed)

    def resize(self, width: int, height: int) -> None:
        """Set the size of the window."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait(PATIENCE)
        os.close(self._write)
        os.close(self._read)

    def _settle(self) -> None:
        """Wait until the page has answered: some events come after the one that makes them."""
        self.run(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame("
            "() => setTimeout(done, 100))))"
        )

    def _mouse(self, kind: str, **more: Any) -> None:
        self._call("Input.dispatchMouseEvent", type=kind, x=self._at[0], y=self._at[1], **more)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._take(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, *_ = select.select([self._read], [], [], PATIENCE)
            assert ready, "the browser says nothing"
            more = os.read(self._read, 1 << 16)
            assert more, "the browser has gone"
            self._rest += more
        whole, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(whole)
        return message

    def _take(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.asked.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(params["exceptionDetails"]))
            case "Log.entryAdded":
                self.complaints.append(params["entry"]["text"])


def _place(read: int, write: int) -> None:
    """Put the pipes where Chromium looks for them."""
    high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read, write)]
    for end, number in zip(high, (3, 4), strict=True):
        os.dup2(end, number)


@contextmanager
def browsing(page: str, folder: Path) -> Iterator[Browser]:
    """Open a page; it is as it should be if it asked for nothing and threw nothing."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    browser = Browser(folder / "profile")
    try:
        browser.open(path)
        yield browser
        assert browser.asked == [path.as_uri()]
        assert browser.complaints == []
    finally:
        browser.close()


READERS = (("light", 1300), ("dark", 360))
"""Colours and pixels: a screen by day and a phone by night."""


def hindrances_everywhere(browser: Browser) -> list[str]:
    """Return what is in the way of one of the readers when all is opened."""
    browser.run("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
    found = []
    for scheme, width in READERS:
        browser.emulate(prefers_color_scheme=scheme)
        browser.resize(width, 900)
        found += [f"{scheme}, {width}: {each}" for each in browser.hindrances()]
        if browser.run("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width}: the page scrolls sideways")
    return found
