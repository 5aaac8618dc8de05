"""Looks at the threads that have served one request for some time: what they do, and at which line.

A thread of its own, woken every few milliseconds while there is something to look at and more rarely otherwise:
waking is what costs (80 µs each on a virtual machine, against 12 for a look). It only looks at what is older
than OLD_NS, at no more than MOST threads a turn, and takes longer pauses the more it has to look at. A spinning
thread gives the GIL away only every switch interval (5 ms): then there are fewer looks, never wrong ones, since
each record carries its own time and the thread's CPU clock. Who keeps it for longer, in a call of C, is looked at
without it (`gil_holder`).
"""

from __future__ import annotations

from threading import get_native_id
from time import clock_gettime_ns, monotonic_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import original
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    OWN_THREAD,
    OWN_WORK,
    Kind,
    Seen,
    pack_header,
    pack_sample,
)
from asgi_vs_wsgi.server_targets.probe.sampling.gil_holder import Look, Pauses, best_pauses
from asgi_vs_wsgi.server_targets.probe.sampling.own_threads import OwnThreads
from asgi_vs_wsgi.server_targets.probe.sampling.process_stats import ProcessStats

if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Iterator

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
WENT_ON_NS = 200_000
"""Who has used so much CPU since it was seen to wait in a call stands elsewhere by now."""
WAKING = 0.05
"""Of the time for which somebody waits for the GIL: the CPU that he uses to wake again and again."""
LEAST_CPU_NS = 1_000
"""A clock of less is recorded as one that was not read; a thread has used more before it runs anything."""
LOOKS_APART_NS = 1_000_000
"""Two threads that are looked at in one round."""
LOOK_COST_S = 0.00005
"""Pause added per thread looked at: keeps looking below a fifth of one core whatever their number."""


