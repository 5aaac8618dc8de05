"""How long a run, a tournament or a ladder will take, told before it begins.

start a server, warm it up ─► lone requests ─► its visitors ─► end it
        start_s                  timing_s          span_s

What visitors and a lone request took, and what starting a server took on this machine as it is now, is known from
earlier runs, or else guessed from those that are known, or from the load itself.
"""

from __future__ import annotations

import statistics
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises
from asgi_vs_wsgi.scenarios.planning.load import (
    LEAST_ROUNDS,
    MOST_ROUNDS,
    RUN_BUDGET_S,
    SHORT_S,
    TOURNAMENT_BUDGET_S,
    ladder_steps,
    round_count,
)
from asgi_vs_wsgi.scenarios.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
    from asgi_vs_wsgi.scenarios.results import LoadResult, RunResult
    from asgi_vs_wsgi.scenarios.tournament.standings import Tournament

START_S = 1.0
"""Starting a server of two workers, warming it up and ending it, on two cores with little else to do: 0.9 to 1.2 s."""
LEAST_START_S = 0.3
"""No machine starts one sooner: what seems to be less was a round that others disturbed more than the next."""
STEP_S = 0.05
"""Around each step of a ladder: the server is there already."""
UNKNOWN_S, UNKNOWN_LONE_S = 2.0, 0.1
"""Of a burst, and of a lone request, of which nothing is known."""
IDLE_S, LONE_TIME_S, MOST_LONE = 0.1, 0.6, 3
"""Lone requests follow a look at the idle workers; they are so many, or as many as take so long."""


class Otherwise(NamedTuple):
    """How long a target took with other settings."""

    span_s: float
    requests: int
    workers: int
    threads: int


class Known(NamedTuple):
    """From earlier runs: by target, or server, how long its visitors and a lone request took; and of any server.

    `busy`: whether others took much of the machine, so that short rounds were measured again.
    """

    spans_s: Mapping[str, float] = {}
    lone_s: Mapping[str, float] = {}
    start_s: float | None = None
    busy: bool = False
    others: Mapping[str, Otherwise] = {}
    """Of a burst with the same parameters, and another number of visitors, workers or threads."""


class Estimate(NamedTuple):
    """`measured`: of how many of the `among` servers an earlier run tells how long they take."""

    seconds: float
    measurements: int
    rounds: int
    measured: int
    among: int


def tournament_estimate(load: Load, servers: Sequence[str], known: Known) -> Estimate:
    """Each server once in a round; more rounds where they are short, as the tournament itself decides it."""
    each = [(_timing_s(server, known) + span_s(load, server, known.spans_s)) for server in servers]
    round_s = sum(
        _start_s(known) + measured_s * (2 if known.busy and measured_s < SHORT_S else 1) for measured_s in each
    )
    rounds = round_count(round_s, LEAST_ROUNDS, MOST_ROUNDS, TOURNAMENT_BUDGET_S) if servers else 0
    return _estimate(rounds * round_s, rounds * len(servers), rounds, servers, known)


def ladder_estimate(load: Load, targets: Sequence[str], known: Known) -> Estimate:
    """The run itself, and each step of each target: a burst takes longer the more come, and as long as one at least."""
    steps = ladder_steps(load)
    own = (load.concurrency if load.arrivals == "closed" else load.requests) or 1
    parts = [1.0 if load.arrivals == "closed" else min(step, own) / own for step in steps]
    first_s = _timing_s(targets[0], known) + span_s(load, targets[0], known.spans_s)
    whole_s = first_s if known.busy and first_s < SHORT_S else 0.0  # it is measured again, and then no other is
    for target in targets:
        span, least = span_s(load, target, known.spans_s), known.lone_s.get(target, 0.0)
        whole_s += (
            _start_s(known) + _timing_s(target, known) + span + sum(STEP_S + max(part * span, least) for part in parts)
        )
    return _estimate(whole_s, len(targets) * (1 + len(steps)), 1, targets, known)


class RunEstimate(NamedTuple):
    """`grounds` are what it rests on, once each."""

    seconds: float
    grounds: Sequence[str]


AS_THEY_COME = "its visitors come for so long"
AS_BEFORE = "an earlier run with these settings took so long"
FROM_LONE = "by its law, from a lone request of an earlier run"
FROM_OTHER = "by its law, from an earlier run with other settings"
GUESS = "a guess: "
OTHERWISE = f"{GUESS}earlier runs with other settings took so long"
UNTOLD = f"{GUESS}no earlier run here tells"


def run_estimate(experiment: Experiment, known: Known, cores: int) -> RunEstimate:
    """Of a race or of rounds; `known` are runs with the very same settings, and lone requests of whatever load."""
    told = [_foretold_span(experiment.load, target, known, cores) for target in experiment.targets]
    spans, grounds = [span for span, _ in told], _grounds(experiment.targets, [ground for _, ground in told])
    starts_s = _start_s(known) * len(spans)
    if experiment.mode == "race":
        return RunEstimate(starts_s + max(spans), grounds)
    each_s = [span + _timing_s(target.name, known) for target, span in zip(experiment.targets, spans, strict=True)]
    rounds = experiment.rounds
    if experiment.most_rounds > rounds:
        rounds = round_count(sum(each_s), rounds, experiment.most_rounds, RUN_BUDGET_S)
    again_s = each_s[0] if known.busy and each_s[0] < SHORT_S else 0.0
    return RunEstimate(starts_s + rounds * sum(each_s) + again_s, grounds)


