"""`tournament`: one scenario on every server, ranked."""

from __future__ import annotations

import sys

from scenarios.catalog import load_catalog
from scenarios.errors import BadInput
from scenarios.experiment import Options
from scenarios.limits import ROUNDS
from tui.commands.output import print_json, print_lines
from tui.commands.progress import ProgressLines


def tournament(options: Options, *, rounds: int, as_json: bool) -> int:
    """Check, run, rank, report. A server that fails is part of the report: exit 0 as long as one was ranked."""
    from scenarios.tournament.entrants import entrants

    if reason := ROUNDS.refuse(rounds):
        raise BadInput(f"--rounds: {reason}", hint=f"a whole number from {ROUNDS}")
    experiments, missing = entrants(options, load_catalog(options.scenario_dirs))
    from scenarios.run.headless import until_signal
    from scenarios.run.watcher import Callbacks
    from scenarios.tournament.tournament import run_tournament

    with ProgressLines(sys.stderr) as lines:
        ranking = until_signal(run_tournament, experiments, missing, rounds, Callbacks(lines.progress, lines.ready))
    if as_json:
        print_json(ranking)
    else:
        from tui.report_tournament import tournament_report

        print_lines(tournament_report(ranking))
    return 0 if any(each.rank for each in ranking.standings) else 1