class Sampler:
    """Runs for the life of the worker as a daemon thread."""

    def __init__(
        self,
        recorder: Recorder,
        blame: SourceLocations,
        looks: ThreadStates,
        awaits: AwaitLooks | None = None,
        *,
        native: Any = None,
    ) -> None:
        """`awaits`: None where only threads are looked at. `native`: the compiled module, where there is one."""
        recorder.look_meanwhile = self.look_meanwhile
        self._write = recorder.write
        self._lanes = recorder.lanes
        self._blame = blame
        self._looks = looks
        self._awaits = awaits
        self._native = native
        self._pauses: Pauses | None = None
        self._vitals = ProcessStats(recorder.write)
        self._own = OwnThreads(recorder, blame, cpu_of, looks.seen)
        self._first_looks: dict[tuple[int, int], tuple[int, int, int]] = {}
        """(thread, since) of a loop's step to when it was first met, and its thread's CPU clock at its start and then.
        """
        self._loop_clocks: dict[int, int] = {}
        """The CPU clocks of the loops' threads at the last turn: a step that is met now has begun since."""
        self._went_on: list[tuple[int, list[Look], int]] = []
        """Requests of this turn that were looked at without the GIL, these looks, and the thread's CPU clock now."""
        self._turn = 0
        self._looking = False
        self.tids: tuple[int, ...] = ()
        """The kernel's ids of its own threads, the one that takes the turns first."""

    def start(self) -> None:
        """Start looking."""
        known = original("_thread", "allocate_lock")()
        known.acquire()
        # Not a threading.Thread: under gevent that would be a greenlet, and take its turns with what it looks at.
        original("_thread", "start_new_thread")(self._run, (known,))
        known.acquire()

    def _run(self, known: LockType) -> None:
        try:
            self._pauses = pauses = best_pauses(self._native, self._looks)
            self.tids = (get_native_id(), *filter(None, [pauses.watcher]))
            self._vitals.ours = len(self.tids) - 1
        finally:
            known.release()
        quiet_turns = 0
        while True:
            looked_at = self.turn()
            awaited = self._awaits is not None and self._awaits.turn()
            quiet_turns = 0 if looked_at or awaited else quiet_turns + 1
            self._vitals.maybe()
            pauses.pause(_pause_s(looked_at, quiet_turns), self._at_work())

    def _at_work(self) -> Iterator[int]:
        """The kernel's ids of all threads that may be serving before the next turn."""
        yield from (slot.tid for slot in list(self._lanes.loops.values()))
        yield from list(self._lanes.served)

    def turn(self) -> int:
        """One round of looks; returns how many threads were looked at."""
        looked_at = 0 if self._looking else self._look_around()
        # Not before: that takes time and opens files, and whoever has kept the GIL until now may go on meanwhile.
        self._own.maybe_read(monotonic_ns(), self.tids)
        self._blame.tell()  # now that nobody is to stay where he is any more
        return looked_at

    def look_meanwhile(self) -> None:
        """On a thread that has the GIL, for which the sampler waits: whoever has kept it is at its line yet, and may
        have gone on from there before the sampler's turn comes."""
        if self._pauses is None or self._looking or not self._pauses.waits_yet():
            return
        self._looking = True
        try:
            self._look_around()
        finally:
            self._looking = False

    def _look_around(self) -> int:
        now_ns = monotonic_ns()
        busy = [slot for slot in list(self._lanes.loops.values()) if slot.request]
        busy += list(self._lanes.slots.values()) + self._own.computing()
        old = [slot for slot in busy if now_ns - slot.since_ns >= OLD_NS]
        self._note_first_looks(now_ns, busy)
        if not old:
            return 0
        chosen = self._some_of(old)
        asked = [(slot, slot.request, slot.since_ns) for slot in chosen]
        locations = self._blame.locate([slot.thread_id for slot in chosen])
        self._went_on = []
        for (slot, request, since_ns), location in zip(asked, locations):
            self._look(slot, request, since_ns, location)
        if self._went_on:
            self._tell_of_kept_loops()
        self._looks.forget_except({slot.tid for slot in old})
        return len(chosen)

    def _some_of(self, old: list[LaneSlot]) -> list[LaneSlot]:
        """At most MOST of them, taking turns."""
        if len(old) <= MOST:
            return old
        self._turn = (self._turn + MOST) % len(old)
        return (old[self._turn :] + old[: self._turn])[:MOST]

    def _note_first_looks(self, now_ns: int, busy: list[LaneSlot]) -> None:
        """A loop's step does not read its CPU clock at its start; the first turn that meets it does, and knows from the
        turn before how much of the time since then it was on the CPU at most."""
        met: dict[tuple[int, int], tuple[int, int, int]] = {}
        before, self._loop_clocks = self._loop_clocks, {}
        for slot in list(self._lanes.loops.values())[:MOST]:
            self._loop_clocks[slot.tid] = cpu_ns = cpu_of(slot.tid)
            if slot in busy:
                at_least = max(before.get(slot.tid, 0), slot.since_cpu_ns, LEAST_CPU_NS)
                start_ns = max(min(at_least, cpu_ns), cpu_ns - max(0, now_ns - slot.since_ns))
                key = (slot.tid, slot.since_ns)
                met[key] = self._first_looks.get(key) or (now_ns, start_ns, cpu_ns)
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
        whose = slot.works_for if request == OWN_WORK else request
        if not whose:
            return
        serves = location in self._blame.servers and self._lanes.loops.get(slot.thread_id) is not slot
        slot.sampled = True
        if request == OWN_THREAD:
            if seen is not Seen.RUNNING and location not in self._blame.users:
                location = 0  # where a library's thread waits for more to do is no news
            self._own.note_look(slot.tid, at_ns, cpu_ns)
        if first:
            self._tell(slot, whose, since_ns)
        if waited := self._waited_for(slot):
            self._went_on.append((whose, waited, cpu_ns))
        for look in self._looks_at(slot, since_ns, Look(at_ns, seen, cpu_ns), first=first):
            there = look.seen is not Seen.BLOCKED or cpu_ns - look.cpu_ns < WENT_ON_NS or look.at_ns == at_ns
            header = pack_header(slot.lane, Kind.SAMPLE, Seen.SERVING if serves else look.seen)
            self._write(look.at_ns, pack_sample(look.cpu_ns, location if there else 0), whose, header)

    def _looks_at(self, slot: LaneSlot, since_ns: int, now: Look, *, first: bool) -> list[Look]:
        """All that is to be told of it at its line, in order: of when it was met, of our wait for the GIL, of now."""
        looks = [look for look in self._waited_for(slot) if look.at_ns >= since_ns and look.seen is not Seen.UNKNOWN]
        if looks and now.seen is Seen.STALLED:
            now = now._replace(seen=looks[-1].seen)  # it waits since we have the GIL
        looks.append(now)
        if first and (met := self._first_looks.get((slot.tid, since_ns))):
            at_ns, start_ns, cpu_ns = met
            earliest = looks[0]
            # What it did before it was first met was not looked at: the same as then, unless it is our own
            # looking that it waits for.
            before = Seen.RUNNING if earliest.seen is Seen.STALLED else earliest.seen
            if at_ns <= earliest.at_ns:
                looks.insert(0, Look(at_ns, before, cpu_ns))
            if before is Seen.RUNNING:  # no longer than its thread can have been on the CPU
                start_ns = max(start_ns, earliest.cpu_ns - (earliest.at_ns - since_ns))
                looks.insert(0, Look(since_ns, before, start_ns))
        return looks

    def _tell_of_kept_loops(self) -> None:
        """A loop that had polled could not go on, since a thread kept the GIL: its visitors waited for that request."""
        for slot in list(self._lanes.loops.values()):
            looks = self._waited_for(slot)
            stalled = [place for place, look in enumerate(looks) if look.seen is Seen.STALLED]
            if len(stalled) < 2:
                continue
            first, last = looks[stalled[0]], looks[stalled[-1]]
            if not _only_woke(looks[stalled[0] : stalled[-1] + 1]):
                continue
            keepers = {whose for whose, waited, cpu_ns in self._went_on if _kept(waited, first, last, cpu_ns)}
            if len(keepers) == 1 and not (slot.request and slot.since_ns < last.at_ns):
                (request,) = keepers
                self._write(first.at_ns, last.at_ns, request, pack_header(slot.lane, Kind.STEP))
                header = pack_header(slot.lane, Kind.SAMPLE, Seen.STALLED)
                self._write(last.at_ns, pack_sample(last.cpu_ns, 0), request, header)

    def _waited_for(self, slot: LaneSlot) -> list[Look]:
        return self._pauses.looks_at(slot.tid) if self._pauses and slot.request != OWN_THREAD else []


def _only_woke(looks: list[Look]) -> bool:
    """Whether a thread that waited for the GIL, first and last, did no more meanwhile: whoever waits wakes at every
    switch interval, and on a busy machine is then ready for a while before it can wait again."""
    used_ns, of_ns = looks[-1].cpu_ns - looks[0].cpu_ns, looks[-1].at_ns - looks[0].at_ns
    return all(look.seen is not Seen.BLOCKED for look in looks) and used_ns <= of_ns * WAKING


def _kept(looks: list[Look], first: Look, last: Look, cpu_ns: int) -> bool:
    """Whether a thread kept the GIL between two looks at another, which waited for it: it did not wait for it itself,
    and it has been on the CPU since."""
    meanwhile = [look for look in looks if first.at_ns - LOOKS_APART_NS < look.at_ns < last.at_ns + LOOKS_APART_NS]
    return (
        bool(meanwhile) and cpu_ns > meanwhile[-1].cpu_ns and all(look.seen is not Seen.STALLED for look in meanwhile)
    )


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
