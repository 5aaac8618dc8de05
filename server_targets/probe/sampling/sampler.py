"""Looks at the threads that have served one request for some time: what they do, and at which line.

A thread of its own, woken every few milliseconds while there is something to look at and more rarely otherwise:
waking is what costs (80 µs each on a virtual machine, against 12 for a look). It only looks at what is older
than OLD_NS, at no more than MOST threads a turn, and takes longer pauses the more it has to look at. A spinning
thread gives the GIL away only every switch interval (5 ms): then there are fewer looks, never wrong ones, since
each record carries its own time and the thread's CPU clock.
"""

from __future__ import annotations

from threading import get_native_id
from time import clock_gettime_ns, monotonic_ns
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.gevent_originals import original
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD, Kind, Seen, pack_header, pack_sample
from asgi_vs_wsgi.server_targets.probe.sampling.own_threads import OwnThreads
from asgi_vs_wsgi.server_targets.probe.sampling.process_stats import ProcessStats

if TYPE_CHECKING:
    from _thread import LockType

    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder
    from asgi_vs_wsgi.server_targets.probe.sampling.await_looks import AwaitLooks
    from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
    from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

PAUSE_S = 0.005
QUIET_PAUSE_S = 0.02
"""While no request has been anywhere for long."""
STILL_PAUSE_S = 0.05
STILL_AFTER = 50
"""Turns without anything to look at, after which pauses grow to that."""
OLD_NS = 5_000_000
MOST = 64
LOOK_COST_S = 0.00005
"""Pause added per thread looked at: keeps looking below a fifth of one core whatever their number."""


class Sampler:
    """Runs for the life of the worker as a daemon thread."""

    def __init__(
        self, recorder: Recorder, blame: SourceLocations, looks: ThreadStates, awaits: AwaitLooks | None = None
    ) -> None:
        """`awaits`: None where only threads are looked at."""
        self._write = recorder.write
        self._lanes = recorder.lanes
        self._blame = blame
        self._looks = looks
        self._awaits = awaits
        self._vitals = ProcessStats(recorder.write)
        self._own = OwnThreads(recorder, blame, cpu_of, looks.seen)
        self._first_looks: dict[tuple[int, int], tuple[int, int]] = {}
        """(thread, since) of a loop's step to when it was first met, and its thread's CPU clock then."""
        self._turn = 0
        self._tid = 0

    def start(self) -> int | None:
        """Start looking; returns the thread's kernel id."""
        known = original("_thread", "allocate_lock")()
        known.acquire()
        # Not a threading.Thread: under gevent that would be a greenlet, and take its turns with what it looks at.
        original("_thread", "start_new_thread")(self._run, (known,))
        known.acquire()
        return self._tid

    def _run(self, known: LockType) -> None:
        self._tid = get_native_id()
        known.release()
        sleep = original("time", "sleep")
        quiet_turns = 0
        while True:
            looked_at = self.turn()
            awaited = self._awaits is not None and self._awaits.turn()
            quiet_turns = 0 if looked_at or awaited else quiet_turns + 1
            self._vitals.maybe()
            sleep(_pause_s(looked_at, quiet_turns))

    def turn(self) -> int:
        """One round of looks; returns how many threads were looked at."""
        now_ns = monotonic_ns()
        self._own.maybe_read(now_ns, self._tid)
        busy = [slot for slot in list(self._lanes.loops.values()) if slot.request]
        busy += list(self._lanes.slots.values()) + self._own.computing()
        old = [slot for slot in busy if now_ns - slot.since_ns >= OLD_NS]
        self._note_first_looks(now_ns, busy)
        if not old:
            return 0
        chosen = self._some_of(old)
        asked = [(slot, slot.request, slot.since_ns) for slot in chosen]
        locations = self._blame.locate([slot.thread_id for slot in chosen])
        for (slot, request, since_ns), location in zip(asked, locations, strict=True):
            self._look(slot, request, since_ns, location)
        self._looks.forget_except({slot.tid for slot in old})
        return len(chosen)

    def _some_of(self, old: list[LaneSlot]) -> list[LaneSlot]:
        """At most MOST of them, taking turns."""
        if len(old) <= MOST:
            return old
        self._turn = (self._turn + MOST) % len(old)
        return (old[self._turn :] + old[: self._turn])[:MOST]

    def _note_first_looks(self, now_ns: int, busy: list[LaneSlot]) -> None:
        """A loop's step does not read its CPU clock at its start; the first turn that meets it does."""
        met: dict[tuple[int, int], tuple[int, int]] = {}
        for slot in busy:
            if self._lanes.loops.get(slot.thread_id) is slot:
                key = (slot.tid, slot.since_ns)
                met[key] = self._first_looks.get(key) or (now_ns, cpu_of(slot.tid))
        self._first_looks = met

    def _tell(self, slot: LaneSlot, request: int, since_ns: int) -> None:
        """What is recorded only when it is over, unless it lasts: now it has lasted."""
        if self._lanes.loops.get(slot.thread_id) is slot:
            self._write(since_ns, 0, request, pack_header(slot.lane, Kind.STEP_START))
        else:
            tell_call(slot, request, since_ns, self._write)

    def _look(self, slot: LaneSlot, request: int, since_ns: int, location: int) -> None:
        first = not slot.sampled
        seen = self._looks.seen(slot.tid)
        cpu_ns = cpu_of(slot.tid)
        at_ns = monotonic_ns()
        if not request or not cpu_ns or slot.since_ns != since_ns or slot.request != request:
            return  # it ended while we looked, or before; then the line is another's
        if location in self._blame.servers and self._lanes.loops.get(slot.thread_id) is not slot:
            seen = Seen.SERVING
        slot.sampled = True
        if request == OWN_THREAD:
            if seen is not Seen.RUNNING and location not in self._blame.users:
                location = 0  # where a library's thread waits for more to do is no news
            self._own.note_look(slot.tid, at_ns, cpu_ns)
        if first:
            self._tell(slot, request, since_ns)
        if first and (met := self._first_looks.get((slot.tid, since_ns))):
            # What it did before it was first met was not looked at: the same as now, unless it is our own
            # looking that it waits for.
            before = Seen.RUNNING if seen is Seen.STALLED else seen
            self._write(met[0], pack_sample(met[1], location), request, pack_header(slot.lane, Kind.SAMPLE, before))
        self._write(at_ns, pack_sample(cpu_ns, location), request, pack_header(slot.lane, Kind.SAMPLE, seen))


def tell_call(slot: LaneSlot, request: int, since_ns: int, write: Write) -> None:
    """Record that a call in a thread has begun, before it is over. WSGI's own beginning has been told."""
    if slot.since_cpu_ns:
        write(since_ns, slot.since_cpu_ns, request, pack_header(slot.lane, Kind.THREAD_START, slot.crossing))


def _pause_s(looked_at: int, quiet_turns: int) -> float:
    if looked_at:
        return PAUSE_S + looked_at * LOOK_COST_S * 4
    return QUIET_PAUSE_S if quiet_turns < STILL_AFTER else STILL_PAUSE_S


def cpu_of(tid: int) -> int:
    """A thread's CPU clock in ns by its kernel id, 0 when it is gone (clock ids: posix-cpu-timers in Linux)."""
    try:
        return clock_gettime_ns((~tid << 3) | 6)
    except OSError:
        return 0
