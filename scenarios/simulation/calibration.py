"""Calibration: scripts and costs from the slices of one measured target, and how well they reproduce its own run.

    slices of each served request ─► scripts ─┐
    END to next BEGIN of a busy worker ─► overhead ─► replay of the measured arrivals ─► tuned until it takes as long
    workers' clocks of a second run, in a crowd ─► times of CPU ─┘                └─► compared: p50 and p95, of both

The overhead is that of a busy worker wherever anybody had to wait: a lone request finds caches cold and the core
asleep, and costs three times as much. A calibration that does not reproduce its own run predicts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.results.simulation import CalibrationResult
from asgi_vs_wsgi.scenarios.simulation.crowd import (
    CrowdCosts,
    MeasuredTarget,
    Source,
    costs_in_a_crowd,
    garbage_of,
    has_gil,
)
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import (
    Script,
    Scripts,
    Step,
    asgi_bodies,
    changed,
    cpu_of,
    longer,
    scaled,
    without_collections,
    wsgi_body,
)
from asgi_vs_wsgi.scenarios.simulation.reproduction import served_by_class, served_of_all
from asgi_vs_wsgi.scenarios.simulation.system_model import NO_CROWD, NO_GARBAGE, Crowd, Garbage
from asgi_vs_wsgi.scenarios.wording import count, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

WAITED_NS = 2_000_000
"""Who came so long before the one before had ended was waiting: the worker went from one to the other without rest."""
LEAST_TURNS = 4
REPRODUCES_SHARE, REPRODUCES_S = 0.10, 0.010
"""A run is reproduced within 10 % + 10 ms in its p50 and its p95: below some 10 ms the machine's own noise is all."""
LEAST_OVERHEAD_S = 0.12e-3
LONE = "a lone request"


@dataclass(frozen=True)
class Calibration:
    """What is known of one target of a measured run: enough to simulate it, and others like it, under other loads."""

    name: str
    server: str
    view: str
    interface: str
    slot: str
    scripts: Scripts
    mix: dict[str, float]
    """Class to its share of the visitors."""
    told: CalibrationResult
    spacing_s: float
    """Between two connections of those who came at once: what its client needs for one."""
    crowd: Crowd = NO_CROWD
    """How its CPU changes with how many are in flight, where two runs tell that."""
    garbage: Garbage = NO_GARBAGE
    """What collections of all garbage cost, where two of one worker were seen."""

    @property
    def outside_s(self) -> float:
        """Of a visitor's wait, what no worker knows of, where two runs tell that."""
        return self.told.crowd.outside_ms / 1000 if self.told.crowd else 0.0

    @property
    def refusal_s(self) -> float:
        """What a 503 costs: what the server needs without the application."""
        return self.told.overhead_ms / 1000


class _Overhead(NamedTuple):
    seconds: float
    words: str
    known: bool
    """Whether all CPU of a request is what its worker's clock says: then what is missing in time is no CPU."""
    of_inside: float = 1.0
    """Of the CPU that slices tell, the part that the worker's clock confirms: a step that lasted has not computed all
    along where others had the core."""


def calibrate(trace: TargetTrace, run: RunResult, source: Source, second: MeasuredTarget | None = None) -> Calibration:
    """Of one target of a run, whose trace is decoded; BadInput where it has no slices, or is not reproduced.

    `second`: the same server under more, from which costs in a crowd are interpolated, and on which it is tuned: what
    comes in a burst tells them better than who comes alone.
    """
    facts, own = trace.facts, MeasuredTarget(trace, run, source)
    figures = own.figures
    for each in (own, second) if second else (own,):
        _refuse_what_was_not_seen(each.trace, each.figures, each.run)
    served = served_by_class(trace)
    bodies = _bodies(trace, served)
    inside = {name: [tuple(body) for body in of_class] for name, of_class in bodies.items()}
    garbage, garbage_told = garbage_of([own, second] if second else [own])
    overhead = _overhead(own, cpu_of(inside), own.collecting_s() if garbage_told else 0.0)
    inside = scaled(inside, cpu=overhead.of_inside)
    untuned = changed(inside, lambda body: _whole(body, overhead.seconds, trace))
    told = replace(_with_overhead(_told(trace, figures, run, source), overhead), garbage=garbage_told)
    costs = costs_in_a_crowd(own, second, collects=bool(garbage_told)) if second else None
    scripts, told = _tuned(own, second, costs, garbage, untuned, told, known=overhead.known)
    _refuse_what_is_not_reproduced(told)
    return Calibration(
        facts.name,
        facts.server,
        facts.view,
        facts.interface,
        facts.slot,
        scripts,
        _mix(trace),
        told,
        max(_spacing_s(each.trace) for each in (own, second) if each),
        costs.crowd if costs else NO_CROWD,
        garbage,
    )


