"""The timeline of a saved run: the one place that knows both runs and what exports need of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.analysis.server_side import joining
from asgi_vs_wsgi.scenarios.exports.request_states import seen_by_client, told_by_worker
from asgi_vs_wsgi.scenarios.exports.timeline import Event, PageRecording, Request, StateSpan, Target, Timeline
from asgi_vs_wsgi.scenarios.exports.tracks import page_events, target_events
from asgi_vs_wsgi.scenarios.load.request_templates import NUMBER
from asgi_vs_wsgi.scenarios.load.visits import ERROR_KINDS, OUTCOMES, Visits
from asgi_vs_wsgi.scenarios.results.simulation import is_simulated
from asgi_vs_wsgi.scenarios.results.target_parts import RequestSent
from asgi_vs_wsgi.scenarios.trace.states import Span, life, states_told
from asgi_vs_wsgi.scenarios.trace.target_trace import state_totals_ns
from asgi_vs_wsgi.scenarios.wording import count

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

Tell = Callable[[int, int], None]
"""How many requests have been read, of how many."""
TELL_EVERY = 500
MOST_HOLDS = 100_000
"""Of event loops, that waiting requests would be drawn with: each step of a neighbour cuts every wait."""
SIMULATED = "simulated"
LEAST_HOLD_NS = 1_000_000
"""Where there are more, shorter holds are drawn together at the end of a wait: sums stay exact."""


def timeline_of(
    run: SavedRun,
    traces: Sequence[TargetTrace],
    *,
    saved_ns: int = 0,
    title: str = "",
    tell: Tell = lambda done, total: None,
) -> Timeline:
    """Of the decoded `traces` of a run, or of some of them; `saved_ns`: when its file was written, for runs without a
    clock of their own."""
    last_ns = max((max(trace.visits.done_ns, default=0) for trace in traces), default=0)
    offset_ns = _clock_offset_ns(run, traces) if run.clock else max(0, saved_ns - last_ns)
    progress = _Progress(sum(len(trace.visits) for trace in traces), tell)
    starts_ns = [ns for trace in traces for ns in (trace.visits.start_ns, *trace.visits.intended_ns) if ns]
    earliest_ns = min(starts_ns, default=run.clock.monotonic_ns if run.clock else 0)
    readers, flows = [], 0
    labels = [trace.facts.label for trace in traces]
    for place, trace in enumerate(traces):
        facts = trace.facts
        label = facts.label if labels.count(facts.label) == 1 else f"{facts.label} ({facts.name})"
        if is_simulated(run.result) and SIMULATED not in label:
            label = f"{SIMULATED}, {label}"
        readers.append(_Reader(trace, run, place, label, flows, progress))
        flows += len(trace.visits)
    return Timeline(
        run.scenario.name,
        title or run.scenario.name,
        [reader.target(earliest_ns) for reader in readers],
        offset_ns,
        run.clock is not None,
        version(PROGRAM),
        [*_notes(run, readers)],
        [*_drawing_notes(readers)],
        is_simulated(run.result),
    )


def _clock_offset_ns(run: SavedRun, traces: Sequence[TargetTrace]) -> int:
    """To be added to a monotonic time. A simulation's first visitor comes when it was made, on a clock of its own, also
    where it was saved with this machine's."""
    assert run.clock is not None, "it was asked for"
    simulated_ns = min((trace.visits.start_ns for trace in traces), default=0)
    return run.clock.wall_ns - (simulated_ns if is_simulated(run.result) else run.clock.monotonic_ns)


