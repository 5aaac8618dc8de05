"""A Chromium of this machine without a window, spoken to through two pipes (the DevTools protocol).

us ── commands ──► descriptor 3 of Chromium      JSON, each message ends with a zero byte
us ◄── answers and events ── descriptor 4

No port is opened: one on loopback would hand the browser to every user of the machine. When we end, however we end,
Chromium reads an end of file and ends too. Its profile lies in the run's folder and goes with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed
from asgi_vs_wsgi.scenarios.run.machine_load import tree_cpu_ns
from asgi_vs_wsgi.server_targets.processes.process_table import ProcessEntry, read_entry, read_table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

Message = dict[str, Any]

VARIABLE = "ASGI_VS_WSGI_BROWSER"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge",
    "brave-browser",
)
HOW_TO_GET = f"Debian and Ubuntu: apt install chromium; or name one in {VARIABLE}"
OLDEST = 115
"""Chromium's version: from here on its new headless mode is the whole browser, and paints as one with a window does."""
START_LIMIT_S = 30.0
ANSWER_LIMIT_S = 30.0
"""For what a browser that is well answers at once, on a machine that is busy."""
END_LIMIT_S = 3.0
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # it calls nobody
)
_HAND_OVER = "import os, sys; os.dup2({0}, 3); os.dup2({1}, 4); os.execv(sys.argv[1], sys.argv[1:])"
"""Not by a shell's `3<&11`: dash knows descriptors of one digit only."""
_LONGEST_PROFILE = 107 - len("/org.chromium.Chromium.123456/SingletonSocket")
"""It keeps a socket in its TMPDIR, which stays behind when it is killed, and has an address of 107 bytes at most."""
_PRODUCT = re.compile(r"([A-Za-z ]+)/(\d+)")


def find_browser() -> str:
    """The path of a Chromium; BadInput where there is none."""
    if named := os.environ.get(VARIABLE):
        path = shutil.which(named)
        if path is None:
            raise BadInput(f"{VARIABLE}: there is no program {named}", hint="the path of a Chromium or Chrome")
        return path
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise BadInput(f"no Chromium found (looked for {', '.join(NAMES)})", hint=HOW_TO_GET)
    return found


class Chromium:
    """A started browser. Everything is called from one event loop."""

    product = ""
    """`Chrome/150.0.7871.100`, as it says itself."""

    def __init__(self, process: subprocess.Popen[bytes], send_fd: int, receive_fd: int) -> None:
        self._process, self._send_fd, self._receive_fd = process, send_fd, receive_fd
        self._rest = bytearray()
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._listeners: list[Callable[[Message], None]] = []
        self._gone = False
        self._on_gone: list[Callable[[], None]] = []
        asyncio.get_running_loop().add_reader(receive_fd, self._read)

    @property
    def pid(self) -> int:
        """Of its first process, which leads the group of all."""
        return self._process.pid

    def cpu_ns(self) -> int:
        """The processor time of all its processes that live."""
        return tree_cpu_ns(self.pid)

    def _read(self) -> None:
        try:
            data = os.read(self._receive_fd, 1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        self._rest += data
        if b"\0" not in data:
            return
        *messages, rest = self._rest.split(b"\0")
        self._rest = bytearray(rest)
        for text in messages:
            try:
                message = json.loads(text)
            except ValueError:  # whatever it is, it is no Chromium
                self._lose()
                return
            self._take(message)

    def _take(self, message: Message) -> None:
        if "id" in message:
            answer = self._waiting.pop(message["id"], None)
            if answer and not answer.done():
                answer.set_result(message)
            return
        for listener in [*self._listeners]:
            listener(message)

    def _lose(self) -> None:
        asyncio.get_running_loop().remove_reader(self._receive_fd)
        self._gone = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ended_by_itself())
        self._waiting.clear()
        for tell in [*self._on_gone]:
            tell()

    @contextlib.contextmanager
    def listening(self, listener: Callable[[Message], None], on_gone: Callable[[], None]) -> Any:
        """To its events, and to its end."""
        self._listeners.append(listener)
        self._on_gone.append(on_gone)
        try:
            yield
        finally:
            self._listeners.remove(listener)
            self._on_gone.remove(on_gone)

    async def call(self, method: str, session: str = "", **parameters: Any) -> Message:
        """What it answers; RunFailed where it refuses, says nothing, or is gone."""
        answer = self.post(method, session, **parameters)
        try:
            with anyio.fail_after(ANSWER_LIMIT_S):
                message = await answer
        except TimeoutError:
            raise unanswered(method) from None
        if "error" in message:
            raise RunFailed(f"Chromium refuses {method}: {message['error'].get('message', '')}")
        result: Message = message["result"]
        return result

    def post(self, method: str, session: str = "", **parameters: Any) -> asyncio.Future[Message]:
        """The same without waiting for its answer."""
        self._number += 1
        if self._gone:
            raise ended_by_itself()
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        self._waiting[self._number] = answer
        message: Message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        try:
            left = memoryview(json.dumps(message).encode() + b"\0")
            while left:
                left = left[os.write(self._send_fd, left) :]
        except OSError:
            self._waiting.pop(self._number, None)
            raise ended_by_itself() from None
        return answer

    async def close(self) -> None:
        """End it and all its processes, and wait until they are gone."""
        with anyio.CancelScope(shield=True):
            if not self._gone:
                with contextlib.suppress(RunFailed), anyio.move_on_after(END_LIMIT_S):
                    await self.post("Browser.close")
            asyncio.get_running_loop().remove_reader(self._receive_fd)
            os.close(self._send_fd)
            with anyio.move_on_after(END_LIMIT_S):
                while self._process.poll() is None:
                    await anyio.sleep(0.01)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                # The group has its leader's pid, which nobody is given anew while one of them lives.
                os.killpg(self._process.pid, signal.SIGKILL)
            left = _running_in_group(self._process.pid)  # nobody joins it any more: who has the signal forks no more
            with anyio.move_on_after(END_LIMIT_S):
                while left := [*filter(_still_runs, left)]:  # a signal is sent at once, and obeyed when its turn comes
                    await anyio.sleep(0.01)
            self._process.wait()
            os.close(self._receive_fd)


