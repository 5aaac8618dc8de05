"""The plain-text report of a simulation: each block says that it is simulated, and what it rests on.

SIMULATED · Slow I/O                          title, load, from which run
Simulated figures                             a column for each target, intervals
Simulated: how full everything is             what runs out first
Theory beside it                              where it has an answer
Calibrated from                               the run, and how well that is reproduced
How far this can be believed                  what is extrapolated, what nobody can know
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.planning.load import has_rate
from asgi_vs_wsgi.scenarios.results.metrics import figure
from asgi_vs_wsgi.scenarios.simulation.replications import shared_ahead
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
from asgi_vs_wsgi.scenarios.storage.history_entry import beside
from asgi_vs_wsgi.scenarios.wording import count, megabytes, named, number, per_second, share
from asgi_vs_wsgi.server_targets.servers import server_spec
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.report.figures import STATES, in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.run_report import blocks, load_line, report_width
from asgi_vs_wsgi.tui.report.target_tables import classes_table
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, Figure, figures_table, table
from asgi_vs_wsgi.tui.text.text_width import width as cells
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.results.simulation import (
        CalibrationResult,
        CrowdResult,
        TargetSimulation,
    )

CALIBRATED = "What is simulated is calibrated from measured runs"
LANES = "Simulated lanes: no server has run."
TOO_MANY = "Simulated: so many visitors that no lanes are drawn."


def simulation_report(experiment: Experiment, outcome: Outcome, width: int | None = None) -> list[str]:
    """The whole report as lines of at most `width` columns."""
    return blocks(_sections(experiment, outcome, report_width(width)))


def _sections(experiment: Experiment, outcome: Outcome, width: int) -> Iterator[list[str]]:
    result, targets = outcome.result, outcome.result.targets
    title = f"SIMULATED · {experiment.scenario.toml.title}"
    yield [title, *wrap(load_line(result, beside(experiment.scenario)), width, indent="  ")]
    drawn = all(trace.looked_into for trace in outcome.traces)
    yield [LANES, *lanes_text(outcome.traces, width, cells=cells)] if drawn else [TOO_MANY]
    note = wrap(_note_of_figures(result), width, indent="  ")
    yield [
        "Simulated figures",
        *figures_table(targets, SIMULATED, width),
        *note,
    ]
    yield _titled("Simulated mean time of a request in each state", figures_table(targets, STATES, width))
    yield _titled("Simulated classes of visitors", classes_table(targets, width))
    yield _titled("Simulated: how full everything is, on average", figures_table(targets, IN_USE, width))
    yield paragraphs("Theory beside what is simulated", _theory(targets), width)
    yield [CALIBRATED, *calibration_table(targets, width)]
    yield paragraphs("How far what is simulated can be believed", beyond_lines(targets), width)
    yield wrap(result.verdict.words, width, indent="  ")


def _titled(title: str, lines: list[str]) -> list[str]:
    return [title, *lines] if lines else []


def paragraphs(title: str, words: Sequence[str], width: int) -> list[str]:
    """A title above them; nothing where there are none."""
    return [title, *(line for each in words for line in wrap(each, width, indent="  "))] if words else []


def _simulation(target: TargetResult) -> TargetSimulation:
    assert target.simulation, "it was simulated"
    return target.simulation


def _with_interval(name: str) -> Callable[[TargetResult], str]:
    def of(target: TargetResult) -> str:
        latency = target.latency_ms
        if latency is None:
            return NOT_MEASURED
        low, high = (milliseconds(each) for each in (latency.intervals or {}).get(name, [None, None]))
        return f"{milliseconds(getattr(latency, name))} ({low} to {high})"

    return of


def _others(target: TargetResult) -> str:
    failed = target.requests.failed
    return str(failed) if failed else ""


SIMULATED: tuple[Figure, ...] = (
    (
        "simulated as",
        lambda target: (
            f"{count(target.workers, 'worker')} × {target.threads}"
            if target.threads > 1
            else count(target.workers, "worker")
        ),
    ),
    ("completed", lambda target: f"{target.requests.completed}/{target.requests.planned}"),
    ("failed", _others),
    ("makespan", lambda target: in_seconds(target.makespan_s)),
    ("throughput", lambda target: NOT_MEASURED if target.throughput_rps is None else per_second(target.throughput_rps)),
    ("a lone request", lambda target: in_seconds(target.service_s)),
    *((f"latency {name}", _with_interval(name)) for name in ("p50", "p95", "p99")),
    ("in line p95", lambda target: milliseconds(figure(target, "queue_ms.p95"))),
    ("in flight at most", lambda target: NOT_MEASURED if target.in_flight is None else str(target.in_flight.max)),
    ("replications", lambda target: str(_simulation(target).replications)),
)


PARTS = {
    "cores": "cores",
    "slots": "workers or threads",
    "loops": "event loops",
    "gil": "busiest GIL",
    "pool": "places of pools",
}


def _part(name: str) -> Figure:
    def of(target: TargetResult) -> str:
        part = getattr(_simulation(target).in_use, name)
        return NOT_MEASURED if part is None else share(part)

    return PARTS[name], of


IN_USE: tuple[Figure, ...] = (
    *(_part(name) for name in PARTS),
    ("what runs out first", lambda target: _simulation(target).scarce),
)


NOTE = (
    "In brackets: the least and the most of the replications{ends}. {same} whose measured slices a visitor gets, and "
    "which idle worker accepts it, is drawn anew. Lanes and states are of the one in the middle. Calibrated: the "
    "simulator must reproduce the measured run itself, or nothing is told."
)
ENDS = ", and where workers accept a crowd ahead of their threads of the most even and the most uneven sharing, too"
SAME = {False: "Who comes when is the same in all of them;", True: "A visitor comes again once it has its answer;"}


def _accepts_ahead(target: TargetResult, result: RunResult) -> bool:
    setup = Setup(target.server, server_spec(target.server).slot, target.workers, target.threads, 1.0)
    return shared_ahead(setup, at_a_rate=has_rate(result.load))


def _note_of_figures(result: RunResult) -> str:
    has_ends = any(_accepts_ahead(target, result) for target in result.targets)
    return NOTE.format(ends=ENDS if has_ends else "", same=SAME[result.load.arrivals == "closed"])


def _theory(targets: Sequence[TargetResult]) -> list[str]:
    lines = []
    for target in targets:
        for theory in _simulation(target).theory:
            beside = f"; simulated: {milliseconds(theory.simulated_ms)}" if theory.simulated_ms is not None else ""
            lines.append(f"{named(target.name)}: {theory.name}: {theory.words}{beside}.")
    return lines


# ---- what it rests on


def calibration_table(targets: Sequence[TargetResult], width: int) -> list[str]:
    """A column for each measured target, and how well its own run is reproduced."""
    told = {_simulation(target).calibration.target: _simulation(target).calibration for target in targets}
    return calibrations_table(list(told.values()), width)


def calibrations_table(told: Sequence[CalibrationResult], width: int) -> list[str]:
    """The same of these."""
    rows = [
        ("", *(each.target for each in told)),
        ("with", *(f"{each.arrivals}, {count(each.visitors, 'visitor')}, {each.in_flight} in flight" for each in told)),
        (
            "p50 reproduced",
            *(_again(each.reproduced_p50_ms, each.measured_p50_ms, each.reproduces_p50_error) for each in told),
        ),
        (
            "p95 reproduced",
            *(_again(each.reproduced_p95_ms, each.measured_p95_ms, each.reproduces_p95_error) for each in told),
        ),
        ("CPU of a request", *(milliseconds(each.cpu_ms) for each in told)),
        ("  of it the server", *(milliseconds(each.overhead_ms) for each in told)),
        ("tuned by", *(f"{each.tuned_ms:+.2f} ms of {each.tuned_by}" for each in told)),
        ("others took", *(NOT_MEASURED if each.taken_share is None else share(each.taken_share) for each in told)),
        ("largest worker", *(NOT_MEASURED if each.rss_mb is None else megabytes(each.rss_mb) for each in told)),
        *(_crowd_rows([each.crowd for each in told]) if any(each.crowd for each in told) else ()),
        *([("all garbage collected", *map(_collections, told))] if any(each.garbage for each in told) else ()),
    ]
    notes = [_note(each) for each in told]
    return [*table(rows, width), *(line for note in notes for line in wrap(note, width, indent="  "))]


def _collections(told: CalibrationResult) -> str:
    garbage = told.garbage
    if garbage is None:
        return "not seen twice"
    least_ms, most_ms = garbage.cpu_range_ms or (garbage.cpu_ms, garbage.cpu_ms)
    ends = "" if least_ms == most_ms else f"{milliseconds(least_ms)} to {milliseconds(most_ms)}, "
    return f"every {garbage.every_requests} requests, {milliseconds(garbage.cpu_ms)} ({ends}mean of {garbage.seen})"


def _crowd_rows(told: Sequence[CrowdResult | None]) -> Iterator[tuple[str, ...]]:
    """Of the second runs."""

    def row(name: str, of: Callable[[CrowdResult], str]) -> tuple[str, ...]:
        return name, *(NOT_MEASURED if each is None else of(each) for each in told)

    yield row(
        "and with", lambda each: f"{each.arrivals}, {count(each.visitors, 'visitor')}, {each.in_flight} in flight"
    )
    yield row(
        "p50 reproduced", lambda each: _again(each.reproduced_p50_ms, each.measured_p50_ms, each.reproduces_p50_error)
    )
    yield row(
        "p95 reproduced", lambda each: _again(each.reproduced_p95_ms, each.measured_p95_ms, each.reproduces_p95_error)
    )
    yield row("CPU of a request", lambda each: f"{milliseconds(each.cpu_ms)} ({each.times:.2f} times)")
    yield row("  in flight of a worker", lambda each: " to ".join(map(number, each.each)))
    yield row("others took", lambda each: NOT_MEASURED if each.taken_share is None else share(each.taken_share))


def _note(told: CalibrationResult) -> str:
    costs = f"the server's CPU is of {told.overhead_from}; tuned on {told.tuned_on}"
    crowd = f"; costs in a crowd are from {_run(told.crowd)}" if told.crowd else ""
    return f"{told.target}: from {_run(told)}, {versions(told)}; {costs}{crowd}."


def _run(told: CalibrationResult | CrowdResult) -> str:
    return f"{told.run} ({told.saved})" if told.saved else told.run


def versions(told: CalibrationResult) -> str:
    """`uvicorn 0.54.0, Django 5.2.19, Python 3.11.7, 2 cores`, as far as they are known."""
    known = (("Django", told.django), ("Python", told.python))
    parts = (f"{name} {version}" for name, version in known if version)
    return ", ".join((f"{told.server} {told.version}".strip(), *parts, count(told.cores, "core")))


def _again(reproduced_ms: float, measured_ms: float, error: float) -> str:
    return f"{milliseconds(reproduced_ms)}, measured {milliseconds(measured_ms)} ({error:+.1%})"


def beyond_lines(targets: Sequence[TargetResult], told: str = "") -> list[str]:
    """What is true of all in one line, of some with their names; not what stands in `told` already."""
    names: dict[str, list[str]] = {}
    for target in targets:
        for words in _simulation(target).beyond:
            if words not in told:
                names.setdefault(words, []).append(target.name)
    every = len(targets)
    return [f"{'all' if len(of) == every > 1 else ', '.join(of)}: {words}." for words, of in names.items()]
