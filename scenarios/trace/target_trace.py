"""Everything recorded of one target in one run: the client's visits joined with what its workers reported."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from asgi_vs_wsgi.scenarios.load.visits import DONE, Visits
from asgi_vs_wsgi.scenarios.results.target_parts import RequestSent, TargetEnvironment
from asgi_vs_wsgi.scenarios.trace.states import Span, State, Visit, life
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord


class PageFacts(Struct, frozen=True):
    """One of several pages that a visitor asks for."""

    name: str
    """Its own, or its place, counted from 1."""
    view: str
    expect: list[int] = []
    """The statuses that are this page; none: every 2xx."""
    request: RequestSent | None = None


class TargetFacts(Struct, frozen=True):
    """Plain data that travels from the lab to the screen and into saved runs."""

    name: str
    server: str
    label: str
    """For people: `gunicorn sync · 2 workers`."""
    interface: str
    """`wsgi` or `asgi`."""
    version: str
    workers: int
    threads: int
    view: str
    law: str | None = None
    loop: str | None = None
    http: str | None = None
    slot: str = "worker"
    """What limits the server: `worker`, `thread` or `none` (a coroutine)."""
    database: str | None = None
    """Whose connections are counted: `sqlite` or `postgresql`; None: the views use no database."""
    shows_accept: bool = False
    """Whether it is known when the server accepted a connection."""
    expect: dict[str, list[int]] = {}
    """Class of visitors to the statuses that are its pages; of one that is not among them, every 2xx is."""
    options: dict[str, bool | int | float] = field(default_factory=dict)
    """Options of the server product that were set."""
    pages: dict[str, list[PageFacts]] = {}
    """Class of visitors to the pages that each of them asks for, one after another; of none: one page."""
    environment: TargetEnvironment | None = None
    """As its workers say; None in runs that were saved before they did."""
    port: int = 0
    """On 127.0.0.1; 0 in runs that were saved before it was told."""
    requests: dict[str, RequestSent] = {}
    """Class of visitors to what each of them asks for (of several pages, the first); of runs of before, nothing."""


class ServerEvent(Struct, frozen=True):
    """Something that the lab did to the server, or could not do."""

    do: str
    at_s: float
    """When it was to be, since the first visitor."""
    done_ns: int = 0
    """When it was, on the recording's own clock; 0: it was not."""
    worker: int = 0
    """The pid of the worker that it was done to; 0: the server."""
    reason: str = ""
    """Why it was not done."""


def pauses_of(events: Sequence[ServerEvent], pid: int) -> list[tuple[int, int]]:
    """From when to when a worker was held still; one that still is goes on when nobody is left to see it."""
    of_worker = [event for event in events if event.worker == pid and event.done_ns]
    return [
        (event.done_ns, later.done_ns)
        for event, later in pairwise(of_worker)
        if event.do == "pause" and later.do == "resume"
    ]


