"""A lone visit that is timed from inside, on the threads that carry it: how long it computes, and how long it waits.

The lab asks for it as it asks for a visit that is followed line by line, and for each page of a project of the user's
own. What is left of a stretch of the visit when the CPU time of who carried it is taken off, and the time for which
that thread was ready for a processor that others had (the second number of its schedstat, proc(5)), is a wait.

    begin | the loop alone | a call is asked for | both | it begins | its thread alone | it ends | all of them | … | end

Time in which the answer is on its way to the server is not the page's, nor is what looking at the clocks costs.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from time import clock_gettime_ns, monotonic_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import get_native_id, original

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel

_TASKS = "/proc/self/task"
_AT_ONCE_NS = 50_000
"""Clocks that are read in a longer time than this were read by a thread that lost its processor meanwhile."""
_TRIES = 4


class _ThreadClocks:
    """Of one thread; the files of /proc stay open, since opening one costs more than reading it five times."""

    def __init__(self, tid: int, ready_before_ns: int) -> None:
        """`ready_before_ns`: at the visit's begin, 0 for a thread that there was not yet."""
        self._clock = (~tid << 3) | 6  # posix-cpu-timers in Linux: another thread's schedstat is a tick behind
        self._schedstat: int | None = None
        with suppress(OSError):
            self._schedstat = os.open(f"{_TASKS}/{tid}/schedstat", os.O_RDONLY)
        self.cpu_ns, self.ready_ns = 0, None  # type: int, int | None
        self.cpu_ns, self.ready_ns = self.read()
        if self.ready_ns is not None:
            self.ready_ns = ready_before_ns

    def read(self) -> tuple[int, int | None]:
        """(CPU, ready for a processor) in ns, None where the kernel does not count; an ended thread's last ones."""
        try:
            cpu_ns = clock_gettime_ns(self._clock)
            if self._schedstat is None:
                return cpu_ns, None
            return cpu_ns, _ready_ns(os.pread(self._schedstat, 128, 0))
        except OSError:
            return self.cpu_ns, self.ready_ns

    def close(self) -> None:
        if self._schedstat is not None:
            os.close(self._schedstat)
            self._schedstat = None


