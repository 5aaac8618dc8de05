"""Runs a tournament without a screen, and keeps its ranking among the recent runs: also one that was stopped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.run.observer import Callbacks
from asgi_vs_wsgi.scenarios.run.run_in_foreground import until_signal
from asgi_vs_wsgi.scenarios.storage.autosave import keep_tournament
from asgi_vs_wsgi.scenarios.storage.user_history import shelf_for
from asgi_vs_wsgi.scenarios.tournament.progress import SoFar
from asgi_vs_wsgi.scenarios.tournament.standings import Missing, Tournament
from asgi_vs_wsgi.scenarios.tournament.tournament import run_tournament
from asgi_vs_wsgi.tui.commands.autosave_messages import how_to_open, say_why_not
from asgi_vs_wsgi.tui.commands.progress import ProgressLines


def compete(
    experiments: Sequence[Experiment],
    missing: Sequence[Missing],
    rounds: int,
    report: Callable[[Tournament], None],
    *,
    most_rounds: int = 0,
    keep: bool,
) -> Tournament:
    """Progress goes to stderr. A ranking that cannot be kept is told of in one line, after the report of it."""
    so_far, folder = SoFar(rounds * len(experiments)), shelf_for(keep=keep)
    try:
        with ProgressLines(sys.stderr) as lines:
            watcher = Callbacks(lines.progress, lines.ready)
            ranking = until_signal(run_tournament, experiments, missing, rounds, watcher, so_far.take, most_rounds)
    except LabError as error:
        reason = keep_tournament(folder, experiments[0], so_far)
        if folder and so_far.has_measured:
            error.hint = "; ".join(filter(None, [error.hint, how_to_open(reason)]))
        raise
    except Exception:  # a fault of ours, or the machine's: what was measured is measured
        say_why_not(keep_tournament(folder, experiments[0], so_far))
        raise
    try:
        report(ranking)
    finally:
        say_why_not(keep_tournament(folder, experiments[0], so_far))
    return ranking
