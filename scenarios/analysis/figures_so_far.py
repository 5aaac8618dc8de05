"""A target's figures so far: those of the visits that have ended by the playhead, computed as the result's are.

What only the end of a run can tell (law, checks, peaks of memory) is None, as it is where it was not measured.
A visit is worked out once, when the playhead first passes it; its sums are then there for any moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.background_work import BesideRequests
from asgi_vs_wsgi.scenarios.analysis.blamed_lines import Line, blocking_lines, longest_first, told_whose
from asgi_vs_wsgi.scenarios.analysis.client_side import first_bytes_ns, latencies_ns, pieces, request_counts, websockets
from asgi_vs_wsgi.scenarios.analysis.gc_pause import gc_paused
from asgi_vs_wsgi.scenarios.analysis.interval_counter import InFlightPeak, PrefixSums
from asgi_vs_wsgi.scenarios.analysis.request_figures import (
    BEGUN,
    STAGES,
    AwaitedAt,
    Raising,
    RequestFigures,
    awaited_lines,
    failure_reasons,
    mean_states_ms,
    raising_of,
    request_figures,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved
from asgi_vs_wsgi.scenarios.analysis.worker_time import WorkerTime, workers_ended, workers_lost
from asgi_vs_wsgi.scenarios.results import (
    AwaitedLine,
    BlockingLine,
    DriverFigures,
    FailureReason,
    TargetResult,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.results.document import identity
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, latency_of
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

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
        self._rows: list[int] = []
        """The same without their times."""
        self._at_once = InFlightPeak(trace)
        self._times: dict[int, WorkerTime] = {}
        self._beside = BesideRequests(trace)
        self._forget()

    def _forget(self) -> None:
        self._passed: list[RequestFigures] = []
        self._latencies_ns: list[int] = []
        """Of those who were served, in the order of their ends; so are the next two."""
        self._first_bytes_ns: list[int] = []
        self._queued_ns: list[int] = []
        self._served_sums = PrefixSums(1 + len(State))
        """How many, and their time in each state."""
        self._stage_sums = PrefixSums(1 + len(STAGES))
        """The same in each stage, of those of whom a worker has told."""
        self._blame: dict[Line, PrefixSums] = {}
        self._failures: dict[Raising, PrefixSums] = {}
        self._awaited: dict[AwaitedAt, PrefixSums] = {}
        self._suspended_sums = PrefixSums(1)

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
        rows = [row for _, row in ends]
        if rows[: len(self._passed)] != [each.row for each in self._passed]:
            self._forget()
        self._ends, self._rows = ends, rows

    def work_ahead(self) -> Iterator[None]:
        """In each step one visit, so that the figures of any moment are there when a mode asks for them."""
        self._look()
        for place in range(len(self._ends)):
            self._pass(place + 1)
            yield
        for worker in self.trace.workers.values():
            yield from self._time(worker).work_ahead()
        self._at_once.until(0)

    def _pass(self, until: int) -> None:
        """Work out the visits up to the one in place `until`."""
        if until - len(self._passed) < MANY:
            self._work_out(until)
        else:
            with gc_paused():
                self._work_out(until)

    def _work_out(self, until: int) -> None:
        served: list[int] = []
        for place in range(len(self._passed), until):
            one = request_figures(self.trace, self._ends[place][1], 0)
            self._passed.append(one)
            if one.served:
                served.append(one.row)
                self._served_sums.add(place, (1, *one.states_ns))
                self._queued_ns.append(one.states_ns[State.QUEUED])
                if one.handling:
                    self._time(one.handling.worker).take_over(one.handling, one.blocked)
            if one.served and one.stages_ns is not None:
                self._stage_sums.add(place, (1, *one.stages_ns))
            for line, time_ns in one.blame_ns:
                self._blame.setdefault(line, PrefixSums(1)).add(place, (time_ns,))
            for at, time_ns in one.awaited_ns:
                self._awaited.setdefault(at, PrefixSums(1)).add(place, (time_ns,))
            self._suspended_sums.add(place, (one.states_ns[State.AWAITING],))
            if raising := raising_of(one.handling):
                self._failures.setdefault(raising, PrefixSums(1)).add(place, (1,))
        self._latencies_ns.extend(latencies_ns(self.trace.visits, served))
        self._first_bytes_ns.extend(first_bytes_ns(self.trace.visits, served))

    # ---- figures

    def latencies_ns(self, playhead_ns: int) -> list[int]:
        """Of those who were served by then, in the order of their ends."""
        return self._latencies_ns[: self._served_until(self._passed_until(playhead_ns))]

    def _passed_until(self, playhead_ns: int) -> int:
        ended = self.ended(playhead_ns)
        self._pass(ended)
        return ended

    def _served_until(self, ended: int) -> int:
        return self._served_sums.totals_of_first(ended)[0]

    def stages_ms(self, playhead_ns: int) -> list[float] | None:
        """The mean time in each of STAGES, None where nobody was served or no worker was looked into."""
        number, *sums_ns = self._stage_sums.totals_of_first(self._passed_until(playhead_ns))
        return [sum_ns / number / NS_PER_MS for sum_ns in sums_ns] if number else None

    def shortest_stay_ns(self, playhead_ns: int) -> int | None:
        """In a worker, from its beginning to the visitor's last byte; None where nobody was served."""
        passed = self._passed[: self._passed_until(playhead_ns)]
        stays = (sum(each.stages_ns[BEGUN:]) for each in passed if each.served and each.stages_ns is not None)
        return min(stays, default=None)

    def target(self, playhead_ns: int) -> TargetResult:
        """All figures that can be told then."""
        ended = self._passed_until(playhead_ns)
        visits, looked_into = self.trace.visits, self.trace.looked_into
        served, *states_ns = self._served_sums.totals_of_first(ended)
        until_ns = FOREVER if self._is_over(playhead_ns) else playhead_ns
        return TargetResult(
            **identity(self.trace.facts),
            requests=request_counts(self.trace, self._rows[:ended], len(visits)),
            makespan_s=None,
            throughput_rps=None,
            service_s=self.trace.service_ns / 1e9 or None,
            latency_ms=latency_of(self._latencies_ns[:served]),
            uncorrected_latency_ms=None,
            ttfb_ms=latency_of(self._first_bytes_ns[:served]),
            queue_ms=latency_of(self._queued_ns[:served]) if looked_into else None,
            accepted_ms=None,
            states_ms=mean_states_ms(states_ns, served) if looked_into else None,
            in_flight=self._at_once.until(playhead_ns) if looked_into else None,
            workers_seen=self._workers_seen(playhead_ns) if looked_into else [],
            workers_lost=workers_lost(self.trace, until_ns),
            hops_per_request=None,
            blame=self._blame_until(ended, playhead_ns),
            classes=[],
            left=None,
            connections=None,
            law=None,
            checks=[],
            driver=DriverFigures(None, None, False),
            telemetry=None,
            view=self.trace.facts.view,
            failures=self._failures_until(ended) if looked_into else None,
            workers_ended=workers_ended(self.trace, until_ns),
            options=self.trace.facts.options,
            own_threads=self._beside.own_threads(self._until_ns(playhead_ns)) if looked_into else None,
            child_processes=self._beside.child_processes(until_ns) if looked_into else None,
            awaiting_for=self._awaited_until(ended) if looked_into else None,
            environment=self.trace.facts.environment,
            websockets=websockets(self.trace, until_ns),
        )

    def of_classes(self, whole: TargetResult, playhead_ns: int, names: Collection[str]) -> TargetResult:
        """The figures of the visitors of these classes alone, of a target whose figures of all are `whole`.

        What only the whole can tell (workers, driver, law) stays; a lone request asked for one of several views.
        """
        visits, looked_into = self.trace.visits, self.trace.looked_into
        rows = [row for name in self.trace.classes if name in names for row in self.trace.rows_of(name)]
        mine = set(rows)
        ended = [each for each in self._passed[: self._passed_until(playhead_ns)] if each.row in mine]
        served = [each for each in ended if each.served]
        served_rows = [each.row for each in served]
        states_ns = [sum(times) for times in zip(*(each.states_ns for each in served), strict=True)]
        over = whole.makespan_s is not None
        return replace(
            whole,
            requests=request_counts(self.trace, rows if over else [each.row for each in ended], len(rows)),
            not_served=unserved(self.trace, rows) if over else [],
            service_s=None,
            latency_ms=latency_of(latencies_ns(visits, served_rows)),
            uncorrected_latency_ms=None,
            ttfb_ms=latency_of(first_bytes_ns(visits, served_rows)),
            queue_ms=latency_of(each.states_ns[State.QUEUED] for each in served) if looked_into else None,
            states_ms=mean_states_ms(states_ns, len(served)) if looked_into else None,
            in_flight=InFlightPeak(self.trace, mine).until(playhead_ns) if looked_into else None,
            blame=_blamed_in(ended),
            failures=_raised_in(ended) if looked_into else None,
            awaiting_for=_awaited_in(self.trace, ended) if looked_into else None,
            classes=[each for each in whole.classes if each.name in names],
            http_connections=None,
            pieces=pieces(visits, rows) if over else None,
        )

    def elapsed_ns(self, playhead_ns: int) -> int:
        """From the first visitor to the playhead, or to the last end where nobody is left."""
        return self._until_ns(playhead_ns) - min(filter(None, self.trace.visits.intended_ns), default=playhead_ns)

    def _until_ns(self, playhead_ns: int) -> int:
        return self._ends[-1][0] if self._is_over(playhead_ns) else playhead_ns

    def _is_over(self, playhead_ns: int) -> bool:
        return self.ended(playhead_ns) == len(self.trace.visits) > 0

    def _workers_seen(self, playhead_ns: int) -> list[WorkerSeen]:
        """What each worker did so far; how large it grew is told at the end."""
        until_ns, elapsed_ns = self._until_ns(playhead_ns), self.elapsed_ns(playhead_ns)
        times = map(self._time, self.trace.workers.values())
        return [time.seen(until_ns, elapsed_ns, over=self._is_over(playhead_ns)) for time in times]

    def _time(self, worker: WorkerTrace) -> WorkerTime:
        return self._times.setdefault(worker.pid, WorkerTime(self.trace, worker))

    def _blame_until(self, ended: int, playhead_ns: int) -> list[BlockingLine]:
        lines = Counter(
            {line: sums.totals_of_first(ended)[0] for line, sums in self._blame.items() if sums.count(ended)}
        )
        for worker in self.trace.workers.values():
            over = self._is_over(playhead_ns)
            lines.update(self._time(worker).lines_of_nobody(self._until_ns(playhead_ns), over=over))
        own = self._beside.own_threads(self._until_ns(playhead_ns)).lines
        return told_whose(longest_first([*blocking_lines(lines), *own]), self.trace)

    def _awaited_until(self, ended: int) -> list[AwaitedLine] | None:
        sums_ns = {at: sums.totals_of_first(ended)[0] for at, sums in self._awaited.items()}
        return awaited_lines(self.trace, sums_ns, self._suspended_sums.totals_of_first(ended)[0])

    def _failures_until(self, ended: int) -> list[FailureReason]:
        return failure_reasons({raising: sums.totals_of_first(ended)[0] for raising, sums in self._failures.items()})


def _blamed_in(ended: Iterable[RequestFigures]) -> list[BlockingLine]:
    sums_ns = Counter[Line]()
    for each in ended:
        for line, time_ns in each.blame_ns:
            sums_ns[line] += time_ns
    return blocking_lines(sums_ns)


def _awaited_in(trace: TargetTrace, ended: Sequence[RequestFigures]) -> list[AwaitedLine] | None:
    sums_ns = Counter[AwaitedAt]()
    for each in ended:
        for at, time_ns in each.awaited_ns:
            sums_ns[at] += time_ns
    return awaited_lines(trace, sums_ns, sum(each.states_ns[State.AWAITING] for each in ended))


def _raised_in(ended: Iterable[RequestFigures]) -> list[FailureReason]:
    return failure_reasons(Counter(raising for each in ended if (raising := raising_of(each.handling))))