def _notes(run: SavedRun, readers: Sequence[_Reader]) -> Iterator[str]:
    if is_simulated(run.result):
        yield "simulated, not measured: no server has run, and times of day are those of the simulation"
    elif run.clock is None:
        yield "this run was saved before runs kept the time of day: times of day are guessed from its file"
    if not is_simulated(run.result) and not all(reader.trace.facts.port for reader in readers):
        yield "this run was saved before runs kept ports: addresses have none"
    without = [reader.trace for reader in readers if not reader.joined and reader.trace.visits.started]
    if blind := [trace.facts.name for trace in without if not any(w.events for w in trace.workers.values())]:
        yield f"no worker was looked into ({', '.join(blind)}): what the client saw is all there is"
    if alien := [trace.facts.name for trace in without if trace.facts.name not in blind]:
        yield f"workers told of other requests than these ({', '.join(alien)}): what the client saw is all there is"
    if unfinished := sum(not done_ns for reader in readers for done_ns in reader.trace.visits.done_ns):
        stopped = " before the run was stopped" if run.stopped else ""
        yield f"{count(unfinished, 'request')} did not end{stopped}: formats of ended ones lack them"


def _drawing_notes(readers: Sequence[_Reader]) -> Iterator[str]:
    if drawn := [reader.trace.facts.name for reader in readers if reader.least_hold_ns]:
        yield (
            f"event loops held for under 1 ms are drawn together, at the end of each wait ({', '.join(drawn)}); "
            "sums are exact"
        )


@dataclass(slots=True)
class _Progress:
    total: int
    tell: Tell
    done: int = 0

    def one(self) -> None:
        self.done += 1
        if not self.done % TELL_EVERY:
            self.tell(self.done, self.total)


