"""`tournament`: one scenario on every server, ranked."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.limits import ROUNDS
from asgi_vs_wsgi.scenarios.planning.round_count import LEAST_ROUNDS, MOST_ROUNDS
from asgi_vs_wsgi.scenarios.tournament.standings import Tournament
from asgi_vs_wsgi.tui.commands.output import print_json, print_lines


def tournament(options: Options, *, rounds: int | None, as_json: bool, keep: bool = True) -> int:
    """Check, run, rank, report, keep. A server that fails is part of the report: exit 0 as long as one was ranked.

    Without a number of rounds, as many as the time allows.
    """
    from asgi_vs_wsgi.scenarios.tournament.entrants import entrants

    if rounds is not None and (reason := ROUNDS.refuse(rounds)):
        raise BadInput(f"--rounds: {reason}", hint=f"a whole number from {ROUNDS}")
    experiments, missing = entrants(options, load_catalog(options.scenario_dirs))
    from asgi_vs_wsgi.tui.commands.run_tournament import compete

    report = print_json if as_json else _print_report
    if rounds is None:
        ranking = compete(experiments, missing, LEAST_ROUNDS, report, most_rounds=MOST_ROUNDS, keep=keep)
    else:
        ranking = compete(experiments, missing, rounds, report, keep=keep)
    return 0 if any(each.rank for each in ranking.standings) else 1


def _print_report(ranking: Tournament) -> None:
    from asgi_vs_wsgi.tui.report.tournament import tournament_report

    print_lines(tournament_report(ranking))
