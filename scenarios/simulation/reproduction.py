"""A measured run once more through the simulator: the same visitors at the same times, to be compared.

A calibration is tuned on it, with each visitor's own script, and then held against it with scripts that are resampled.
"""

from __future__ import annotations

from array import array
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import LEAST_CPU, Scripts, cpu_of, longer
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup, draw_scripts, script_table, system_model
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.system_model import Arrivals, ClosedVisitors, GivenArrivals, Load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.simulation.request_scripts import ScriptTable
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

TUNED_TO_S = 0.030
"""That may be added to a request at most; of its CPU, so much as LEAST_CPU leaves may be taken away."""
MOST_OUTSIDE_S = 0.003
TUNING_STEPS, TUNING_SEEDS = 14, 2
MOST_REPLAYED = 3000
"""Visitors of the run, the first; so many tell what a request costs."""
SEEDS = (1, 2, 3, 4, 5)
TOGETHER_NS = 50_000_000
"""Who came within so long came as a burst."""


def served_of_all(trace: TargetTrace) -> list[RequestRecord]:
    first, outcome = trace.visits.first_id, trace.visits.outcome
    found = [
        handling
        for worker in trace.workers.values()
        for request, handling in worker.handlings.items()
        if 0 <= request - first < len(outcome) and outcome[request - first] == DONE and handling.end_ns
    ]
    return sorted(found, key=lambda handling: handling.request)


def served_by_class(trace: TargetTrace) -> dict[str, list[RequestRecord]]:
    """Class to the records of its visitors that were served, in the order of their rows."""
    served: dict[str, list[RequestRecord]] = {name: [] for name in trace.classes}
    for handling in served_of_all(trace):
        served[trace.classes[trace.class_number(handling.request - trace.visits.first_id)]].append(handling)
    return served


class Reproduced(NamedTuple):
    """Fields of a CalibrationResult and of a CrowdResult."""

    measured_p50_ms: float
    measured_p95_ms: float
    reproduced_p50_ms: float
    reproduced_p95_ms: float
    reproduces_p50_error: float
    reproduces_p95_error: float

    @property
    def worst(self) -> float:
        """The larger error, without its sign."""
        return max(abs(self.reproduces_p50_error), abs(self.reproduces_p95_error))


