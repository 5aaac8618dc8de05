"""What one worker reported: its event records, turned into slices, requests and readings as they arrive.

How a worker ends, and what the lab knows of its life beside the records that it writes itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from asgi_vs_wsgi.scenarios.trace.slices import AwaitLook, Occupancy, RequestRecord, Sample, Slice
from asgi_vs_wsgi.scenarios.trace.states import ASKED_BY
from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    CPU_UNKNOWN,
    MAIN_LOOP_LANE,
    OWN_THREAD,
    OWN_WORK,
    RECORD,
    Awaited,
    Crossing,
    Ending,
    Kind,
    Seen,
    Vital,
    WayBack,
    unpack_call,
    unpack_sample,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RECYCLED, RELOADED, STOPPED, DIED = ENDS = ("recycled", "reloaded", "stopped", "died")
"""How a worker ends: the first three because it was told to."""


class Fate(Struct, frozen=True):
    """What the lab knows of a worker's life beside its records; 0 and "" where there was no such thing."""

    hello_ns: int = 0
    """When it was ready."""
    told_ns: int = 0
    """When it was told to end."""
    ended: str = ""
    """`recycled`, `reloaded`, `stopped` or `died`; of runs that were saved before it was told, every end is a death."""


Raised = tuple[str, str, str]
"""An exception's type, its words, and the source line: `views.py:12 page`."""
_ENDINGS = tuple(Ending)
LASTS_NS = 1_000_000
"""A loop's own work that is over sooner is left out: workers tell of none, but for tasks of earlier requests."""
_LOOP, _WAITS = int(Crossing.LOOP), int(WayBack.WAITS)
"""Plain numbers: there may be a million records, and an enumeration takes its time to be asked."""


