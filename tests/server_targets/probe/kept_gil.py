"""Calls of C that keep the GIL, a sampler whose turns are taken beside them, and what it has told. For tests."""

from __future__ import annotations

import ctypes
import threading
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from kinds import on_list, pauses_of

from asgi_vs_wsgi.scenarios.trace.states import State, held_inside
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.hooks.own_work import end_step
from asgi_vs_wsgi.server_targets.probe.protocol.records import WRITTEN, Kind, pack_header
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import PAUSE_S, Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

HELD_S = 0.1
TRIES = 10
"""On a machine that is busy with others, a thread may be kept from the CPU for as long as a call takes."""
WITH_GIL = ctypes.PyDLL(None)


class Looked:
    """A recorder, a sampler whose turns are taken by the calling thread, and what they told."""

    def __init__(self, kind: str) -> None:
        self.report, self.records = on_list(kind)
        self._lines: dict[int, str] = {}
        with_c = native if kind == "compiled" else None
        channel = SimpleNamespace(location=self._lines.__setitem__)
        blame = SourceLocations(channel, str(Path(__file__).parent), native=with_c)  # type: ignore[arg-type]
        states = ThreadStates()
        self.sampler = Sampler(self.report, blame, states)
        self.sampler._pauses = self.pauses = pauses_of(kind, states)

    def while_there(self, *threads: threading.Thread) -> None:
        """Take turns until they have ended."""
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.sampler.turn()
            self.pauses.pause(PAUSE_S, self.sampler._at_work())

    def calls(self, number: int, call) -> threading.Thread:
        """A thread that makes it for that request."""
        self.report.write(time.monotonic_ns(), 0, number, pack_header(0, Kind.BEGIN))

        def run() -> None:
            time.sleep(3 * PAUSE_S)  # who has started this thread waits for it, and cannot pause
            slot = self.report.begin_call(number, 0)
            try:
                call()
            finally:
                self.report.end_call(slot)

        return threading.Thread(target=run)

    def holds_a_loop(self, number: int, call) -> threading.Thread:
        """The same as a step on a loop."""
        self.report.write(time.monotonic_ns(), 0, number, pack_header(0, Kind.BEGIN))

        def run() -> None:
            time.sleep(3 * PAUSE_S)
            slot = self.report.lanes.of_running_loop()
            slot.since_ns = since_ns = time.monotonic_ns()
            slot.request = number
            call()
            slot.request = 0
            end_step(slot, since_ns, time.monotonic_ns(), number, self.report.write)
            self.report.lanes.drop_loop()

        return threading.Thread(target=run)

    def worker(self) -> WorkerTrace:
        """What was recorded, as the lab reads it."""
        worker = WorkerTrace(1, 1)
        worker.locations = self._lines
        worker.feed(b"".join(WRITTEN.pack(*record, place) for place, record in enumerate(self.records, 1)))
        return worker

    def told(self, number: int) -> Counter[tuple[State, str]]:
        """(state, function) to the part of the request's time."""
        told = self.told_s(number)
        whole_s = sum(told.values())
        return Counter({key: seconds / whole_s for key, seconds in told.items()})

    def told_s(self, number: int) -> Counter[tuple[State, str]]:
        """The same in seconds."""
        worker = self.worker()
        told: Counter[tuple[State, str]] = Counter()
        for span in held_inside(worker.handlings[number], 1, time.monotonic_ns()):
            seconds = (span.end_ns - span.start_ns) / 1e9
            told[span.state, worker.line_at(span.location).rpartition(" ")[2]] += seconds  # type: ignore[assignment]
        return told


def until(told, is_right):
    """What was told in the first try that is right, or in the last."""
    for _ in range(TRIES):
        last = told()
        if is_right(last):
            break
    return last