def _running_in_group(leader: int) -> list[ProcessEntry]:
    """Those that have not ended; their parent may be anybody by now, and never ask for them. Reads all of /proc."""
    found = []
    for entry in read_table().values():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if entry.running and os.getpgid(entry.pid) == leader:
                found.append(entry)
    return found


def _still_runs(before: ProcessEntry) -> bool:
    now = read_entry(before.pid)
    return now is not None and now.running and now.started == before.started


def _seen(answer: asyncio.Future[Message]) -> None:
    """Nobody need wait for it any more when the browser goes: asyncio would write a traceback of what nobody saw."""
    if not answer.cancelled():
        answer.exception()


def unanswered(method: str) -> RunFailed:
    """Where it lives and says nothing."""
    return RunFailed(f"Chromium did not answer {method} within {ANSWER_LIMIT_S:.0f} s", hint="run it again")


def ended_by_itself() -> RunFailed:
    """Where it crashed or was ended by somebody else."""
    return RunFailed("Chromium ended by itself", hint="run it again; `chromium --headless=new about:blank` tells more")


@asynccontextmanager
async def started_chromium(path: str, folder: Path) -> AsyncIterator[Chromium]:
    """With a new profile in `folder`; whatever happens inside, all its processes and files are gone afterwards.

    RunFailed where it does not start, or is too old.
    """
    browser = _start(path, folder / "profile")
    try:
        with anyio.move_on_after(START_LIMIT_S) as limit:
            try:
                browser.product = (await browser.call("Browser.getVersion"))["product"]
            except RunFailed:
                raise RunFailed(f"{path} did not start: it is no Chromium, or too old", hint=HOW_TO_GET) from None
        if limit.cancelled_caught:
            raise RunFailed(f"{path} said nothing within {START_LIMIT_S:.0f} s", hint=HOW_TO_GET)
        found = _PRODUCT.search(browser.product)
        if found is None or int(found[2]) < OLDEST:
            raise RunFailed(f"{path} is too old ({browser.product}): {OLDEST} or newer is needed", hint=HOW_TO_GET)
        yield browser
    finally:
        await browser.close()
        shutil.rmtree(folder / "profile", ignore_errors=True)


def _start(path: str, profile: Path) -> Chromium:
    flags = [*FLAGS, f"--user-data-dir={profile}"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # it refuses to start as root with one: containers, CI
    profile.mkdir(exist_ok=True)
    with contextlib.ExitStack() as ours, contextlib.ExitStack() as its:
        try:
            to_read, to_write = _pipe(read_end=its, write_end=ours)
            from_read, from_write = _pipe(read_end=ours, write_end=its)
            os.set_blocking(from_read, False)
            process = subprocess.Popen(
                [sys.executable, "-IS", "-c", _HAND_OVER.format(to_read, from_write), path, *flags, "about:blank"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(to_read, from_write),
                env=os.environ | ({"TMPDIR": str(profile)} if len(os.fsencode(profile)) <= _LONGEST_PROFILE else {}),
                start_new_session=True,  # a group of its own, ended as one; the terminal's Ctrl+C is for us
            )
        except OSError as error:
            raise RunFailed(f"{path} could not be started: {error.strerror}", hint=HOW_TO_GET) from None
        browser = Chromium(process, to_write, from_read)
        ours.pop_all()  # from now on it closes them
        return browser


def _pipe(read_end: contextlib.ExitStack, write_end: contextlib.ExitStack) -> tuple[int, int]:
    """Each end is closed with what it belongs to."""
    read, write = os.pipe()
    read_end.callback(os.close, read)
    write_end.callback(os.close, write)
    return read, write
