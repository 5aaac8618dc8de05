"""What a run that was stopped comes to: its whole rounds, or the round that was being recorded, unfinished.

round 1 ✓  round 2 ✓  round 3 …     figures and traces of rounds 1 and 2
round 1 …                           the traces as far as they go, and no figures
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.build_document import assemble, figures_of_rounds, medians_of
from asgi_vs_wsgi.scenarios.analysis.environment import environment, of_workers
from asgi_vs_wsgi.scenarios.analysis.project_answer import answer, in_short
from asgi_vs_wsgi.scenarios.analysis.target_figures import events_of
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.project.look_result import document
from asgi_vs_wsgi.scenarios.results import LadderPoint, LoadResult, RunResult, TargetResult, VerdictResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome, PartialRun, PartialTarget
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.analysis.project_answer import PageAlone
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.project.served_project import ServedProject

Round = Sequence[tuple[TargetResult, TargetTrace]]


def whole(
    experiment: Experiment,
    rounds: Sequence[Round],
    ladder: Sequence[LadderPoint],
    pages_alone: Sequence[Sequence[PageAlone]] = (),
) -> Outcome:
    """Of rounds that all came to their end: each target's median speaks for it.

    `pages_alone`: of a project of the user's own, what each page did alone at each target.
    """
    results = [[result for result, _ in round_] for round_ in rounds]
    medians = medians_of(results, experiment.scenario.toml.verdict.metric)
    traces = [rounds[median][index][1] for index, median in enumerate(medians)]
    events = [event for trace in traces for event in events_of(trace)]
    result = replace(assemble(experiment, results, ladder), events=events)
    told = _of_project(experiment.project, result, results, traces, pages_alone)
    return Outcome(told, traces, rounds=figures_of_rounds(results, experiment.targets))


def _of_project(
    project: ServedProject | None,
    result: RunResult,
    rounds: Sequence[Sequence[TargetResult]],
    traces: Sequence[TargetTrace],
    pages_alone: Sequence[Sequence[PageAlone]],
) -> RunResult:
    """With the answer in the place of a winner: which server suits is for those to say whose project it is."""
    if project is None:
        return result
    found = answer(project, rounds, traces, pages_alone)
    return replace(
        result,
        environment=of_workers([target.environment for target in result.targets], project.versions),
        project={**document(project.look), "folder": str(project.location.folder), "left_out": project.left_out},
        answer=found,
        verdict=replace(result.verdict, winner=None, words=in_short(found)),
    )


def cut_off(
    experiment: Experiment,
    of_rounds: int,
    rounds: Sequence[Round],
    ladder: Sequence[LadderPoint],
    recording: Sequence[TargetTrace],
    at_ns: int,
    pages_alone: Sequence[Sequence[PageAlone]] = (),
) -> Outcome | None:
    """`at_ns`: when it was stopped. None where nobody had come yet: nothing was measured."""
    targets = len(experiment.targets)
    steps, of_steps = len(ladder), len(experiment.ladder) * targets
    if rounds:
        outcome = whole(experiment, rounds, ladder, pages_alone)
        if len(rounds) == of_rounds and steps == of_steps:
            return outcome
        stopped = PartialRun(len(rounds), of_rounds, steps, of_steps, at_ns)
        return Outcome(outcome.result, outcome.traces, stopped, rounds=outcome.rounds)
    if not any(trace.visits.started for trace in recording):
        return None
    visitors = [
        PartialTarget(trace.facts.name, trace.visits.outcome.count(DONE), len(trace.visits)) for trace in recording
    ]
    stopped = PartialRun(0, of_rounds, 0, of_steps, at_ns, visitors)
    return Outcome(_without_figures(experiment), [*recording], stopped)


def _without_figures(experiment: Experiment) -> RunResult:
    verdict = VerdictResult(None, None, experiment.scenario.toml.verdict.metric, "No verdict: the run was stopped.")
    return RunResult(
        scenario=experiment.scenario.name,
        parameters=dict(experiment.parameters),
        mode=experiment.mode,
        environment=environment(),
        load=LoadResult.from_load(experiment.load),
        targets=[],
        verdict=verdict,
        rounds=[],
        ladder=[],
    )
