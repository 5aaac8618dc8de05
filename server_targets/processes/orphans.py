"""What comes to the lab when a reaper was killed and could not end what it had below it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from server_targets.probe.lifetime import adopt_orphans
from server_targets.processes.ending import end_all
from server_targets.processes.process_table import ProcessEntry, descendants, read_table

WITHIN_S = 0.5


class Orphans:
    """The children of this process that it has not started, with all below them."""

    def __init__(self, started: Callable[[], Collection[int]]) -> None:
        """`started`: the pids of what this process has started itself since now."""
        self._started = started
        self._before = {(entry.pid, entry.started) for entry in _children()}

    def end(self) -> None:
        """End them all."""
        end_all(self._find, self._reap, WITHIN_S)

    def _ours_now(self) -> list[ProcessEntry]:
        started = self._started()
        return [e for e in _children() if e.pid not in started and (e.pid, e.started) not in self._before]

    def _find(self) -> list[ProcessEntry]:
        adopted = self._ours_now()
        return [*adopted, *descendants([entry.pid for entry in adopted], read_table())] if adopted else []

    def _reap(self) -> None:
        for entry in self._ours_now():
            if not entry.running:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(entry.pid, os.WNOHANG)


def _children() -> list[ProcessEntry]:
    ours = os.getpid()
    return [entry for entry in read_table().values() if entry.parent == ours]


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
