"""The plain-text report of a sizing: what holds what was asked for, what does not and why, what all of it rests on.

SIMULATED · Slow I/O · sizing                 what is to be held
Simulated to hold it, the cheapest first      p95 with its interval, what runs out first, where it breaks, memory
Simulated not to hold it, the nearest first   why
MEASURED live: …                              with --confirm: PREDICTED and MEASURED of the best two, side by side
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.results import BUSY
from asgi_vs_wsgi.scenarios.wording import cores_words, count, megabytes, per_second, share
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.run_report import blocks, report_width
from asgi_vs_wsgi.tui.report.simulation import CALIBRATED, beyond_lines, calibration_table, paragraphs
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, table
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.results.simulation import Configuration, Confirmation, Sizing


def size_report(experiment: Experiment, outcome: Outcome, width: int | None = None) -> list[str]:
    """What holds what was asked for, what does not and why, and what all of it rests on."""
    return blocks(_size_sections(experiment, outcome, report_width(width)))


def _size_sections(experiment: Experiment, outcome: Outcome, width: int) -> Iterator[list[str]]:
    result = outcome.result
    goal, every = result.sizing, result.configurations
    assert goal, "it was sized"
    assert every, "something was tried"
    yield from search_sections(experiment.scenario.toml.title, goal, every, width)
    yield paragraphs("How sure what is simulated is", [goal.sure, *beyond_lines(result.targets, told=goal.sure)], width)
    yield [CALIBRATED, *calibration_table(result.targets, width)]


def search_sections(title: str, goal: Sizing, every: Sequence[Configuration], width: int) -> Iterator[list[str]]:
    """What was asked for, what holds it, what does not and why, and what theory says."""
    yield [f"SIMULATED · {title} · sizing", *wrap(goal_words(goal), width, indent="  ")]
    holding = [one for one in every if one.holds]
    rows = [one for one in holding if not one.screened] or holding[:MOST_ROWS]
    if rows:
        held = table([SIZE_HEADER, *map(_size_row, rows)], width)
        yield ["Simulated to hold it, the cheapest first", *held, *_left(len(holding) - len(rows))]
    else:
        yield ["Simulated: nothing that was tried holds it."]
    failing = [one for one in every if not one.holds]
    failing.sort(key=lambda one: (one.p95_ms is None, one.p95_ms or one.wanted / one.slots))
    reasons = [_why_not(one) for one in failing[:MOST_ROWS]]
    yield paragraphs("Simulated not to hold it, the nearest first", reasons, width)
    yield wrap(MEMORY_NOTE, width, indent="  ")
    yield paragraphs("Theory beside what is simulated", [goal.little], width)


def goal_words(goal: Sizing) -> str:
    """What is to be held."""
    whose = "of all visitors" if goal.of == "all" else f"of “{goal.of}” visitors"
    more = f", and at {goal.headroom:g} times as many" if goal.headroom != 1 else ""
    held = f"p95 {whose} within {milliseconds(goal.p95_ms)} at {per_second(goal.rate)}{more}"
    return f"{held}, on {cores_words(goal.cores)}"


MOST_ROWS = 8
SIZE_HEADER = ("", "p95 (least to most)", "runs out first", "in use", "holds to", "breaks at", "memory")
MEMORY_NOTE = (
    "Memory: workers × the peak of the largest that was measured; “from” where there are more threads than that "
    "one had. Workers share pages, so together they take less. In use: of what runs out first, on average, simulated."
)


def _size_row(one: Configuration) -> tuple[str, ...]:
    between = " to ".join(milliseconds(each) for each in one.interval or [])
    return (
        one.target,
        f"{milliseconds(one.p95_ms)} ({between})",
        one.scarce,
        share(one.in_use.fullest),
        NOT_MEASURED if one.screened or one.holds_at_rps is None else per_second(one.holds_at_rps),
        NOT_MEASURED if one.screened or one.breaks_at_rps is None else per_second(one.breaks_at_rps),
        _memory(one),
    )


def _memory(one: Configuration) -> str:
    return _megabytes(one.memory_mb, at_least=one.memory_at_least)


def _megabytes(value: float | None, *, at_least: bool = False) -> str:
    return NOT_MEASURED if value is None else f"{'from ' * at_least}{megabytes(value)}"


def _left(more: int) -> list[str]:
    return [f"and {more} more, which take more threads or more memory"] if more > 0 else []


def _why_not(one: Configuration) -> str:
    would = f"; it would hold {per_second(one.holds_at_rps)}" if one.holds_at_rps is not None else ""
    return f"{one.target}: {one.why}{would}."


# ---- the best two, run live

CONFIRM_HEADER = (
    "",
    "p95 PREDICTED (least to most)",
    "p95 MEASURED",
    "memory PREDICTED",
    "memory MEASURED",
    "held live",
)
CONFIRM_NOTE = (
    "PREDICTED: simulated before the live run, for the very visitors who then came; the interval is of its "
    "replications, and of so short a time. MEASURED: what the live servers did; memory: the peaks of all workers."
)


def confirmation_report(result: RunResult, width: int | None = None) -> list[str]:
    """What was PREDICTED of the best configurations beside what was then MEASURED of them."""
    width = report_width(width)
    return blocks(
        [confirmation_table(result.confirmations or [], width), confirmation_notes(result.confirmations or [], width)]
    )


def confirmation_table(every: Sequence[Confirmation], width: int) -> list[str]:
    """A row for each, below what they were asked for."""
    first = every[0]
    end = f"{first.duration_s:g} s" if first.duration_s else count(first.requests or 0, "visitor")
    whose = "all visitors" if first.of == "all" else f"“{first.of}” visitors"
    title = f"MEASURED live: {first.arrivals} arrivals at {per_second(first.rate)} for {end}, one after another"
    goal = f"Asked for: p95 of {whose} within {milliseconds(first.limit_ms)}."
    rows = table([CONFIRM_HEADER, *map(_confirmation_row, every)], width)
    return [*wrap(title, width), *rows, *wrap(goal, width, indent="  ")]


def confirmation_notes(every: Sequence[Confirmation], width: int) -> list[str]:
    """What the words mean, and what disturbed the live run."""
    notes = [words for one in every for words in _live_notes(one)]
    return [line for words in (CONFIRM_NOTE, *notes) for line in wrap(words, width, indent="  ")]


def _confirmation_row(one: Confirmation) -> tuple[str, ...]:
    between = " to ".join(milliseconds(each) for each in one.predicted.interval or [])
    predicted = NOT_MEASURED if one.predicted.p95_ms is None else f"{milliseconds(one.predicted.p95_ms)} ({between})"
    at_least = one.predicted.memory_at_least
    return (
        one.target,
        predicted,
        milliseconds(one.measured.p95_ms),
        _megabytes(one.predicted.memory_mb, at_least=at_least),
        _megabytes(one.measured.memory_mb),
        held_words(one),
    )


def held_words(one: Confirmation) -> str:
    """Whether the target was held live, and whether that had been predicted."""
    measured = "yes" if one.measured.holds else "NO"
    return (
        measured if one.measured.holds == one.predicted.holds else f"{measured}, predicted {_yes(one.predicted.holds)}"
    )


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _live_notes(one: Confirmation) -> Iterator[str]:
    live = one.measured
    if live.completed < live.planned:
        lost = count(live.planned - live.completed, "visitor")
        yield f"{one.target}: {lost} of {live.planned} had no page, and count as waiting without end."
    if live.taken_share is not None and live.taken_share > BUSY:
        yield f"{one.target}: others took {share(live.taken_share)} of the machine during its live run: measure again."
    if live.driver_limited:
        yield f"{one.target}: the load driver was the limit of the live run."
