"""`tournament`: one scenario on every server, ranked; a ranking is kept also of one that was stopped."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput, LabError
from asgi_vs_wsgi.scenarios.model.scenario import ROUNDS
from asgi_vs_wsgi.scenarios.planning.load import LEAST_ROUNDS, MOST_ROUNDS
from asgi_vs_wsgi.scenarios.run.foreground import until_signal
from asgi_vs_wsgi.scenarios.run.observer import Callbacks
from asgi_vs_wsgi.scenarios.storage.history import autosave_tournament, history_for, no_place_words
from asgi_vs_wsgi.scenarios.tournament.tournament import TournamentProgress, run_tournament
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.commands.save_run import how_to_open, say_why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.tournament.standings import Missing, Tournament


def run_and_rank(
    experiments: Sequence[Experiment],
    missing: Sequence[Missing],
    rounds: int,
    report: Callable[[Tournament], None],
    *,
    most_rounds: int = 0,
    keep: bool,
) -> Tournament:
    """Progress goes to stderr. A ranking that cannot be kept is told of in one line, after the report of it."""
    so_far, folder = TournamentProgress(rounds * len(experiments)), history_for(keep=keep)
    try:
        with ProgressLines(sys.stderr) as lines:
            watcher = Callbacks(lines.progress, lines.ready)
            ranking = until_signal(run_tournament, experiments, missing, rounds, watcher, so_far.record, most_rounds)
    except LabError as error:
        reason = autosave_tournament(folder, experiments[0], so_far)
        if folder and so_far.has_measured:
            error.hint = "; ".join(filter(None, [error.hint, how_to_open(reason)]))
        raise
    except Exception:  # a fault of ours, or the machine's: what was measured is measured
        say_why_not(autosave_tournament(folder, experiments[0], so_far))
        raise
    try:
        report(ranking)
    finally:
        say_why_not(autosave_tournament(folder, experiments[0], so_far) or no_place_words(keep=keep))
    return ranking


def tournament(options: Options, *, rounds: int | None, as_json: bool, keep: bool = True) -> int:
    """Check, run, rank, report, keep. A server that fails is part of the report: exit 0 as long as one was ranked.

    Without a number of rounds, as many as the time allows.
    """
    from asgi_vs_wsgi.scenarios.tournament.tournament import entrants

    if rounds is not None and (reason := ROUNDS.refuse(rounds)):
        raise BadInput(f"--rounds: {reason}", hint=f"a whole number from {ROUNDS}")
    experiments, missing = entrants(options, load_catalog(options.scenario_dirs))

    report = print_json if as_json else _print_report
    if rounds is None:
        ranking = run_and_rank(experiments, missing, LEAST_ROUNDS, report, most_rounds=MOST_ROUNDS, keep=keep)
    else:
        ranking = run_and_rank(experiments, missing, rounds, report, keep=keep)
    return 0 if any(each.rank for each in ranking.standings) else 1


def _print_report(ranking: Tournament) -> None:
    from asgi_vs_wsgi.tui.report.tournament import tournament_report

    print_lines(tournament_report(ranking))