@dataclass(slots=True)
class _Reader:
    """One target's trace, read as requests and as events."""

    trace: TargetTrace
    run: SavedRun
    place: int
    label: str
    """Of no other target: viewers make one of two groups of the same name."""
    flows_before: int
    progress: _Progress
    handlings: dict[int, RequestRecord] = field(default_factory=dict)
    joined: bool = False
    least_hold_ns: int = 0
    now_ns: int = 0
    """What had not ended by then is cut off there."""
    _asked: list[RequestSent] = field(default_factory=list)
    """By class."""
    _places: Sequence[int] = ()
    """Row to its place among those of its class."""

    def __post_init__(self) -> None:
        trace, stopped = self.trace, self.run.stopped
        self.handlings = {r: each for worker in trace.workers.values() for r, each in worker.handlings.items()}
        self.joined = bool(trace.workers) and trace.looked_into and not joining(trace).failed
        told_ns = max((worker.told_ns for worker in trace.workers.values()), default=0)
        self.now_ns = (stopped.at_ns if stopped else 0) or max(max(trace.visits.done_ns, default=0), told_ns)
        if self.joined and self._holds() > MOST_HOLDS:
            self.least_hold_ns = LEAST_HOLD_NS
        self._asked = [self._asked_by(name) for name in trace.classes]
        pages = (page.request for pages in trace.facts.pages.values() for page in pages if page.request)
        if any(len(each.paths) > 1 for each in (*self._asked, *pages)):
            self._places = trace.turns or trace.places()

    def _holds(self) -> int:
        found = 0
        for handling in self.handlings.values():
            if loop := handling.worker.loops.get(handling.lane):
                found += len(loop.steps_between(handling.begin_ns, handling.end_ns or self.now_ns))
        return found

    def _asked_by(self, name: str) -> RequestSent:
        """Of runs that did not keep it, from their figures, or as our own scenarios are asked for."""
        facts = self.trace.facts
        if sent := facts.requests.get(name):
            return sent
        results = [each for each in self.run.result.targets if each.name == facts.name]
        sent = next((each.request for result in results for each in result.classes if each.name == name), None)
        return sent if sent and sent.paths else RequestSent("GET", [f"/{self.run.scenario.name}/{facts.view}"], 0)

    def target(self, earliest_ns: int) -> Target:
        """Of one to which nobody came, the times are those of the others."""
        facts, visits = self.trace.facts, self.trace.visits
        start_ns = min(filter(None, visits.intended_ns), default=visits.start_ns or earliest_ns)
        end_ns = max(visits.done_ns, default=0) or (self.now_ns if visits.started else start_ns)
        return Target(
            facts.name,
            self.label,
            facts.interface,
            facts.server,
            facts.version,
            facts.port,
            start_ns,
            max(start_ns, end_ns),
            len(visits),
            self.requests,
            self.events,
            next((r.vitals.requests for r in self.run.result.targets if r.name == facts.name and r.vitals), ()),
            self._page(),
        )

    def _page(self) -> PageRecording | None:
        """What a browser recorded."""
        page = next((each for each in self.run.pages if each.name == self.trace.facts.name), None)
        if page is None:
            return None
        return PageRecording(page.events, lambda: page_events(page.trace(), self.label, page.asked), page.whole)

    def events(self) -> Iterator[Event]:
        """What trace viewers draw."""
        handlings = self.handlings if self.joined else None
        return target_events(
            self.trace, self.label, handlings, self.request, self.place, self.flows_before, self.now_ns
        )

    # ---- requests

    def requests(self, spans: bool) -> Iterator[Request]:
        """In the order of their numbers."""
        for row in range(len(self.trace.visits)):
            yield self.request(row, spans=spans)

    def request(self, row: int, *, spans: bool) -> Request:
        """One of them."""
        self.progress.one()
        trace = self.trace
        v: Visits = trace.visits
        handling = self.handlings.get(v.first_id + row) if self.joined else None
        done_ns = v.done_ns[row]
        lived = (
            life(trace.visit(row), handling, done_ns or self.now_ns, shows_accept=trace.facts.shows_accept)
            if self.joined and 0 < v.intended_ns[row] < self.now_ns
            else []
        )

        def within(at_ns: int) -> int:
            """In the visit: what a file of a run says may lie before it or behind it."""
            return max(v.intended_ns[row], min(at_ns, done_ns)) if at_ns and done_ns else at_ns

        page, number, turn, sent = self._sent(row)
        failure = handling.failure if handling else 0
        raised = handling.worker.raised.get(failure, ("",)) if handling and failure else ("",)
        return Request(
            row + 1,
            v.first_id + row,
            trace.classes[trace.class_number(row)],
            page,
            sent.method,
            _path(sent, number, turn),
            sent.body_bytes,
            v.intended_ns[row],
            within(v.connect_start_ns[row]),
            within(v.connected_ns[row]),
            v.reused(row),
            within(v.sent_ns[row]),
            within(v.first_byte_ns[row]),
            done_ns,
            v.status[row],
            v.bytes_received[row],
            OUTCOMES[v.outcome[row]],
            ERROR_KINDS[v.error[row]],
            handling.worker.index if handling else 0,
            handling.worker.pid if handling else 0,
            handling.accepted_ns if handling else 0,
            handling.begin_ns if handling else 0,
            handling.end_ns if handling else 0,
            handling.hops if handling else 0,
            raised[0],
            states_told(state_totals_ns(lived, handling)) if done_ns and self.joined else None,  # type: ignore[arg-type]
            self._spans(row, lived, handling) if spans else (),
        )

    def _spans(self, row: int, lived: Sequence[Span], handling: RequestRecord | None) -> Sequence[StateSpan]:
        if not self.joined:
            return [*seen_by_client(self.trace.visits, row, self.now_ns)]
        return told_by_worker(lived, handling, self.least_hold_ns, self.now_ns)

    def _sent(self, row: int) -> tuple[str, int, int, RequestSent]:
        """The page's own name, its visitor's number and place among those of its class, and what was asked for."""
        turn = self._places[row] if self._places else 0
        if self.trace.facts.pages and (found := self.trace.page_of(row)):
            place, page = found
            pages = len(self.trace.facts.pages[self.trace.classes[self.trace.class_number(row)]])
            sent = (
                page.request
                if page.request and page.request.paths
                else RequestSent("GET", [f"/{self.run.scenario.name}/{page.view}"], 0)
            )
            return page.name, row - place + 1, turn // pages, sent
        return "", row + 1, turn, self._asked[self.trace.class_number(row)]


def _path(sent: RequestSent, number: int, turn: int) -> str:
    path = sent.paths[turn % len(sent.paths)]
    return path.replace(NUMBER, str(number)) if NUMBER in path else path
