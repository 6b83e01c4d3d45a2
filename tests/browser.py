"""A headless browser for tests: Chromium, driven by its DevTools protocol over a pipe; nothing but the browser is needed."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--force-device-scale-factor=1",
)  # fmt: skip
SECONDS = 180
_LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(word), fcntl.F_DUPFD_CLOEXEC, 10) for word in sys.argv[1:3]]
for number, end in zip((3, 4), ends):  # where the browser looks for its pipes
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


def executable() -> str | None:
    """The browser of this machine: that of the variable CHROMIUM, or by its usual names; None if there is none."""
    return os.environ.get("CHROMIUM") or next(
        (found for name in NAMES if (found := shutil.which(name))), None
    )


@contextlib.contextmanager
def browser(folder: Path, *, width: int = 1200, height: int = 900) -> Iterator[Tab]:
    """A browser with one empty tab, its profile in `folder`; it ends with the block."""
    read_end, to_browser = os.pipe()
    from_browser, write_end = os.pipe()
    command = [
        sys.executable,
        "-c",
        _LAUNCH,
        str(read_end),
        str(write_end),
        str(executable()),
        *OPTIONS,
    ]
    command += [
        "--remote-debugging-pipe",
        f"--user-data-dir={folder}",
        f"--window-size={width},{height}",
        "about:blank",
    ]
    with open(folder / "chromium.log", "wb") as log:
        process = subprocess.Popen(
            command,
            pass_fds=(read_end, write_end),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    os.close(read_end)
    os.close(write_end)
    try:
        yield Tab(to_browser, from_browser, folder / "chromium.log")
    finally:
        os.close(to_browser)  # the browser ends when the pipe does
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(from_browser)


class Tab:
    """A page in the browser.

    Attributes
    ----------
    events
        Everything the browser has said without being asked: (method, parameters).
    """

    def __init__(self, write: int, read: int, log: Path):
        self.write, self.read, self.log = write, read, log
        self.buffer, self.number, self.session = b"", 0, ""
        self.events: list[tuple[str, dict]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict:
        """The browser's answer to a command."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self.number:
                assert "error" not in said, f"{method}: {said.get('error')}"
                return said["result"]

    def open(self, page: Path) -> None:
        """Show a file and wait until it has loaded."""
        known = len(self.events)
        self.ask("Page.navigate", url=page.resolve().as_uri())
        while "Page.loadEventFired" not in (method for method, _ in self.events[known:]):
            self._next()

    def value(self, script: str) -> Any:
        """Value of a JavaScript expression; promises are awaited, exceptions fail the test."""
        done = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """A mouse event at a place of the window: mouseMoved, mousePressed, mouseReleased, mouseWheel."""
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float, times: int = 1) -> None:
        """Clicks at a place of the window."""
        for n in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.mouse(kind, x, y, button="left", clickCount=n)

    def problems(self) -> list[dict]:
        """What went wrong on the page so far: exceptions, errors and warnings of the console and of the browser."""
        return [
            parameters
            for method, parameters in self.events
            if method == "Runtime.exceptionThrown"
            or (
                method == "Runtime.consoleAPICalled"
                and parameters["type"] in ("error", "warning", "assert")
            )
            or (method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"))
        ]

    def requests(self) -> list[str]:
        """Addresses that the page asked for, data inside the page left out."""
        asked = [
            p["request"]["url"]
            for method, p in self.events
            if method == "Network.requestWillBeSent"
        ]
        return [address for address in asked if not address.startswith("data:")]

    def _next(self) -> dict:
        """The next message; events are kept."""
        end = time.monotonic() + SECONDS
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read], [], [], max(end - time.monotonic(), 0))
            assert ready, f"the browser says nothing for {SECONDS} s\n{self._said()}"
            part = os.read(self.read, 1 << 16)
            assert part, f"the browser has ended\n{self._said()}"
            self.buffer += part
        text, _, self.buffer = self.buffer.partition(b"\0")
        said = json.loads(text)
        if "method" in said:
            self.events.append((said["method"], said["params"]))
        return said

    def _said(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]
