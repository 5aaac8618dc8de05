"""A tournament: in every round each server is started anew, measured alone, and ended.

Started anew, since two starts of the same server differ (where its memory lies); alone, since the idle workers of a
dozen others would take turns on the cores; every other round in reverse, so that none is favoured.
"""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.environment import environment
from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed
from asgi_vs_wsgi.scenarios.planning.load import TOURNAMENT_BUDGET_S, round_count
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.planning.targets import words_for
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_S
from asgi_vs_wsgi.scenarios.run.observer import Progress, Watcher
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.tournament.standings import (
    SCHEMA,
    Missing,
    Standing,
    Tournament,
    ranked,
    sentences,
    standing,
)
from asgi_vs_wsgi.server_targets.servers import ServerSpec, server_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class TournamentProgress:
    """`take` is what `run_tournament` calls after every measurement."""

    def __init__(self, total: int) -> None:
        self.tournament: Tournament | None = None
        self.done = 0
        self.total = total
        self.took_s = 0.0
        """Until the last of these measurements was done."""
        self._since_ns = monotonic_ns()

    def record(self, tournament: Tournament) -> None:
        """One measurement more."""
        self.tournament = tournament
        self.total = tournament.planned or self.total
        self.done += 1
        self.took_s = (monotonic_ns() - self._since_ns) / NS_PER_S

    @property
    def has_measured(self) -> bool:
        """Whether there is anything to keep."""
        return self.tournament is not None and bool(self.tournament.standings)


WORKERS = 2
"""Of each server that can have more than one."""


def entrants(options: Options, catalog: Catalog) -> tuple[list[Experiment], list[Missing]]:
    """An experiment with one target for each, and who stays out and why; BadInput for a wrong option or name.

    A server that the user names must be able to take part.
    """
    if options.targets:
        whole = resolve(_measured_once(options, options.targets), catalog)  # gives distinct names to equal servers
        # Alone, a target's claims about the others cannot be checked.
        return [replace(whole, targets=(replace(target, checks=[]),)) for target in whole.targets], []
    # What is wrong with the options themselves is told as such.
    resolve(replace(options, targets=(), pythons=()), catalog)
    taking_part: list[Experiment] = []
    missing: list[Missing] = []
    names = {product.name for product in server_specs()}
    for word in options.pythons:
        named, equals, _ = word.partition("=")
        if equals and "/" not in named and named not in names:
            raise BadInput(f"--python {word}: no server `{named}`", hint=suggest(named, names))
    for product in server_specs():
        mine = replace(options, pythons=words_for(options.pythons, product.name, names))
        if not product.installed and not mine.pythons:
            missing.append(Missing(product.name, f"not installed: {product.install}"))
            continue
        try:
            taking_part.append(resolve(_measured_once(mine, (_word(product),)), catalog))
        except BadInput as refusal:
            missing.append(Missing(product.name, refusal.what.partition(": ")[2] or refusal.what))
    return taking_part, missing


def _word(product: ServerSpec) -> str:
    return f"{product.name}:{min(WORKERS, product.max_workers)}"


def _measured_once(options: Options, words: tuple[str, ...]) -> Options:
    return replace(options, targets=words, rounds=1, most_rounds=0, race=False, ladder=())


class _Announcer:
    """Passes a single run's progress on, under the tournament's own words."""

    def __init__(self, watcher: Watcher, words: str, done: int, total: int) -> None:
        self._watcher, self._words, self._done, self._total = watcher, words, done, total

    def progress(self, progress: Progress) -> None:
        if progress.phase not in ("finished", "stopping"):
            words = f"{self._words}: {progress.phase}"
            self._watcher.progress(Progress(progress.phase, words, self._done, self._total))

    def ready(self, target: str, pid: int) -> None:
        self._watcher.ready(target, pid)

    def recording(self, traces: list[TargetTrace], round_number: int) -> None:
        self._watcher.recording(traces, round_number)

    def cut_off(self, outcome: Outcome) -> None:
        """A ranking is of whole measurements."""


async def run_tournament(
    experiments: Sequence[Experiment],
    missing: Sequence[Missing],
    rounds: int,
    watcher: Watcher,
    on_standings: Callable[[Tournament], None] = lambda tournament: None,
    most_rounds: int = 0,
) -> Tournament:
    """Measure each experiment's one target `rounds` times; `on_standings` hears of the ranking after every run.

    Up to `most_rounds` times where a round of all is short. A server that fails is noted and left out of further
    rounds; the others go on.
    """
    results: dict[str, list[TargetResult]] = {}
    troubles: dict[str, str] = {}
    total = rounds * len(experiments)
    done = number = 0
    since_ns = monotonic_ns()
    while number < rounds:
        number += 1
        for experiment in experiments if number % 2 else reversed(experiments):
            name = experiment.targets[0].name
            if name not in troubles:
                words = f"round {number} of {rounds}, {name} ({done + 1} of {total})"
                try:
                    outcome = await run_experiment(experiment, _Announcer(watcher, words, done, total))
                    results.setdefault(name, []).append(outcome.result.targets[0])
                except RunFailed as failure:
                    troubles[name] = failure.what
            done += 1
            if number == 1 and done == len(experiments) and most_rounds > rounds:
                first_round_s = (monotonic_ns() - since_ns) / NS_PER_S
                rounds = round_count(first_round_s, rounds, most_rounds, TOURNAMENT_BUDGET_S)
                total = rounds * len(experiments)
            on_standings(_tournament(experiments, missing, results, troubles, number, total))
    watcher.progress(Progress("finished", "finished", total, total))
    return _tournament(experiments, missing, results, troubles, rounds, total)


def _tournament(
    experiments: Sequence[Experiment],
    missing: Sequence[Missing],
    results: dict[str, list[TargetResult]],
    troubles: dict[str, str],
    rounds: int,
    planned: int,
) -> Tournament:
    first = experiments[0]
    metric = first.scenario.toml.verdict.metric
    standings: list[Standing] = [
        standing(of_one, metric, troubles.get(name, "")) for name, of_one in results.items() if of_one
    ]
    never = [Missing(name, trouble) for name, trouble in troubles.items() if name not in results]
    order = ranked(standings, metric)
    return Tournament(
        SCHEMA,
        first.scenario.name,
        dict(first.parameters),
        environment(),
        metric,
        rounds,
        order,
        [*missing, *never],
        sentences(order, metric),
        planned,
    )
