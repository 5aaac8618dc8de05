"""Puts the rounds of all targets together into the document that `run --json` prints."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.analysis.checks import with_checks
from scenarios.analysis.environment import environment
from scenarios.analysis.rounds import median_round, round_of
from scenarios.analysis.verdict import verdict
from scenarios.experiment import Experiment
from scenarios.result import LadderPoint, LoadResult, RunResult, TargetResult


def assemble(
    experiment: Experiment, rounds: Sequence[Sequence[TargetResult]], ladder: Sequence[LadderPoint] = ()
) -> RunResult:
    """`rounds[r][t]` is target t in round r. A target's figures are those of its median round."""
    by_target = list(zip(*rounds, strict=True))
    metric = experiment.scenario.toml.verdict.metric
    medians = medians_of(rounds, metric)
    return RunResult(
        scenario=experiment.scenario.name,
        parameters=dict(experiment.parameters),
        mode=experiment.mode,
        environment=environment(),
        load=LoadResult.of(experiment.load),
        targets=with_checks(
            [of_one[median] for of_one, median in zip(by_target, medians, strict=True)], experiment.targets
        ),
        verdict=verdict(metric, by_target, medians, experiment.mode),
        rounds=[round_of(result, number, metric) for number, of_one in enumerate(rounds, 1) for result in of_one],
        ladder=list(ladder),
    )


def medians_of(rounds: Sequence[Sequence[TargetResult]], metric: str) -> list[int]:
    """For each target the index of the round that speaks for it, by the verdict's figure; its trace is drawn."""
    return [median_round(of_one, metric) for of_one in zip(*rounds, strict=True)]
