"""Ends processes that may fork, change their session and ignore signals meanwhile, until none of them is left.

What comes to the lab when a reaper was killed and could not end what it had below it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from asgi_vs_wsgi.server_targets.probe.parent_death import adopt_orphans
from asgi_vs_wsgi.server_targets.processes.process_handle import ProcessHandle
from asgi_vs_wsgi.server_targets.processes.process_table import ProcessEntry, below, command_line, lists_children

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


POLL_S = 0.002


TRACKER = b"multiprocessing.resource_tracker"
"""Python's own helper of multiprocessing: it ends when all that use it have, and then frees what they left."""


TRACKER_GRACE_S = 0.25
"""How long multiprocessing's resource trackers may take to end by themselves, once nobody uses them any more."""


class Find(Protocol):
    """Tells what is to be ended now."""

    def __call__(self, *, thorough: bool) -> Collection[ProcessEntry]:
        """`thorough`: surely all, however long that takes."""


def end_all(find: Find, reap: Callable[[], None], within_s: float) -> list[ProcessEntry]:
    """SIGKILL whatever `find` returns, again until it returns nothing or the time is over.

    Returns those that were ended; not Python's resource trackers, and not what was ending by itself. `reap` is called
    on the way: what has ended and is our child is found as long as nobody has waited for it.
    """
    ended: dict[tuple[int, int], ProcessEntry] = {}
    trackers: set[tuple[int, int]] = set()
    refused: set[int] = set()
    deadline_s = time.monotonic() + within_s
    grace_s = 0.0
    thorough = False
    while True:
        reap()
        running = [entry for entry in find(thorough=thorough) if entry.running and entry.pid not in refused]
        now_s = time.monotonic()
        if thorough and not running:
            return list(ended.values())
        thorough = not running
        lines = {entry.pid: command_line(entry.pid) for entry in running}
        trackers |= {(entry.pid, entry.started) for entry in running if TRACKER in lines[entry.pid]}
        others = [entry for entry in running if (entry.pid, entry.started) not in trackers]
        if others:
            grace_s = now_s + TRACKER_GRACE_S
        for entry in others or (running if now_s > grace_s else ()):
            try:
                if _kill(entry) and entry in others and lines[entry.pid]:
                    ended[entry.pid, entry.started] = entry
            except PermissionError:
                refused.add(entry.pid)
        if running and now_s > deadline_s:  # whatever was found has had its signal
            return list(ended.values())
        if running:
            time.sleep(POLL_S)


def _kill(entry: ProcessEntry) -> bool:
    """The process of this entry, and not one that has its pid by now."""
    try:
        handle = ProcessHandle(entry.pid)
    except ProcessLookupError:
        return False
    try:
        return handle.started == entry.started and handle.send(signal.SIGKILL)
    finally:
        handle.close()


WITHIN_S = 0.5


class Orphans:
    """The children of this process that it has not started, with all below them."""

    def __init__(self, started: Callable[[], Collection[int]]) -> None:
        """`started`: the pids of what this process has started itself since now."""
        self._started = started
        self._ended: set[int] = set()
        self._before = {(entry.pid, entry.started) for entry in self._below(thorough=True)}

    def end(self) -> None:
        """End them all."""
        end_all(self._find, self._reap, WITHIN_S)

    def _below(self, *, thorough: bool) -> list[ProcessEntry]:
        """Mostly there is none, and then all of /proc is not read to be sure of it."""
        return below(os.getpid(), thorough=thorough and (bool(self._ended) or not lists_children()))

    def _find(self, *, thorough: bool) -> list[ProcessEntry]:
        """Adopted children and all below them; what this process has started, and all below that, is left alone."""
        left_alone = set(self._started())
        found: list[ProcessEntry] = []
        for entry in self._below(thorough=thorough):  # parents come before their children
            if entry.pid in left_alone or entry.parent in left_alone or (entry.pid, entry.started) in self._before:
                left_alone.add(entry.pid)
            else:
                found.append(entry)
        self._ended |= {entry.pid for entry in found if entry.parent == os.getpid()}
        return found

    def _reap(self) -> None:
        for pid in list(self._ended):
            with contextlib.suppress(ChildProcessError):
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            self._ended.discard(pid)


@contextmanager
def orphans_adopted(started: Callable[[], Collection[int]]) -> Iterator[Orphans]:
    """While it lasts, orphans of what this process starts become its own children; none is left afterwards."""
    orphans = Orphans(started)
    adopt_orphans()
    try:
        yield orphans
    finally:
        orphans.end()
        adopt_orphans(adopt=False)
