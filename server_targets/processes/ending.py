"""Ends processes that may fork, change their session and ignore signals meanwhile, until none of them is left."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Collection

from server_targets.processes.handle import ProcessHandle
from server_targets.processes.process_table import ProcessEntry, is_resource_tracker

POLL_S = 0.002
TRACKER_GRACE_S = 0.25
"""How long multiprocessing's resource trackers may take to end by themselves, once nobody uses them any more."""


def end_all(
    find: Callable[[], Collection[ProcessEntry]], reap: Callable[[], None], within_s: float
) -> list[ProcessEntry]:
    """SIGKILL whatever `find` returns, again until it returns nothing or the time is over.

    Returns those that were ended, without Python's resource trackers, which end by themselves. `reap` is called on
    the way: what has ended and is our child stays in `find`'s table until it is waited for.
    """
    ended: dict[tuple[int, int], ProcessEntry] = {}
    refused: set[int] = set()
    now_s = time.monotonic()
    deadline_s, grace_s = now_s + within_s, 0.0
    while True:
        reap()
        running = [entry for entry in find() if entry.running and entry.pid not in refused]
        trackers = [entry for entry in running if is_resource_tracker(entry.pid)]
        others = [entry for entry in running if entry not in trackers]
        now_s = time.monotonic()
        if others:
            grace_s = now_s + TRACKER_GRACE_S
        if not running or now_s > deadline_s:
            return list(ended.values())
        for entry in others or (trackers if now_s > grace_s else ()):
            try:
                if _kill(entry) and entry not in trackers:
                    ended[entry.pid, entry.started] = entry
            except PermissionError:
                refused.add(entry.pid)
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