def _tuned(
    own: MeasuredTarget,
    second: MeasuredTarget | None,
    costs: CrowdCosts | None,
    garbage: Garbage,
    untuned: Scripts,
    told: CalibrationResult,
    *,
    known: bool,
) -> tuple[Scripts, CalibrationResult]:
    """On the whole machine, or on what others had left of it: whichever tells the run, or both of them, better.

    Who hardly computes gets the core that it wants, whatever else goes on; who computes all along shares it.
    """
    crowd, word = costs.crowd if costs else NO_CROWD, "hold" if known else "cpu"
    found = []
    for whole in (True, False):
        replays = [each.replay(crowd, garbage, whole=whole) for each in (own, second) if each]
        tuned_s = replays[-1].tune(untuned, known=known)
        scripts = longer(untuned, tuned_s, word)
        outside_s = replays[0].outside_s(scripts) if costs else 0.0
        again = [replay.compared(scripts, outside_s) for replay in replays]
        crowd_told = costs and replace(costs.told, **again[-1]._asdict(), outside_ms=outside_s * 1000)
        tried = replace(told, **again[0]._asdict(), crowd=crowd_told)
        tried = _with_costs(tried, scripts, tuned_s, word, burst=replays[-1].burst)
        found.append((max(each.worst for each in again), whole, scripts, tried))
    _, _, scripts, best = min(found, key=lambda each: (each[0], not each[1]))
    return scripts, best


def _refuse_what_was_not_seen(trace: TargetTrace, figures: TargetResult, run: RunResult) -> None:
    name = trace.facts.name
    if not trace.looked_into:
        what = f"{name}: no worker told what its requests did, so there are no slices to simulate from"
        raise BadInput(what, hint="run it without --no-probe")
    if figures.telemetry and figures.telemetry.lost != 0:
        raise BadInput(f"{name}: records of its workers are missing", hint="run it again, with fewer requests")
    if figures.driver.limited:
        raise BadInput(f"{name}: the load driver was the limit of this run", hint="run it again with a lower rate")
    if figures.workers_lost or figures.workers_ended:
        raise BadInput(f"{name}: workers ended during the run, which is not simulated", hint="choose another run")
    if any(at_ns and handling.end_ns < at_ns for handling in served_of_all(trace) for at_ns in [handling.begin_ns]):
        raise BadInput(f"{name}: a request ends before it begins", hint="run it again")
    missing = [each for each, of_class in served_by_class(trace).items() if not of_class]
    if missing:
        what = f"{name}: no visitor of “{missing[0]}” was served and looked into"
        raise BadInput(what, hint="run it with more visitors")


def _bodies(trace: TargetTrace, served: dict[str, list[RequestRecord]]) -> dict[str, list[list[Step]]]:
    if _in_threads(trace):
        found = {name: [wsgi_body(handling) for handling in of_class] for name, of_class in served.items()}
    else:
        found = {name: asgi_bodies(of_class, trace.visits) for name, of_class in served.items()}
    return {
        name: [without_collections(*each) for each in zip(served[name], bodies, strict=True)]
        for name, bodies in found.items()
    }


def _in_threads(trace: TargetTrace) -> bool:
    """Whether a request holds a worker or a thread; greenlets are as good as a loop."""
    return trace.facts.slot != "none"


def _whole(body: Sequence[Step], overhead_s: float, trace: TargetTrace) -> Script:
    """With what the server does before and after: it accepts and reads, and when the answer has left it closes."""
    if not _in_threads(trace):
        before_s = min(0.4e-3, 0.6 * overhead_s)
        return (("cpu", before_s), ("wait", 0.0), ("begin", 0.0), *body, ("cpu", max(1e-6, overhead_s - before_s)))
    before_s, leaving_s = 0.45 * overhead_s, 0.2 * overhead_s
    after_s = max(1e-6, overhead_s - before_s - leaving_s)
    return (("cpu", before_s), ("begin", 0.0), *body, ("cpu", leaving_s), ("done", 0.0), ("cpu", after_s))


def _overhead(own: MeasuredTarget, inside_s: float, collecting_s: float) -> _Overhead:
    """CPU of a request outside the application: of busy workers if any were, else of the round, last of a lone one."""
    trace, figures = own.trace, own.figures
    told = [(w.cpu_ms, w.requests) for w in figures.workers_seen if w.cpu_ms is not None]
    requests = sum(served for _, served in told)
    if requests and len(told) == len(figures.workers_seen):
        whole_s = sum(cpu_ms for cpu_ms, _ in told) / requests / 1000 - collecting_s
        words = f"the clocks of its workers over {count(requests, 'request')}, less the application's"
        return _rest_of(whole_s, inside_s, words, known=True)
    turns = [turn for worker in trace.workers.values() for turn in _turns(trace, worker)] if _in_threads(trace) else []
    if len(turns) >= LEAST_TURNS:
        words = f"{count(len(turns), 'turn')} of busy workers, from one request's end to the next one's begin"
        return _Overhead(median(turns), words, known=False)
    words = f"{LONE}, cold: up to three times what a busy worker needs"
    return _rest_of(trace.service_cpu_ns / 1e9, inside_s, words, known=False)


