"""The stream socket from a worker to the lab: one JSON object a line.

    {"loading": 0}                                                       the application is about to be loaded
    {"failed": "ImportError: no shop"}                                   why it was not
    {"hello": {"target": 0, "pid": 123, "ring": "/run/…/123.ring", "sampler": 125, "watcher": 126,
               "shows_calls": true, "reads_lines": true, "sees_awaits": true,
               "environment": {"python": "3.11.7", "gil": true, …}}}         ready
    {"location": [7, "views.py:12 page"]}                                a source line that records refer to
    {"location": [8, "models.py:7 load <- sqlite3/base.py:359 execute"]}  and the line of a library that waits for it
    {"location": [9, " <- django/http/response.py:154 close"]}           the same where no line is the user's
    {"failure": [3, "ValueError", "no number", "views.py:12 page"]}          an exception that records refer to
    {"followed": {"request": 7, "file": "/shop/views.py", "on_loop": [12], "elsewhere": []}}  lines that it reached
    {"followed": {"request": 7, "crossings": [[false, "shop.views.page", "views.py:9 page", ""]]}}  and where it crossed
    {"followed": {"request": 7, "whole": true, "traced": true}}          that was all of a visit that was followed
    {"timed": {"request": 7, "computes_ns": 900, "waits_ns": null}}      of a visit that was timed; null: not known
    {"leaving": true}                                                    the interpreter ends in order

The lab takes the end of file for the worker's end. A worker that cannot reach the lab has no business to live.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import original

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BESIDE = " <- "
"""Between a line of the user's and that of a library which waits for it, in the words of a location."""

LONGEST_WORDS = 1000
"""Letters of why a start has failed: the lab reads lines of a bounded length."""
LONGEST_ADDRESS = 107
"""Bytes of a Unix socket's path (unix(7))."""


@contextmanager
def socket_address(path: str) -> Iterator[str]:
    """`path` as the address of a Unix socket; a longer one than fits goes through its folder's descriptor."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield path
        return
    folder, name = os.path.split(path)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


class Channel:
    """One worker's line to the lab."""

    def __init__(self, path: str) -> None:
        self._pid = os.getpid()
        self._socket: socket.socket = original("socket", "socket")(socket.AF_UNIX, socket.SOCK_STREAM)
        with socket_address(path) as address:
            self._socket.connect(address)
        # A process that a view forks must not hold our end open: the lab would take a dead worker for a living one.
        os.register_at_fork(after_in_child=self._socket.close)
        self._lock = original("_thread", "allocate_lock")()
        """Threads tell of failures, and the sampler of lines."""

    def loading(self, target: int) -> None:
        """The application is about to be loaded: an end of file after this line alone is a failed start."""
        self._say({"loading": target})

    def failed(self, words: str) -> None:
        """Why there will be no hello."""
        self._say({"failed": _as_text(words[:LONGEST_WORDS])})

    def hello(
        self,
        target: int,
        ring: str | None = None,
        sampler: int | None = None,
        watcher: int | None = None,
        *,
        shows_calls: bool = True,
        reads_lines: bool = True,
        sees_awaits: bool = True,
        environment: dict[str, str | bool | None] | None = None,
    ) -> None:
        """The application is loaded; `ring` and `sampler` (a kernel thread id) are None where nothing is recorded.

        `watcher`: the same of the thread that looks for the sampler where that has to wait, None for none.
        `shows_calls`: the kernel shows in which system call a thread is. `reads_lines`: blame is recorded.
        `sees_awaits`: so is what suspended requests wait for. `environment`: the interpreter, and the versions of what
        serves (`probe.entry.worker_environment`).
        """
        words: dict[str, Any] = {"target": target, "pid": os.getpid(), "ring": ring}
        words |= {"sampler": sampler, "watcher": watcher}
        words |= {"shows_calls": shows_calls, "reads_lines": reads_lines, "sees_awaits": sees_awaits}
        self._say({"hello": words | {"environment": environment or {}}})

    def location(self, number: int, where: str) -> None:
        """What a location number stands for."""
        self._say({"location": [number, _as_text(where)]})

    def failure(self, number: int, exception: str, words: str, where: str) -> None:
        """What the number of a failure stands for: the exception's type, its words, and the source line."""
        self._say({"failure": [number, *map(_as_text, (exception, words, where))]})

    def followed(
        self,
        request: int,
        *,
        file: str = "",
        on_loop: Sequence[int] = (),
        elsewhere: Sequence[int] = (),
        crossings: Sequence[tuple[bool, str, str, str]] = (),
        whole: bool = False,
        traced: bool = True,
    ) -> None:
        """A part of what a visit did that was followed (hooks.line_tracer); `whole`: that was all.

        `on_loop` and `elsewhere` are lines of `file`; `crossings`: whether to a loop, the function that runs there, the
        user's line and the library's that asked for it. `traced`: whether all of its lines are among them.
        """
        told: dict[str, Any] = {"request": request}
        if file:
            told |= {"file": _as_text(file), "on_loop": list(on_loop), "elsewhere": list(elsewhere)}
        if crossings:
            told["crossings"] = [[to_loop, *map(_as_text, words)] for to_loop, *words in crossings]
        self._say({"followed": told | ({"whole": True, "traced": traced} if whole else {})})

    def timed(self, request: int, computes_ns: int, waits_ns: int | None) -> None:
        """What a visit did that was timed (hooks.visit_times)."""
        self._say({"timed": {"request": request, "computes_ns": computes_ns, "waits_ns": waits_ns}})

    def leaving(self) -> None:
        """The interpreter ends, which it does not where a signal ends the process. At exit nothing may fail."""
        if os.getpid() == self._pid:
            with suppress(OSError):
                self._say({"leaving": True})

    def _say(self, message: dict[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            self._socket.sendall(line)


def _as_text(words: str) -> str:
    """Names of files that are not UTF-8 hold what JSON cannot carry."""
    return words.encode(errors="backslashreplace").decode()
