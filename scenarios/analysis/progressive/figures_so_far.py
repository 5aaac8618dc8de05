"""A target's figures so far: those of the visits that have ended by the playhead, computed as the result's are.

What only the end of a run can tell (law, checks, peaks of memory) is None, as it is where it was not measured.
A visit is worked out once, when the playhead first passes it; its sums are then there for any moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.intervals import clipped, handlings_of, most_at_once
from asgi_vs_wsgi.scenarios.analysis.progressive.finished_request import BEGUN, STAGES, FinishedRequest, passed
from asgi_vs_wsgi.scenarios.analysis.progressive.gc_pause import gc_paused
from asgi_vs_wsgi.scenarios.analysis.progressive.in_flight_peak import InFlightPeak, PrefixSums
from asgi_vs_wsgi.scenarios.analysis.request_counts import request_counts
from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS, latency_of
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved
from asgi_vs_wsgi.scenarios.analysis.worker_time import WorkerTime
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, ERROR_KINDS, FAILED
from asgi_vs_wsgi.scenarios.results import (
    BlockingLine,
    DriverFigures,
    InFlight,
    Latency,
    RequestCounts,
    TargetResult,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.results.document import identity
from asgi_vs_wsgi.scenarios.trace.states import State, states_told
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

MANY = 500
"""Visits whose figures are more than a frame's garbage."""


