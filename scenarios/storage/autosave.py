"""Keeps what was measured, once its servers are gone; where that fails, one line says why and nothing else happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.storage.history import RunHistory
from asgi_vs_wsgi.scenarios.storage.saved_scenario import saved_scenario
from asgi_vs_wsgi.scenarios.storage.tournament_file import KeptTournament

if TYPE_CHECKING:
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.tournament.tournament import TournamentProgress


def autosave_run(folder: Path | None, scenario: Scenario, outcome: Outcome) -> str:
    """Why the run could not be kept; empty where it was, or was not to be (`folder` is None)."""
    if folder is None:
        return ""
    try:
        RunHistory(folder).keep(scenario, outcome, time.time_ns())
    except (OSError, BadInput) as error:
        return _why("run", error)
    return ""


def autosave_tournament(folder: Path | None, experiment: Experiment, so_far: TournamentProgress) -> str:
    """The same for a tournament; one in which nothing was measured is not kept. `experiment` is any of it."""
    if folder is None or so_far.tournament is None or not so_far.tournament.standings:
        return ""
    scenario, load = experiment.scenario, LoadResult.from_load(experiment.load)
    try:
        kept = KeptTournament(so_far.tournament, load, so_far.done, so_far.total, saved_scenario(scenario))
        RunHistory(folder).keep_tournament(scenario, kept, time.time_ns())
    except (OSError, BadInput) as error:
        return _why("tournament", error)
    return ""


def _why(what: str, error: OSError | BadInput) -> str:
    reason = error.what if isinstance(error, BadInput) else f"{error.filename or ''}: {error.strerror}".lstrip(": ")
    return f"this {what} was not kept: {reason}"
