"""Requests that take turns on one thread as greenlets (gevent): who is on it when, from greenlet's own trace.

All greenlets of a worker share a thread, so neither its clock nor its frames tell whose turn it is. greenlet calls
a trace function at every switch (`greenlet.settrace`), which makes a turn exact. A turn is recorded as a step of an
event loop is: the hub is the loop, and a request that is not on the thread has been set aside.
"""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.hooks.own_work import end_step

if TYPE_CHECKING:
    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder


class Greenlets:
    """The one thread of a worker, in place of the lanes that threads take."""

    def __init__(self, recorder: Recorder) -> None:
        import greenlet

        self._write = recorder.write
        self._thread = recorder.lanes.add_own_loop()
        self._current = greenlet.getcurrent
        self._requests: dict[Any, int] = {}
        greenlet.settrace(self._switched)

    def enter(self, request: int, since_ns: int) -> LaneSlot:
        """The running greenlet serves `request` from now on; its first turn begins."""
        self._requests[self._current()] = request
        self._thread.since_ns, self._thread.request = since_ns, request
        return self._thread

    def leave(self, slot: LaneSlot) -> None:
        """It is done, and its last turn over."""
        self._requests.pop(self._current(), None)
        self._end_turn()

    def _switched(self, event: str, greenlets: tuple[Any, Any]) -> None:
        if self._thread.request:
            self._end_turn()
        request = self._requests.get(greenlets[1])
        if request:
            self._thread.since_ns, self._thread.request = monotonic_ns(), request

    def _end_turn(self) -> None:
        thread, end_ns = self._thread, monotonic_ns()
        request, thread.request = thread.request, 0
        end_step(thread, thread.since_ns, end_ns, request, self._write)


def cpu_unknown() -> int:
    """In place of a thread's CPU clock, which all greenlets share."""
    return 0