class WorkerTrace:
    """The story of one worker process; `feed` takes raw records, everything else is there to be read."""

    def __init__(self, pid: int, index: int) -> None:
        self.pid = pid
        self.index = index
        """1 for the first worker of a target, in order of their hello."""
        self.handlings: dict[int, RequestRecord] = {}
        self.own_work = RequestRecord(OWN_WORK, self, 0, MAIN_LOOP_LANE)
        """What its loops did that is no step of a request, in slices as if it were one: it has no visitor.

        A task that a request of before this log has left behind belongs there too.
        """
        self.own_threads = RequestRecord(OWN_THREAD, self, 0, MAIN_LOOP_LANE)
        """What threads did that its views' own code has started, in slices likewise: it is no request's time."""
        self.loops: dict[int, Occupancy] = {}
        """Lane number to the steps of the loop that runs there."""
        self.locations: dict[int, str] = {}
        """Location number to `views.py:12 page`, or to that and the line of a library that waits for it (BESIDE); sent
        beside the records."""
        self.raised: dict[int, Raised] = {}
        """Failure number to the exception that it stands for; sent beside the records too."""
        self.shows_calls = True
        """Whether its kernel shows in which system call a thread is."""
        self.reads_lines = True
        """Whether it tells at which source lines requests are."""
        self.sees_awaits = True
        """Whether it tells what suspended requests wait for."""
        self.late_beats: list[tuple[int, int]] = []
        self.vitals: dict[Vital, list[tuple[int, int]]] = {vital: [] for vital in Vital}
        self.events = 0
        self.told_ns = 0
        """Of the latest record: until when it has told of itself, nearly."""
        self.lost = 0
        self.died_ns = 0
        """When the lab saw the worker go, 0 while it lives."""
        self.fate = Fate()
        self.pauses: list[tuple[int, int]] = []
        """When the lab held it still."""
        self._open: dict[int, list[Slice]] = {}
        """Lane number to the slices open there; more than one where a waiting thread is lent to its own call."""
        self._unknown: dict[int, int] = {}
        """Lane number to the request of the step that is open there, of which nothing was known when it began."""
        self._begun_ns: dict[int, int] = {}
        """Lane number to the beginning of the latest call there in a thread."""
        self._accepted: dict[int, int] = {}
        self._unplaced: dict[int, list[Sample]] = {}
        """Lane number to looks at what had begun before this log: of that the whole is told at its end."""
        handlers: dict[Kind, Callable[[int, int, int, int, int], None]] = {
            Kind.BEGIN: self._begin,
            Kind.RESPONSE_START: self._response_start,
            Kind.END: self._end,
            Kind.STEP_START: self._step_start,
            Kind.STEP_END: self._step_end,
            Kind.STEP: self._step,
            Kind.HOP: self._hop,
            Kind.THREAD_START: self._thread_start,
            Kind.THREAD_END: self._thread_end,
            Kind.THREAD: self._thread,
            Kind.SAMPLE: self._sample,
            Kind.LOOP_LATE: self._loop_late,
            Kind.VITAL: self._vital,
            Kind.ACCEPTED: self._accept,
            Kind.FAILURE: self._failure,
            Kind.AWAITS: self._awaits,
            Kind.ANSWERED: self._answered,
        }
        self._handlers = {int(kind): handler for kind, handler in handlers.items()}

    @property
    def lost_ns(self) -> int:
        """When it died, 0 where it lives or has ended because it was told to."""
        return self.died_ns if self.fate.ended in ("", DIED) else 0

    @property
    def at_work(self) -> bool:
        """Whether it is known to be at work for a request; a loop's own work, or a view's own thread, may never end."""
        return any(slice_.request < OWN_THREAD for stack in self._open.values() for slice_ in stack)

    def line_at(self, location: int) -> str:
        """`views.py:12 page`, or a library's where none of the user's is known; "" for none."""
        own, library = self._words_of(location)
        return own or library

    def library_at(self, location: int) -> str:
        """The line of a library that waits for that one, `sqlite3/base.py:359 execute`; "" for none."""
        own, library = self._words_of(location)
        return library if own else ""

    def is_library(self, location: int) -> bool:
        """Whether a library's line alone is known of it."""
        own, library = self._words_of(location)
        return bool(library) and not own

    def _words_of(self, location: int) -> tuple[str, str]:
        if location >= ASKED_BY:
            return self._words_of(location // ASKED_BY)[0], self._words_of(location % ASKED_BY)[1]
        own, _, library = self.locations.get(location, "").partition(BESIDE)
        return own, library

    def feed(self, records: bytes | memoryview) -> list[int]:
        """Take in whole records; returns the requests that they speak of, with repeats."""
        touched, handlers = [], self._handlers
        for t_ns, value, request, lane, kind, flag, _seq in RECORD.iter_unpack(records):
            handlers[kind](t_ns, value, request, lane, flag)
            if request:
                touched.append(request)
        self.events += len(records) // RECORD.size
        if records:
            self.told_ns = max(self.told_ns, RECORD.unpack(records[-RECORD.size :])[0])
        return touched

    def _begin(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        handling = RequestRecord(request, self, t_ns, lane, accepted_ns=self._accepted.pop(request, 0))
        self.handlings[request] = handling
        if self._unknown.get(lane) == request:
            self._claim(lane, request)
        if value:  # a CPU clock: the calling thread serves this request from here to its end (WSGI)
            self._open_slice(handling, Slice(request, lane, False, t_ns, cpu_start_ns=value))

    def _claim(self, lane: int, request: int) -> None:
        """Workers of older versions told of a request within its first step, which was then taken for own work."""
        self._unknown.pop(lane)
        if stack := self._open.get(lane):
            self.own_work.slices.remove(stack.pop())
            self.loops[lane].open_request = request

    def _response_start(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        if handling := self.handlings.get(request):
            handling.response_start_ns = handling.response_start_ns or t_ns

    def _answered(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        if handling := self.handlings.get(request):
            handling.hand_over(t_ns, flag)

    def _end(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        stack = self._open.get(lane)
        if value or (stack and not stack[-1].on_loop):  # WSGI; no CPU clock where another thread closed the body
            self._close_slice(request, lane, t_ns, value)
        if handling := self.handlings.get(request):
            handling.end_ns, handling.ending = t_ns, _ENDINGS[flag]

    def _step_start(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        loop, handling = self._loop(lane), self.handlings.get(request)
        unknown = request
        if handling is None:
            handling, request = self.own_work, OWN_WORK
        if loop.is_over(t_ns) or loop.open_since_ns == t_ns:
            return  # the sampler and the loop's own thread may both write of it, and the one after its end
        if handling is self.own_work:
            self._unknown[lane] = unknown
        loop.open(request, t_ns)
        self._open_slice(handling, Slice(request, lane, True, t_ns))

    def _step_end(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        if occupancy := self.loops.get(lane):
            occupancy.close(t_ns)
        self._unknown.pop(lane, None)
        self._close_slice(request if request in self.handlings else OWN_WORK, lane, t_ns, value)

    def _loop(self, lane: int) -> Occupancy:
        if lane not in self.loops:
            self.loops[lane] = Occupancy()
        return self.loops[lane]

    def _step(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        loop, handling = self.loops.get(lane) or self._loop(lane), self.handlings.get(request)
        if handling is None:
            handling, request = self.own_work, OWN_WORK
        if loop.add_if_new(request, t_ns, value):  # nearly all records of a run are this
            if request != OWN_WORK or value - t_ns >= LASTS_NS:
                handling.slices.append(Slice(request, lane, True, t_ns, value))
                self._note_beside(handling.slices[-1])
            return
        self._step_start(t_ns, 0, request, lane, 0)
        if not loop.is_over(t_ns):
            self._step_end(value, 0, request, lane, 0)

    def _hop(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        handling = self.handlings.get(request)
        if handling is None:
            return
        if flag == _WAITS:
            handling.hops += 1
            if lane != MAIN_LOOP_LANE:
                handling.waits.append((lane, t_ns, 0))
        else:
            at = max((at for at, (of, _, to_ns) in enumerate(handling.waits) if of == lane and not to_ns), default=-1)
            if at >= 0:
                handling.waits[at] = (lane, handling.waits[at][1], t_ns)

    def _thread_start(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        if self._first_word(lane, t_ns) and (handling := self._in_thread(request)):
            handling.hops += flag == _LOOP
            self._open_slice(handling, Slice(request, lane, False, t_ns, cpu_start_ns=value))

    def _thread(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        took_ns, cpu_ns = unpack_call(value)
        if not self._first_word(lane, t_ns):  # the sampler met it in its last moment
            since_cpu_ns = self._open[lane][-1].cpu_start_ns if self._open.get(lane) else CPU_UNKNOWN
            self._close_slice(request, lane, t_ns + took_ns, since_cpu_ns + cpu_ns)
        elif handling := self._in_thread(request):
            handling.hops += flag == _LOOP
            # Of the CPU clock only the difference is known; a call so short has no samples to compare it with.
            handling.slices.append(Slice(request, lane, False, t_ns, t_ns + took_ns, CPU_UNKNOWN, max(cpu_ns, 1)))

    def _in_thread(self, request: int) -> RequestRecord | None:
        return self.own_threads if request == OWN_THREAD else self.handlings.get(request)

    def _first_word(self, lane: int, t_ns: int) -> bool:
        """Whether nobody has told of the call that began then: its thread and the sampler both may, in any order."""
        first = self._begun_ns.get(lane, 0) < t_ns
        if first:
            self._begun_ns[lane] = t_ns
        return first

    def _thread_end(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        self._close_slice(request, lane, t_ns, value)

    def _sample(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        cpu_ns, location = unpack_sample(value)
        seen = Seen(flag)
        slice_ = self._slice_at(request, lane, t_ns)
        if slice_ and seen is Seen.SERVING:
            started_ns = handling.response_start_ns if (handling := self.handlings.get(slice_.request)) else 0
            if t_ns < started_ns:
                location = -1  # its line was read when the answer had begun: the thread has gone on to there since
            seen = self._serving(slice_, started_ns, t_ns, cpu_ns)
        if slice_:
            slice_.samples.append(Sample(t_ns, seen, cpu_ns, location))
        elif request == OWN_THREAD or (lane == MAIN_LOOP_LANE and request not in self.handlings):
            self._unplaced.setdefault(lane, []).append(Sample(t_ns, seen, cpu_ns, location))

    def _note_beside(self, slice_: Slice) -> None:
        """What was seen of it while nobody had told of it, and for how long its worker was held still."""
        if self._unplaced and slice_.request >= OWN_THREAD:
            slice_.samples += [x for x in self._unplaced.pop(slice_.lane, ()) if slice_.start_ns <= x.at_ns]
        if self.pauses and slice_.on_loop:
            slice_.hold_still(self.pauses)

    def _serving(self, slice_: Slice, started_ns: int, t_ns: int, cpu_ns: int) -> Seen:
        """A look at a server's own code: until the response begins it waits for the rest of what its client sends; what
        nobody had looked at by then was the application's."""
        if not started_ns or t_ns < started_ns:
            return Seen.BLOCKED
        if (slice_.samples[-1].at_ns if slice_.samples else slice_.start_ns) < started_ns:
            slice_.samples.append(Sample(started_ns, Seen.BLOCKED, cpu_ns, -1))
        return Seen.SERVING

    def _loop_late(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        self.late_beats.append((t_ns, value))

    def _vital(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        self.vitals[Vital(flag)].append((t_ns, value))

    def _accept(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        if handling := self.handlings.get(request):
            handling.accepted_ns = t_ns
        else:
            self._accepted[request] = t_ns

    def _failure(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        if handling := self.handlings.get(request):
            handling.failure = handling.failure or value

    def _awaits(self, t_ns: int, value: int, request: int, lane: int, flag: int) -> None:
        handling = self.handlings.get(request)
        if handling and not (handling.await_looks and t_ns < handling.await_looks[-1].at_ns):
            handling.await_looks.append(AwaitLook(t_ns, Awaited(flag), value))

    def _open_slice(self, handling: RequestRecord, slice_: Slice) -> None:
        self._open.setdefault(slice_.lane, []).append(slice_)
        handling.slices.append(slice_)
        self._note_beside(slice_)

    def _close_slice(self, request: int, lane: int, t_ns: int, cpu_ns: int) -> None:
        stack = self._open.get(lane)
        if stack and stack[-1].request == request:  # the end of a slice whose start was before this log closes none
            slice_ = stack.pop()
            slice_.end_ns, slice_.cpu_end_ns = t_ns, cpu_ns

    def _slice_at(self, request: int, lane: int, t_ns: int) -> Slice | None:
        """The slice that a sample was taken in: it may have ended before the sampler wrote its record."""
        if request == OWN_THREAD:
            stack = self._open.get(lane)
            return stack[-1] if stack and stack[-1].request == request and stack[-1].start_ns <= t_ns else None
        handling = self.handlings.get(request) or (self.own_work if lane in self.loops else None)
        for slice_ in reversed(handling.slices if handling else ()):
            if slice_.lane == lane and slice_.start_ns <= t_ns <= (slice_.end_ns or t_ns):
                return slice_
        return None