class TimedVisit:
    """Several threads may tell of it, one after another. Whatever goes wrong here makes its times unknown, no more."""

    def __init__(self, request: int) -> None:
        """It begins now, on the calling thread."""
        self.request = request
        self.computes_ns = 0
        self.waits_ns: int | None = 0
        """None where the kernel does not tell for how long a thread was ready."""
        self.is_known = True
        self._lock = original("_thread", "allocate_lock")()
        self._threads: dict[int, _ThreadClocks] = {}
        self._alone: int | None = None
        """The thread that carries it just now, None: any of them may."""
        self._since_ns = 0
        """The stretch's begin; 0 while time is not the visit's."""
        self._is_over = False
        self._ready_before_ns: dict[int, int] = {}
        with self._known():
            self._ready_before_ns = _ready_of_all()
            self._mark(alone=True)

    # ---- what the hooks tell of it

    def crosses(self, call: Any, *, to_loop: bool) -> None:
        """Called on the stack of who asks for it. What is between that and the call is a stretch of its own, in which
        two threads may be ready at once: where it is short, that takes nothing off a wait."""
        self.mark(alone=not to_loop)

    def is_on_loop(self, *, begins: bool) -> None:
        """What a thread asked a loop for begins or ends there: called on the loop."""
        self.mark(alone=begins)

    def traced(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, in whichever thread it is made."""

        def call_timed(*arguments: Any, **options: Any) -> Any:
            self.mark(alone=True)
            try:
                return call(*arguments, **options)
            finally:
                self.mark(alone=False)

        return call_timed

    def mark(self, *, alone: bool) -> None:
        """A stretch ends here, and another begins, which the calling thread carries alone, or any of the visit's."""
        with self._known(), self._lock:
            self._mark(alone=alone)

    def pause(self) -> None:
        """The server has it."""
        with self._known(), self._lock:
            self._mark(alone=False)
            self._since_ns = 0

    def resume(self) -> None:
        """The application has it again."""
        self.mark(alone=False)

    def end(self, channel: Channel) -> None:
        """Tell of it."""
        with self._known(), self._lock:
            self._mark(alone=False)
        self._is_over = True
        for clocks in self._threads.values():
            clocks.close()
        if self.is_known:
            channel.timed(self.request, self.computes_ns, self.waits_ns)

    # ---- the sums

    @contextmanager
    def _known(self) -> Iterator[None]:
        """Whatever goes wrong here must not get into code of theirs."""
        try:
            yield
        except Exception:  # noqa: BLE001 - see above
            self.is_known = False

    def _mark(self, *, alone: bool) -> None:
        if self._is_over:
            return
        tid = get_native_id()
        is_new = tid not in self._threads
        if is_new:  # a thread that was born meanwhile has been ready for nobody else
            self._threads[tid] = _ThreadClocks(tid, self._ready_before_ns.get(tid, 0))
        now_ns, clocks = self._read()
        if self._since_ns:
            self._add(now_ns - self._since_ns, clocks, (self._alone, tid) if self._alone else self._threads)
        self._alone = tid if alone else None
        self._since_ns, clocks = self._read()
        for each, (cpu_ns, ready_ns) in clocks.items():
            self._threads[each].cpu_ns, self._threads[each].ready_ns = cpu_ns, ready_ns

    def _read(self) -> tuple[int, dict[int, tuple[int, int | None]]]:
        """The time, and all clocks at that time: looked at again where a processor was lost between two of them."""
        for _ in range(_TRIES):
            at_ns = monotonic_ns()
            clocks = {tid: each.read() for tid, each in self._threads.items()}
            if monotonic_ns() - at_ns < _AT_ONCE_NS:
                break
        return at_ns, clocks

    def _add(self, took_ns: int, clocks: dict[int, tuple[int, int | None]], carried_by: Container[int]) -> None:
        for tid, (cpu_ns, ready_ns) in clocks.items():
            before = self._threads[tid]
            self.computes_ns += cpu_ns - before.cpu_ns
            if ready_ns is None or before.ready_ns is None:
                self.waits_ns = None
            elif tid in carried_by:
                took_ns -= cpu_ns - before.cpu_ns + ready_ns - before.ready_ns
        if self.waits_ns is not None:
            self.waits_ns += max(0, took_ns)


class TimedBody:
    """A body whose parts the application makes one by one: each is timed, and what is between them is not."""

    def __init__(self, body: Iterable[bytes], visit: TimedVisit, ended: Callable[[TimedVisit], None]) -> None:
        self._body, self._ended = body, ended
        self._visit: TimedVisit | None = visit
        self._parts: Any = None
        visit.pause()

    def __iter__(self) -> TimedBody:
        return self

    def __next__(self) -> bytes:
        if self._parts is None:
            self._parts = self._timed(iter, self._body)
        part: bytes = self._timed(next, self._parts)
        return part

    def close(self) -> None:
        """As the body itself, where it can; the visit is over."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                self._timed(close)
        finally:
            self._end()

    def __del__(self) -> None:
        """Its server has let go of it without a close."""
        self._end()

    def _timed(self, call: Callable[..., Any], *given: Any) -> Any:
        visit = self._visit
        if visit is None:  # read on after its close
            return call(*given)
        visit.resume()
        try:
            return call(*given)
        finally:
            visit.pause()

    def _end(self) -> None:
        visit, self._visit = self._visit, None
        if visit is not None:
            self._ended(visit)


def _ready_ns(schedstat: bytes) -> int | None:
    """The second number of a schedstat, None where the kernel counts nothing: then all are 0."""
    numbers = schedstat.split()
    return int(numbers[1]) if len(numbers) == 3 and numbers[2] != b"0" else None


def _ready_of_all() -> dict[int, int]:
    """Of each thread that there is; none where the kernel tells nothing."""
    found = {}
    for task in Path(_TASKS).iterdir():
        with suppress(OSError):  # it has ended
            ready_ns = _ready_ns((task / "schedstat").read_bytes())
            if ready_ns is not None:
                found[int(task.name)] = ready_ns
    return found