@dataclass(slots=True)
class TargetTrace:
    """One target's part of a trace; grows while the run lasts. Row i of `visits` is visitor number i + 1."""

    facts: TargetFacts
    visits: Visits
    workers: dict[int, WorkerTrace] = dataclass_field(default_factory=dict)
    """pid to what that worker reported, in order of their hello."""
    raw: dict[int, bytearray] = dataclass_field(default_factory=dict)
    """pid to the same as raw records: what is saved."""
    service_ns: int = 0
    """S: how long a lone request took, measured right before; 0 when it was not measured."""
    service_cpu_ns: int = 0
    """c: the CPU part of S, of the whole worker process."""
    lone_unserved: str = ""
    """The status of a lone request that was answered otherwise than with a page; "" for none."""
    classes: tuple[str, ...] = ("all",)
    """Names of the classes of visitors."""
    class_of: array[int] = dataclass_field(default_factory=lambda: array("H"))
    """Row to its class, as an index; empty where there is one class only."""
    turns: array[int] = dataclass_field(default_factory=lambda: array("H"))
    """Row to which of the paths of its class it asks for; empty: they are taken in turn."""
    events: list[ServerEvent] = dataclass_field(default_factory=list)
    """In the order in which they were done."""
    _place_of: array[int] = dataclass_field(default_factory=lambda: array("I"))
    """Row to its place among those of its class, once that was asked for."""
    _looked_into: bool = False
    _events_seen: int = 0

    def add_worker(self, pid: int) -> WorkerTrace:
        """A worker said hello."""
        if pid not in self.workers:
            self.workers[pid] = WorkerTrace(pid, len(self.workers) + 1)
            self.workers[pid].pauses = pauses_of(self.events, pid)
            self.raw[pid] = bytearray()
        return self.workers[pid]

    def add_event(self, event: ServerEvent) -> None:
        """The lab has done it, or could not."""
        self.events.append(event)
        if worker := self.workers.get(event.worker):
            worker.pauses = pauses_of(self.events, event.worker)

    def store(self, pid: int, records: bytes) -> None:
        """Keep raw records of one worker; `decode` reads them later, when nothing is being measured."""
        self.add_worker(pid)
        self.raw[pid] += records

    def decode(self, most: int = sys.maxsize) -> bool:
        """Read stored records that have not been read yet, at most so many; returns whether some are left."""
        for pid, worker in self.workers.items():
            start = worker.events * RECORD_BYTES
            if start < len(self.raw[pid]):
                part = bytes(memoryview(self.raw[pid])[start:][: most * RECORD_BYTES])
                worker.feed(part)
                most -= len(part) // RECORD_BYTES
            if not most:
                return True
        return False

    def feed(self, pid: int, records: bytes) -> None:
        """Keep and read raw records of one worker."""
        self.store(pid, records)
        self.decode()

    def handling(self, row: int) -> RequestRecord | None:
        """The worker's half of the visitor in `row`, None while no worker has begun it."""
        request = self.visits.first_id + row
        for worker in self.workers.values():
            if handling := worker.handlings.get(request):
                return handling
        return None

    @property
    def looked_into(self) -> bool:
        """Whether any worker has told of any of these visitors: without a probe none does."""
        if not self._looked_into:
            events = sum(worker.events for worker in self.workers.values())
            if events != self._events_seen:  # asked for in every frame, of what may be many records of others
                self._events_seen = events
                first, beyond = self.visits.first_id, self.visits.first_id + len(self.visits)
                told = (request for worker in self.workers.values() for request in worker.handlings)
                self._looked_into = any(first <= request < beyond for request in told)
        return self._looked_into

    @property
    def answered_unseen(self) -> bool:
        """Whether visitors were answered and no worker has told of any: who stood in line is then not known."""
        return DONE in self.visits.outcome and not self.looked_into

    def rows_of(self, name: str) -> list[int]:
        """The visitors of a class."""
        if len(self.classes) == 1:
            return list(range(len(self.visits)))
        number = self.classes.index(name)
        return [row for row, class_ in enumerate(self.class_of) if class_ == number]

    def expected(self, row: int) -> Sequence[int]:
        """The statuses of an answer that this visitor came for; none where that is any 2xx."""
        if self.facts.pages and (page := self.page_of(row)):
            return page[1].expect
        return self.expected_by(self.class_number(row)) if self.facts.expect else ()

    def class_number(self, row: int) -> int:
        """Of the visitor in that row, as an index into `classes`."""
        return self.class_of[row] if len(self.classes) > 1 else 0

    def page_of(self, row: int) -> tuple[int, PageFacts] | None:
        """Of a visitor who asks for several, which page the row is, counted from 0; a visitor's rows are together."""
        pages = self.facts.pages.get(self.classes[self.class_number(row)])
        if not pages:
            return None
        if len(self._place_of) != len(self.visits):
            self._place_of = self.places()
        place = self._place_of[row] % len(pages)
        return place, pages[place]

    def places(self) -> array[int]:
        """Row to its place among those of its class."""
        seen = [0] * len(self.classes)
        places = array("I")
        for number in self.class_of if len(self.classes) > 1 else bytes(len(self.visits)):
            places.append(seen[number])
            seen[number] += 1
        return places

    def expected_by(self, number: int) -> Sequence[int]:
        """The same of the visitors of a class."""
        return self.facts.expect.get(self.classes[number], ())

    def visit(self, row: int) -> Visit:
        """The client's half."""
        v = self.visits
        return Visit(v.intended_ns[row], v.connect_start_ns[row], v.sent_ns[row], v.done_ns[row], v.send_start_ns[row])

    def life(self, row: int, now_ns: int) -> list[Span]:
        """The spans of one visitor up to `now_ns` (see state_spans.life); empty before it was to come."""
        visit = self.visit(row)
        if not visit.intended_ns or visit.intended_ns >= now_ns:
            return []
        return life(visit, self.handling(row), now_ns, shows_accept=self.facts.shows_accept)

    def state_totals_ns(self, row: int) -> list[int]:
        """Nanoseconds of a finished visitor in each State."""
        spans = self.life(row, self.visits.done_ns[row])
        return state_totals_ns(spans, self.handling(row))


def state_totals_ns(spans: list[Span], handling: RequestRecord | None) -> list[int]:
    """Nanoseconds spent in each State, in its order; they add up to the spans' whole length."""
    totals = [0] * len(State)
    loop = handling.worker.loops.get(handling.lane) if handling else None
    for span in spans:
        length_ns = span.end_ns - span.start_ns
        if span.state is State.AWAITING and loop is not None:
            held_ns = loop.held_ns(span.start_ns, span.end_ns)
            totals[State.STALLED] += held_ns
            length_ns -= held_ns
        totals[span.state] += length_ns
    return totals