class ProgressiveFigures:
    """Of one trace, which may still grow."""

    def __init__(self, trace: TargetTrace) -> None:
        self.trace = trace
        self._ends: list[tuple[int, int]] = []
        """(done_ns, row) of those who have ended, in order."""
        self._at_once = InFlightPeak(trace)
        self._times: dict[int, WorkerTime] = {}
        self._forget()

    def _forget(self) -> None:
        self._passed: list[FinishedRequest] = []
        self._states = PrefixSums(len(State))
        self._stages = PrefixSums(len(STAGES))
        self._blame: dict[tuple[str, State], PrefixSums] = {}

    def ended(self, playhead_ns: int) -> int:
        """How many have ended by then."""
        self._look()
        return bisect_right(self._ends, (playhead_ns, 1 << 62))

    def _look(self) -> None:
        """Who has ended since the last look; one who is told of late is put where it belongs."""
        visits = self.trace.visits
        if len(visits) - visits.done_ns.count(0) == len(self._ends):
            return
        ends = sorted((done_ns, row) for row, done_ns in enumerate(visits.done_ns) if done_ns)
        known = len(self._passed)
        if [row for _, row in ends[:known]] != [each.row for each in self._passed]:
            self._forget()
        self._ends = ends

    def work_ahead(self) -> Iterator[None]:
        """In each step one visit, so that the figures of any moment are there when a mode asks for them."""
        self._look()
        for place in range(len(self._ends)):
            self._pass(place + 1)
            yield
        for worker in self.trace.workers.values():
            yield from self._time(worker).work_ahead()
        self._at_once.most(0)

    def _pass(self, until: int) -> None:
        """Work out the visits up to the one in place `until`."""
        if until - len(self._passed) < MANY:
            self._work_out(until)
        else:
            with gc_paused():
                self._work_out(until)

    def _work_out(self, until: int) -> None:
        for place in range(len(self._passed), until):
            one = passed(self.trace, self._ends[place][1])
            self._passed.append(one)
            if one.served:
                self._states.add(place, one.states_ns)
            if one.served and one.stages_ns is not None:
                self._stages.add(place, one.stages_ns)
            for where, state, time_ns in one.blame_ns:
                self._blame.setdefault((where, state), PrefixSums(1)).add(place, [time_ns])

    # ---- figures

    def latencies_ns(self, playhead_ns: int) -> list[int]:
        """Of those who were served by then, in the order of their ends."""
        return [each.latency_ns for each in self._served(playhead_ns)]

    def _served(self, playhead_ns: int) -> list[FinishedRequest]:
        ended = self.ended(playhead_ns)
        self._pass(ended)
        return [each for each in self._passed[:ended] if each.served]

    def stages_ms(self, playhead_ns: int) -> list[float] | None:
        """The mean time in each of STAGES, None where nobody was served or no worker was looked into."""
        ended = self.ended(playhead_ns)
        self._pass(ended)
        means = self._stages.means(ended)
        return [mean / NS_PER_MS for mean in means] if means else None

    def shortest_stay_ns(self, playhead_ns: int) -> int | None:
        """In a worker, from its beginning to the visitor's last byte; None where nobody was served."""
        stages = [each.stages_ns for each in self._served(playhead_ns) if each.stages_ns is not None]
        return min((sum(times[BEGUN:]) for times in stages), default=None)

    def target(self, playhead_ns: int) -> TargetResult:
        """All figures that can be told then."""
        served, ended = self._served(playhead_ns), self.ended(playhead_ns)
        looked_into = self.trace.looked_into
        return TargetResult(
            **identity(self.trace.facts),
            requests=self._counts([row for _, row in self._ends[:ended]], len(self.trace.visits)),
            makespan_s=None,
            throughput_rps=None,
            service_s=self.trace.service_ns / 1e9 or None,
            latency_ms=latency_of(each.latency_ns for each in served),
            uncorrected_latency_ms=None,
            ttfb_ms=latency_of(each.first_byte_ns for each in served),
            queue_ms=self._queue(served) if looked_into else None,
            accepted_ms=None,
            states_ms=self._states_ms(ended) if looked_into else None,
            in_flight=InFlight(*self._at_once.most(playhead_ns)) if looked_into else None,
            workers_seen=self._workers_seen(playhead_ns) if looked_into else [],
            workers_lost=sum(1 for worker in self.trace.workers.values() if 0 < worker.died_ns <= playhead_ns),
            hops_per_request=None,
            blame=self._blamed(ended),
            classes=[],
            left=None,
            connections=None,
            law=None,
            checks=[],
            driver=DriverFigures(None, None, False),
            telemetry=None,
            view=self.trace.facts.view,
        )

    def of_classes(self, whole: TargetResult, playhead_ns: int, names: Collection[str]) -> TargetResult:
        """The figures of the visitors of these classes alone, of a target whose figures of all are `whole`.

        What only the whole can tell (workers, driver, law) stays; a lone request asked for one of several views.
        """
        rows = [row for name in self.trace.classes if name in names for row in self.trace.rows_of(name)]
        mine, until = set(rows), self.ended(playhead_ns)
        self._pass(until)
        ended = [each for each in self._passed[:until] if each.row in mine]
        served = [each for each in ended if each.served]
        over = whole.makespan_s is not None
        so_far = self._counts([each.row for each in ended], len(rows))
        counts = request_counts(self.trace.visits, rows) if over else so_far
        return replace(
            whole,
            requests=counts,
            not_served=unserved(self.trace.visits, rows) if over else [],
            service_s=None,
            latency_ms=latency_of(each.latency_ns for each in served),
            uncorrected_latency_ms=None,
            ttfb_ms=latency_of(each.first_byte_ns for each in served),
            queue_ms=self._queue(served) if self.trace.looked_into else None,
            states_ms=_mean_states_ms(served) if self.trace.looked_into else None,
            in_flight=self._in_flight_of(mine, playhead_ns) if self.trace.looked_into else None,
            blame=_blamed_in(ended),
            classes=[each for each in whole.classes if each.name in names],
        )

    def _in_flight_of(self, rows: Collection[int], playhead_ns: int) -> InFlight:
        """As the analysis counts all of them."""
        trace, by_worker = self.trace, []
        for worker in trace.workers.values():
            mine = [each for each in handlings_of(trace, worker) if each.request - trace.visits.first_id in rows]
            last_ns = worker.died_ns or playhead_ns
            by_worker.append(clipped(((h.begin_ns, h.end_ns or last_ns) for h in mine), (0, playhead_ns)))
        together = most_at_once(interval for intervals in by_worker for interval in intervals)
        return InFlight(together, max(map(most_at_once, by_worker), default=0))

    def elapsed_ns(self, playhead_ns: int) -> int:
        """From the first visitor to the playhead, or to the last end where nobody is left."""
        return self._until_ns(playhead_ns) - min(filter(None, self.trace.visits.intended_ns), default=playhead_ns)

    def _until_ns(self, playhead_ns: int) -> int:
        over = self.ended(playhead_ns) == len(self.trace.visits) > 0
        return self._ends[-1][0] if over else playhead_ns

    def _workers_seen(self, playhead_ns: int) -> list[WorkerSeen]:
        """What each worker did so far; how large it grew is told at the end."""
        until_ns, elapsed_ns = self._until_ns(playhead_ns), max(1, self.elapsed_ns(playhead_ns))
        return [self._worker_seen(worker, until_ns, elapsed_ns) for worker in self.trace.workers.values()]

    def _worker_seen(self, worker: WorkerTrace, until_ns: int, elapsed_ns: int) -> WorkerSeen:
        time = self._time(worker).until(until_ns)
        held_ms = None if time.longest_ns is None else time.longest_ns / NS_PER_MS
        blocked_share = None if time.blocked_ns is None else time.blocked_ns / elapsed_ns
        return WorkerSeen(
            worker.pid, time.requests, time.busy_ns / elapsed_ns, blocked_share, held_ms, None, None, None
        )

    def _time(self, worker: WorkerTrace) -> WorkerTime:
        return self._times.setdefault(worker.pid, WorkerTime(self.trace, worker))

    def _counts(self, rows: Sequence[int], planned: int) -> RequestCounts:
        """Of those who have ended."""
        visits = self.trace.visits
        outcomes = bytes(visits.outcome[row] for row in rows)
        failed, cancelled = outcomes.count(FAILED), outcomes.count(CANCELLED)
        completed = len(rows) - failed - cancelled
        kinds, statuses = Counter(visits.error[row] for row in rows), Counter(visits.status[row] for row in rows)
        errors = {ERROR_KINDS[kind]: number for kind, number in kinds.items() if kind}
        told = {str(status): number for status, number in statuses.items() if status}
        return RequestCounts(planned, completed, failed, cancelled, 0, errors, told)

    def _queue(self, served: list[FinishedRequest]) -> Latency | None:
        return latency_of(each.states_ns[State.QUEUED] for each in served)

    def _states_ms(self, ended: int) -> dict[str, float | None] | None:
        means = self._states.means(ended)
        return states_told([mean / NS_PER_MS for mean in means]) if means else None

    def _blamed(self, ended: int) -> list[BlockingLine]:
        lines = [
            BlockingLine(where, state.label, sums.totals_of_first(ended)[0] / NS_PER_MS)
            for (where, state), sums in self._blame.items()
            if sums.count(ended)
        ]
        return sorted(lines, key=lambda line: line.ms, reverse=True)


def _mean_states_ms(served: Sequence[FinishedRequest]) -> dict[str, float | None] | None:
    if not served:
        return None
    totals = [sum(times) for times in zip(*(each.states_ns for each in served), strict=True)]
    return states_told([total / len(served) / NS_PER_MS for total in totals])


def _blamed_in(ended: Sequence[FinishedRequest]) -> list[BlockingLine]:
    sums: Counter[tuple[str, State]] = Counter()
    for each in ended:
        for where, state, time_ns in each.blame_ns:
            sums[where, state] += time_ns
    return [BlockingLine(where, state.label, time_ns / NS_PER_MS) for (where, state), time_ns in sums.most_common()]