class Replay:
    """The measured arrivals once more; visitors of loops and threads come to those workers that served them.

    Where each waits for an answer before the next comes, `at_a_time` of them do so again: at the measured times a
    server that is a little slower would be overrun.
    """

    def __init__(self, trace: TargetTrace, setup: Setup, at_a_time: int | None = None) -> None:
        visits = trace.visits
        rows = [row for row in range(len(visits)) if visits.outcome[row] == DONE and visits.intended_ns[row]]
        rows = sorted(rows, key=lambda row: visits.connected_ns[row] or visits.intended_ns[row])[:MOST_REPLAYED]
        first_ns = min(visits.intended_ns[row] for row in rows)
        came_ns = [visits.connected_ns[row] or visits.intended_ns[row] for row in rows]
        self._closed = at_a_time is not None
        self._arrivals: Arrivals = GivenArrivals(array("d", [(at_ns - first_ns) / 1e9 for at_ns in came_ns]))
        if at_a_time is not None:
            self._arrivals = ClosedVisitors(min(at_a_time, len(rows)), len(rows))
        self._late_s = [(at_ns - visits.intended_ns[row]) / 1e9 for at_ns, row in zip(came_ns, rows, strict=True)]
        self.measured_s = [(visits.done_ns[row] - visits.intended_ns[row]) / 1e9 for row in rows]
        self._last_s = max(visits.done_ns[row] - first_ns for row in rows) / 1e9
        self._classes = [trace.classes[trace.class_number(row)] for row in rows]
        self._places = self._places_of(trace, rows)
        self._workers = None if self._closed else self._served_by(trace, rows)
        self._model = system_model(setup)
        self._mix = dict.fromkeys(trace.classes, 1.0)
        self.burst = not self._closed and max(came_ns) - min(came_ns) < TOGETHER_NS

    @staticmethod
    def _places_of(trace: TargetTrace, rows: Sequence[int]) -> list[int]:
        """The place of each one's own script among those of its class; of one that was not seen, the first."""
        place = {
            handling.request - trace.visits.first_id: at
            for of_class in served_by_class(trace).values()
            for at, handling in enumerate(of_class)
        }
        return [place.get(row, 0) for row in rows]

    @staticmethod
    def _served_by(trace: TargetTrace, rows: Sequence[int]) -> array[int] | None:
        """Who served each, from 0; None where anybody idle takes the next: there the simulator knows as well."""
        if trace.facts.slot == "worker" or trace.facts.workers == 1:
            return None
        handlings = [trace.handling(row) for row in rows]
        served = array("i", [handling.worker.index - 1 if handling else -1 for handling in handlings])
        return served if all(0 <= index < trace.facts.workers for index in served) else None

    def _run(self, table: ScriptTable, chosen: array[int], seed: int) -> tuple[list[float], float]:
        """Simulated latencies in seconds, and when the last had its answer."""
        columns = simulate(
            self._model, Load(table, self._arrivals, script_of=chosen, worker_of=self._workers), seed=seed
        )
        late = zip(columns.done_s, columns.arrival_s, self._late_s, strict=True)
        return [done_s - came_s + late_s for done_s, came_s, late_s in late], max(columns.done_s)

    def _too_long(self, scripts: Scripts) -> float:
        """By how much the last of a burst had an answer too late; else how much too long a visitor was there, as a
        median, or on average where others had to wait for its answer.

        Each has the script that is its own: chance has no part in it, but for who accepts.
        """
        table = script_table(scripts, self._mix)
        runs = [self._run(table, self._own(table), seed) for seed in SEEDS[:TUNING_SEEDS]]
        if self.burst:
            return median(last_s for _, last_s in runs) - self._last_s
        if self._closed:
            return median(fmean(times) for times, _ in runs) - fmean(self.measured_s)
        return median(
            median(again_s - real_s for again_s, real_s in zip(times, self.measured_s, strict=True))
            for times, _ in runs
        )

    def _own(self, table: ScriptTable) -> array[int]:
        """Of scripts of another run, as many in turn as it has."""
        starts = zip(table.names, table.class_start, table.class_start[1:], strict=False)
        first = {name: (start, beyond - start) for name, start, beyond in starts}
        own = zip((first[name] for name in self._classes), self._places, strict=True)
        return array("i", [start + place % count for (start, count), place in own])

    def outside_s(self, scripts: Scripts) -> float:
        """For how much longer than simulated a visitor waits, though nobody is held meanwhile: client and kernel."""
        return min(MOST_OUTSIDE_S, max(0.0, -self._too_long(scripts)))

    def tune(self, scripts: Scripts, *, known: bool) -> float:
        """By how much each request is to be longer, in seconds, for the run to take as long as it took.

        Where all CPU is known, what is missing is no CPU: the kernel, and others that had the core.
        """
        low, high, word = -(1 - LEAST_CPU) * cpu_of(scripts), TUNED_TO_S, "hold" if known else "cpu"
        for _ in range(TUNING_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._too_long(longer(scripts, middle, word)) < 0 else (low, middle)
        return (low + high) / 2

    def compared(self, scripts: Scripts, outside_s: float = 0.0) -> Reproduced:
        """How well the run is reproduced: the median over draws that it was not tuned on."""
        table = script_table(scripts, self._mix)
        chosen = [(draw_scripts(table, self._classes, seed), seed + 100) for seed in SEEDS]
        draws = [sorted(self._run(table, scripts_of, seed)[0]) for scripts_of, seed in chosen]
        p50, p95 = (median(nearest_rank(draw, percent) for draw in draws) + outside_s for percent in (50, 95))
        real = sorted(self.measured_s)
        real50, real95 = nearest_rank(real, 50), nearest_rank(real, 95)
        measured = real50 * 1000, real95 * 1000
        return Reproduced(*measured, p50 * 1000, p95 * 1000, p50 / real50 - 1, p95 / real95 - 1)
