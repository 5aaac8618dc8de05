"""Puts the rounds of all targets together into the document that `run --json` prints, with the scenario's checks.

Several rounds of one target: the median one speaks for it, all are reported.
"""

from __future__ import annotations

from itertools import product
from math import inf
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.cause import cause_of
from asgi_vs_wsgi.scenarios.analysis.environment import environment
from asgi_vs_wsgi.scenarios.analysis.laws import may_be_others_words
from asgi_vs_wsgi.scenarios.analysis.unserved import reason_of, sent_late_words, without_page
from asgi_vs_wsgi.scenarios.analysis.verdict import verdict
from asgi_vs_wsgi.scenarios.assertions.claims import (
    Expectation,
    is_of_browser,
    is_time,
    needs_browser,
    read_expectation,
    without_others,
)
from asgi_vs_wsgi.scenarios.results import (
    CheckResult,
    LadderPoint,
    LoadResult,
    Round,
    RoundFigures,
    RunResult,
    TargetResult,
    VerdictResult,
    share_taken,
)
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure, figures_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Check, Target


P95 = "latency_ms.p95"


def median_round(rounds: Sequence[TargetResult], metric: str = P95) -> int:
    """The index of the round whose figure is the median; of an even number the worse of the two in the middle.

    The better one would flatter a target that was measured twice. A round in which the figure was not measured
    counts as the worst. Where the figure is the same in several rounds, as numbers often are, p95 orders those.
    """
    badness = [(_badness(result, metric), _badness(result, P95)) for result in rounds]
    order = sorted(range(len(rounds)), key=badness.__getitem__)
    return order[len(order) // 2]


def _badness(result: TargetResult, metric: str) -> float:
    value = figure(result, metric)
    if value is None:
        return inf
    return -value if metric in MORE_IS_BETTER else value


def round_of(result: TargetResult, number: int, metric: str) -> Round:
    """One line of `rounds`; `metric` is the figure that the verdict is on."""
    value = figure(result, metric)
    return Round(result.name, number, result.makespan_s, _p95(result), result.requests.completed, value)


def figures_of_rounds(rounds: Sequence[Sequence[TargetResult]], targets: Sequence[Target]) -> list[RoundFigures]:
    """All that was measured of each target in each round, and what keeps it from being judged."""
    known = [path for path in figures_of(each for of_one in rounds for each in of_one) if not is_of_browser(path)]
    return [
        RoundFigures(
            result.name,
            number,
            {path: value for path in known if (value := figure(result, path)) is not None},
            share_taken(result.machine),
            sent_late_words(result),
            reason_of(result, failures_expected=target.failures_expected),
        )
        for number, of_one in enumerate(rounds, 1)
        for result, target in zip(of_one, targets, strict=True)
    ]


def ladder_point(result: TargetResult, visitors: int) -> LadderPoint:
    """One line of `ladder`."""
    latency = result.latency_ms
    return LadderPoint(
        result.name,
        visitors,
        latency.p50 if latency else None,
        latency.p95 if latency else None,
        result.throughput_rps,
        without_page(result.requests),
    )


def _p95(result: TargetResult) -> float | None:
    return result.latency_ms.p95 if result.latency_ms else None


def with_checks(results: Sequence[TargetResult], targets: Sequence[Target]) -> list[TargetResult]:
    """The same results with their targets' checks made."""
    by_name = {result.name: result for result in results}
    pairs = list(zip(results, targets, strict=True))
    unjudged = {
        result.name: reason
        for result, target in pairs
        if (reason := reason_of(result, failures_expected=target.failures_expected))
    }
    return [
        replace(result, checks=[_made(check, result, by_name, unjudged) for check in target.checks])
        for result, target in pairs
    ]


def _made(
    check: Check, result: TargetResult, by_name: Mapping[str, TargetResult], unjudged: Mapping[str, str]
) -> CheckResult:
    """It cannot be told where a figure was not measured, or is none of the server's, on either side."""
    measured = figure(result, check.quantity)
    expected = read_expectation(check.expected)
    assert isinstance(expected, Expectation), "the folder was checked"
    other = by_name.get(expected.target)
    bound = expected.bound(check.quantity, figure(other, expected.figure) if other else None)
    holds, reason = None, unjudged.get(result.name) or unjudged.get(expected.target)
    if reason is None and (measured is None or bound is None):
        by_browser = needs_browser(check.quantity, check.expected) and result.vitals is None
        reason = "no browser measured it: `browse` does" if by_browser else "not measured"
    elif reason is None and measured is not None and bound is not None:
        holds = expected.holds(measured, bound)
        if not holds and (taken := _may_be_others(expected, check.quantity, measured, bound, result, other)):
            holds, reason = None, may_be_others_words(taken)
    return CheckResult(check.name, check.quantity, check.expected, measured, holds, reason, bound)


def _may_be_others(
    expected: Expectation,
    quantity: str,
    measured: float,
    bound: float,
    result: TargetResult,
    other: TargetResult | None,
) -> float:
    """What others took of the machine, if times would be as expected had they taken nothing; else 0."""
    sides = ((quantity, measured, result), (expected.figure, bound, other))
    taken = [share_taken(each.machine) if each and is_time(path) else 0.0 for path, _, each in sides]
    ranges = [without_others(path, value, share) for (path, value, _), share in zip(sides, taken, strict=True)]
    return max(taken) if any(expected.holds(*pair) for pair in product(*ranges)) else 0.0


def assemble(
    experiment: Experiment, rounds: Sequence[Sequence[TargetResult]], ladder: Sequence[LadderPoint] = ()
) -> RunResult:
    """`rounds[r][t]` is target t in round r. A target's figures are those of its median round."""
    by_target = list(zip(*rounds, strict=True))
    metric = experiment.scenario.toml.verdict.metric
    medians = medians_of(rounds, metric)
    about = compared(experiment.scenario.toml.verdict.compare, [target.name for target in experiment.targets])
    result = RunResult(
        scenario=experiment.scenario.name,
        parameters=dict(experiment.parameters),
        mode=experiment.mode,
        environment=environment(),
        load=LoadResult.from_load(experiment.load),
        targets=with_checks(
            [of_one[median] for of_one, median in zip(by_target, medians, strict=True)], experiment.targets
        ),
        verdict=_verdict(experiment, by_target, medians, about),
        rounds=[round_of(result, number, metric) for number, of_one in enumerate(rounds, 1) for result in of_one],
        ladder=list(ladder),
    )
    return replace(result, cause=cause_of(result, experiment.scenario.views_py))


def compared(wanted: Sequence[str], names: Sequence[str]) -> list[int]:
    """The places of the targets that the scenario compares; of all where fewer than two of them are in the run."""
    places = [place for place, name in enumerate(names) if name in wanted]
    return places if len(places) > 1 else list(range(len(names)))


def _verdict(
    experiment: Experiment, by_target: Sequence[Sequence[TargetResult]], medians: Sequence[int], about: Sequence[int]
) -> VerdictResult:
    """On the targets that the scenario's question is about; the others are measured beside them."""
    metric = experiment.scenario.toml.verdict.metric
    found = verdict(metric, [by_target[at] for at in about], [medians[at] for at in about], experiment.mode)
    names = [experiment.targets[at].name for at in about]
    return found if len(about) == len(by_target) else replace(found, compared=names)


def medians_of(rounds: Sequence[Sequence[TargetResult]], metric: str) -> list[int]:
    """For each target the index of the round that speaks for it, by the verdict's figure; its trace is drawn."""
    return [median_round(of_one, metric) for of_one in zip(*rounds, strict=True)]
