"""A real Chromium without a window, spoken to through two pipes: no port is opened, and it ends when we do."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE_S = 30.0


def browser_path() -> str | None:
    """None where there is no browser."""
    return os.environ.get("ASGI_VS_WSGI_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


class BrowserTab:
    """One tab; `events` are all that it has told, in order."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """What comes back."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        found: dict[str, Any] = answer["result"]
        return found

    def _next(self) -> dict[str, Any]:
        until_s = time.monotonic() + PATIENCE_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._receive], [], [], max(0.0, until_s - time.monotonic()))
            assert ready, "the browser says nothing any more"
            read = os.read(self._receive, 1 << 20)
            assert read, "the browser is gone"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told

    def run(self, script: str) -> Any:
        """What a script comes to."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, script: str) -> Any:
        """The same, asked until it comes to something."""
        until_s = time.monotonic() + PATIENCE_S
        while not (found := self.run(script)):
            assert time.monotonic() < until_s, script
        return found

    def open(self, url: str, until: str, *, width: int, height: int, theme: str) -> None:
        """Without a network, in a window of that size, until a script comes to something."""
        self.events.clear()
        self.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.call("Page.navigate", url=url)
        self.until(until)

    def told(self, *methods: str) -> list[dict[str, Any]]:
        """The parameters of these events."""
        return [event["params"] for event in self.events if event.get("method") in methods]


@contextmanager
def browser_tab(folder: Path) -> Iterator[BrowserTab]:
    """With a profile of its own in the folder."""
    path = browser_path()
    assert path
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    flags = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-extensions"]
    flags += ["--host-resolver-rules=MAP * ~NOTFOUND"] + ["--no-sandbox"] * (os.geteuid() == 0)
    hand_over = f"import os, sys; os.dup2({to_read}, 3); os.dup2({from_write}, 4); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-IS", "-c", hand_over, path, *flags, "about:blank"],
        pass_fds=(to_read, from_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield BrowserTab(to_write, from_read)
    finally:
        os.close(to_write)  # it ends when nobody speaks to it any more
        _end(process.wait, process.kill)
        os.close(from_read)


def _end(wait: Callable[..., int], kill: Callable[[], None]) -> None:
    try:
        wait(timeout=10)
    except subprocess.TimeoutExpired:
        kill()
        wait()
