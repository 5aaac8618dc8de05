"""What comes to the lab when a reaper was killed and could not end what it had below it."""

from __future__ import annotations

import contextlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.parent_death import adopt_orphans
from asgi_vs_wsgi.server_targets.processes.process_table import ProcessEntry, below, lists_children
from asgi_vs_wsgi.server_targets.processes.termination import end_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

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
