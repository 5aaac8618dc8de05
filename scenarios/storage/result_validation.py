"""Whether what was computed of a run, well typed, holds together: its result, its ranking, how far it came, any figure.

Of a file that may come from anywhere; what was recorded is checked in run_validation.
"""

from __future__ import annotations

import re
from sys import float_info
from typing import TYPE_CHECKING, Any, get_args

from msgspec import Struct, structs

from asgi_vs_wsgi.scenarios.assertions.claims import Expectation, read_expectation
from asgi_vs_wsgi.scenarios.model.scenario import THREADS, WORKERS, LawName
from asgi_vs_wsgi.scenarios.results.browser import faults_of_browser
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, saved_figures_of
from asgi_vs_wsgi.scenarios.scenario_files.reader import SLUG
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, UNTOLD
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts
from asgi_vs_wsgi.server_targets.probe.protocol.records import AWAITED_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import PartialRun
    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
    from asgi_vs_wsgi.scenarios.tournament.standings import Standing

LATEST_NS = 2**62
"""On a clock that counts from the machine's start: 146 years."""
_STATUS = re.compile("[0-9]{1,3}")
LARGEST = 1e15
"""Of any figure: a thousand times all that a run can come to."""
LARGEST_FREE = float_info.max
_MAY_BE_NEGATIVE = {"tuned_ms", "reproduces_p50_error", "reproduces_p95_error"}
_FREE = _MAY_BE_NEGATIVE | {"parameters", "environment", "measured", "over_time", "seed"}
"""Figures that may be below zero, and as large as they like."""


def figure_faults(value: Any, where: str, *, free: bool = False) -> Iterator[str]:
    """Every number anywhere below is one: finite, and not absurd."""
    match value:
        case bool() | None | str():
            return
        case int() | float():
            if not -LARGEST_FREE <= value <= LARGEST_FREE:  # also what is no number, or an integer beyond all floats
                yield f"{where} holds {value:g}" if isinstance(value, float) else f"{where} holds too large a number"
            elif not free and not 0 <= value <= LARGEST:
                yield f"{where} holds {value:g}"
        case Struct():
            for name in value.__struct_fields__:
                yield from figure_faults(getattr(value, name), f"{where}.{name}", free=free or name in _FREE)
        case dict():
            for key, each in value.items():
                yield from figure_faults(each, f"{where}.{key}", free=free)
        case list() | tuple():
            for each in value:
                yield from figure_faults(each, where, free=free)


def fault_of_stop(stopped: PartialRun | None) -> str:
    """What is wrong first with how far a run had come that was stopped, or nothing."""
    if stopped is None:
        return ""
    if not 0 <= stopped.at_ns < LATEST_NS:
        return "it was stopped at no time"
    return next(figure_faults(structs.replace(stopped, at_ns=0), "its stop"), "")


def fault_of_ranking(kept: KeptTournament) -> str:
    """The same of a tournament."""
    return next(_ranking_faults(kept), "")


def _ranking_faults(kept: KeptTournament) -> Iterator[str]:
    ranking = kept.tournament
    if not SLUG.fullmatch(kept.scenario.name):
        yield "its scenario has no name"
    if ranking.metric not in METRICS and not ranking.metric.startswith("classes."):
        yield f"its metric is {ranking.metric!r}"
    for standing in ranking.standings:
        yield from (f"{standing.server!r}: {fault}" for fault in facts_faults(standing))
        if standing.rank is not None and not 1 <= standing.rank <= len(ranking.standings):
            yield f"{standing.server!r} has rank {standing.rank}"
    yield from figure_faults(kept, "it")


def facts_faults(facts: TargetFacts | TargetResult | Standing) -> Iterator[str]:
    """Of who a target is."""
    if WORKERS.refuse(facts.workers) or THREADS.refuse(facts.threads):
        yield f"it has {facts.workers} workers of {facts.threads} threads"
    if facts.interface not in ("wsgi", "asgi"):
        yield f"its interface is {facts.interface!r}"
    if isinstance(facts, TargetFacts) and facts.slot not in ("worker", "thread", "none"):
        yield f"it is limited by {facts.slot!r}"
    if isinstance(facts, TargetFacts) and (facts.port >> 16 or not all(each.paths for each in facts.requests.values())):
        yield "its port, or what its visitors ask for, is none"
    if isinstance(facts, TargetFacts) and facts.law is not None and facts.law not in get_args(LawName):
        yield f"there is no law {facts.law!r}"


def result_faults(result: RunResult, names: list[str]) -> Iterator[str]:
    """A run that was stopped in its first round has figures of no target; any other of all."""
    if result.mode not in ("race", "measure", "simulate"):
        yield f"its mode is {result.mode!r}"
    if result.targets and [target.name for target in result.targets] != names:
        yield "its result speaks of other targets"
    spoken_of = [result.verdict.winner, *(one.target for one in result.rounds), *(one.target for one in result.ladder)]
    if not {target.name for target in result.targets}.issuperset(filter(None, spoken_of)):
        yield "its rounds, its ladder or its verdict speak of other targets"
    known = saved_figures_of(result.targets)
    if result.verdict.on not in known:
        yield f"its verdict is on {result.verdict.on!r}"
    if not isinstance(cores := result.environment.get("cores", 1), int) or cores < 1:
        yield f"it ran on {cores} cores"
    for target in result.targets:
        yield from (f"the result of {target.name!r}: {fault}" for fault in facts_faults(target))
        expected = [read_expectation(check.expected) for check in target.checks]
        figures = [check.quantity for check in target.checks]
        figures += [each.figure for each in expected if isinstance(each, Expectation) and each.target]
        if not {*known}.issuperset(figures):
            yield f"the result of {target.name!r}: a check of no figure"
        counts = [target.requests, *(each.requests for each in target.classes)]
        if not all(_STATUS.fullmatch(key) for each in counts for key in each.statuses):
            yield f"the result of {target.name!r}: a status that is none"
        if target.law is not None and target.law.cores is not None and target.law.cores <= 0:
            yield f"the result of {target.name!r}: its law has {target.law.cores:g} cores"
        if target.states_ms is not None and {*target.states_ms} - {UNTOLD} != {*STATE_NAMES}:
            yield f"the result of {target.name!r}: its states are others"
        own_lines = target.own_threads.lines if target.own_threads else []
        if not {*STATE_NAMES, UNTOLD}.issuperset(blame.state for blame in [*target.blame, *own_lines]):
            yield f"the result of {target.name!r}: an unknown state"
        if not {*AWAITED_WORDS.values()}.issuperset(each.what for each in target.awaiting_for or ()):
            yield f"the result of {target.name!r}: it awaits what is not known"
        if target.law is not None and target.law.name not in get_args(LawName):
            yield f"the result of {target.name!r}: there is no law {target.law.name!r}"
    yield from faults_of_browser(result.browser, [target.vitals for target in result.targets])
    yield from figure_faults(result, "the result")