def _rest_of(whole_s: float, inside_s: float, words: str, *, known: bool) -> _Overhead:
    if whole_s - inside_s >= LEAST_OVERHEAD_S or not inside_s or not whole_s:
        return _Overhead(max(LEAST_OVERHEAD_S, whole_s - inside_s), words, known)
    return _Overhead(LEAST_OVERHEAD_S, words, known, max(0.2, (whole_s - LEAST_OVERHEAD_S) / inside_s))


def _turns(trace: TargetTrace, worker: WorkerTrace) -> list[float]:
    """Seconds from an END to the next BEGIN on the same thread, where that visitor was waiting already."""
    last: dict[int, RequestRecord] = {}
    turns: list[float] = []
    for handling in sorted(worker.handlings.values(), key=lambda each: each.begin_ns):
        row, before = handling.request - trace.visits.first_id, last.get(handling.lane)
        if before is not None and before.end_ns and 0 <= row < len(trace.visits):
            came_ns = handling.accepted_ns or trace.visits.connected_ns[row]
            if came_ns and came_ns < before.end_ns - WAITED_NS and handling.begin_ns > before.end_ns:
                turns.append((handling.begin_ns - before.end_ns) / 1e9)
        last[handling.lane] = handling
    return turns


def _spacing_s(trace: TargetTrace) -> float:
    """A tenth of a millisecond where nobody came at once."""
    visits = trace.visits
    by_time = sorted(
        (intended, connected)
        for intended, connected in zip(visits.intended_ns, visits.connected_ns, strict=True)
        if connected
    )
    gaps = [max(0, after[1] - before[1]) for before, after in pairwise(by_time) if before[0] == after[0]]
    return median(gaps) / 1e9 if gaps else 0.1e-3


def _mix(trace: TargetTrace) -> dict[str, float]:
    rows = len(trace.visits)
    return {name: len(trace.rows_of(name)) / rows for name in trace.classes}


# ---- what is told of it


def _told(trace: TargetTrace, figures: TargetResult, run: RunResult, source: Source) -> CalibrationResult:
    facts, on = trace.facts, figures.environment
    known = run.environment
    rss = [worker.rss_peak_mb for worker in figures.workers_seen if worker.rss_peak_mb is not None]
    return CalibrationResult(
        run=source.name,
        saved=source.saved,
        target=facts.name,
        server=facts.server,
        version=facts.version,
        python=on.python if on and on.python else known.get("python"),
        gil=has_gil(figures, run),
        django=on.django if on else known.get("django"),
        cores=int(known.get("cores", 1)),
        taken_share=figures.machine.taken if figures.machine else None,
        arrivals=run.load.arrivals,
        visitors=sum(map(len, served_by_class(trace).values())),
        in_flight=figures.in_flight.max if figures.in_flight else 1,
        workers=facts.workers,
        threads=facts.threads,
        cpu_ms=0.0,
        overhead_ms=0.0,
        overhead_from="",
        tuned_ms=0.0,
        tuned_by="",
        tuned_on="",
        measured_p50_ms=0.0,
        measured_p95_ms=0.0,
        reproduced_p50_ms=0.0,
        reproduced_p95_ms=0.0,
        reproduces_p50_error=0.0,
        reproduces_p95_error=0.0,
        rss_mb=max(rss, default=None),
    )


def _with_overhead(told: CalibrationResult, overhead: _Overhead) -> CalibrationResult:
    return replace(told, overhead_ms=overhead.seconds * 1000, overhead_from=overhead.words)


def _with_costs(
    told: CalibrationResult, scripts: Scripts, tuned_s: float, word: str, *, burst: bool
) -> CalibrationResult:
    on = told.crowd or told
    crowd = f"{count(on.visitors, 'visitor')}, at most {on.in_flight} in flight"
    return replace(
        told,
        cpu_ms=cpu_of(scripts) * 1000,
        tuned_ms=tuned_s * 1000,
        tuned_by="CPU" if word == "cpu" else "time without CPU" if tuned_s >= 0 else "CPU, to after the answer",
        tuned_on=f"how long a burst of {crowd}, took" if burst else f"the latencies of {crowd}",
    )


def _refuse_what_is_not_reproduced(told: CalibrationResult) -> None:
    for of, run in ((told, "the run itself"), (told.crowd, "the second run")):
        for name in ("p50", "p95") if of else ():
            real_ms, again_ms = getattr(of, f"measured_{name}_ms"), getattr(of, f"reproduced_{name}_ms")
            if abs(again_ms - real_ms) > REPRODUCES_SHARE * real_ms + REPRODUCES_S * 1000:
                what = f"{told.target}: the simulator does not reproduce {run}, and so predicts nothing from it"
                differs = f"{name} {seconds(again_ms / 1000)}, measured {seconds(real_ms / 1000)}"
                raise BadInput(f"{what}: {differs}", hint="measure it again, on a quiet machine")