def _grounds(targets: Sequence[Target], of_each: Sequence[str]) -> tuple[str, ...]:
    """Each once; where there are several, with whose it is."""
    if len(grounds := tuple(dict.fromkeys(of_each))) == 1:
        return grounds
    of: dict[str, list[str]] = {ground: [] for ground in grounds}
    for target, ground in zip(targets, of_each, strict=True):
        of[ground].append(target.name)
    return tuple(f"{listed(names)}: {ground}" for ground, names in of.items())


def _foretold_span(load: Load, target: Target, known: Known, cores: int) -> tuple[float, str]:
    """From what says most; seconds, and the ground."""
    if load.duration_s or (load.rate and load.requests):
        return span_s(load, target.name, {}), AS_THEY_COME
    if target.name in known.spans_s:
        return known.spans_s[target.name], AS_BEFORE
    if target.law and load.arrivals == "burst" and load.requests:
        if lone_s := known.lone_s.get(target.name):
            return _by_law(target.law, load.requests, target.workers, target.threads, cores) * lone_s, FROM_LONE
        if other := known.others.get(target.name):
            then = _by_law(target.law, other.requests, other.workers, other.threads, cores)
            now = _by_law(target.law, load.requests, target.workers, target.threads, cores)
            return other.span_s * now / then, FROM_OTHER
    if spans := [other.span_s for other in known.others.values()]:
        return statistics.median_high(spans), OTHERWISE
    return UNKNOWN_S, UNTOLD


def _by_law(law: str, requests: int, workers: int, threads: int, cores: int) -> float:
    """How many times a lone request, whose CPU is taken for little where the others wait meanwhile."""
    return LAWS[law](Premises(requests, workers, threads, cores, 1.0, 0.0, -(-requests // workers))) or 1.0


def span_s(load: Load | LoadResult, name: str, known_s: Mapping[str, float]) -> float:
    """From the first visitor to the last."""
    if load.duration_s:
        return load.duration_s
    if load.rate and load.requests:
        return load.requests / load.rate
    return known_s.get(name) or (statistics.median_high(known_s.values()) if known_s else UNKNOWN_S)


def timing_s(lone_s: float | None) -> float:
    """What the lone requests before a round take together."""
    each_s = UNKNOWN_LONE_S if lone_s is None else lone_s
    return IDLE_S + each_s * (min(MOST_LONE, ceil(LONE_TIME_S / each_s)) if each_s else MOST_LONE)


def _start_s(known: Known) -> float:
    return START_S if known.start_s is None else known.start_s


def _timing_s(name: str, known: Known) -> float:
    lone_s = known.lone_s.get(name) or (statistics.median_high(known.lone_s.values()) if known.lone_s else None)
    return timing_s(lone_s)


def _estimate(seconds: float, measurements: int, rounds: int, names: Sequence[str], known: Known) -> Estimate:
    return Estimate(seconds, measurements, rounds, sum(name in known.spans_s for name in names), len(names))


# ---- what starting took, from what all of it took


def start_of_run_s(result: RunResult, took_s: float) -> float | None:
    """Of each of its servers: what visitors and lone requests have not taken of the whole run."""
    spans = [each.makespan_s or (each.p95_ms or 0) / 1000 for each in result.rounds]
    if not spans:
        return None
    visits_s, lone_s = max(spans), 0.0
    if result.mode != "race":
        visits_s = sum(spans)
        of_target = {each.name: timing_s(each.service_s) for each in result.targets}
        lone_s = sum(of_target[each.target] for each in result.rounds)
        if was_busy(result):  # the first was measured again
            visits_s, lone_s = visits_s + spans[0], lone_s + of_target[result.rounds[0].target]
    ladder_s = sum(STEP_S + (point.p95_ms or 0) / 1000 for point in result.ladder)
    return max(LEAST_START_S, (took_s - visits_s - lone_s - ladder_s) / len(result.targets))


def was_busy(result: RunResult) -> bool:
    """Whether a short round was measured again."""
    return result.mode != "race" and any(each.machine and each.machine.busy for each in result.targets)


def start_in_tournament_s(tournament: Tournament, load: LoadResult, measurements: int, took_s: float) -> float | None:
    """The same of a tournament, in which each server is started for each measurement; with what was measured again."""
    spans = {each.server: each.p95_ms / 1000 for each in tournament.standings if each.p95_ms}
    if not spans or not measurements:
        return None
    each_s = statistics.mean(span_s(load, name, spans) + timing_s(None) for name in spans)
    return max(LEAST_START_S, took_s / measurements - each_s)
