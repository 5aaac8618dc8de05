"""Where a run goes beside its report, and what is said of it: nothing, unless it failed or is all that is left.

The report comes first; what cannot be stored is one line after it. A run that was stopped has no report, and what was
measured of it is stored all the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput, LabError
from asgi_vs_wsgi.scenarios.storage.history import autosave_run, history_for, no_place_words
from asgi_vs_wsgi.scenarios.storage.run_reader import write_run
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome


def say_why_not(reason: str) -> None:
    """One line where it could not be kept."""
    if reason:
        say(f"{reason} (--no-keep does not try)", 0)


def how_to_open(reason: str) -> str:
    """Of a run that was stopped; `reason` is why it could not be kept, empty where it is."""
    return reason or f"what was measured until then is kept: `{PROGRAM} replay` opens it"


SAVE = "--save"


class Storage:
    """Of one run; `store` once, when its servers are gone and what is to be told has been."""

    def __init__(self, scenario: Scenario, *, keep: bool, save: str | None = None) -> None:
        self._scenario = scenario
        self._shelf = history_for(keep=keep)
        self._file = Path(save) if save is not None else None
        self._not_kept, self._not_saved = no_place_words(keep=keep), ""

    def store(self, outcome: Outcome) -> None:
        """What fails is remembered: it takes nothing from what does not."""
        self._not_saved = self._save(outcome)
        self._not_kept = autosave_run(self._shelf, self._scenario, outcome) or self._not_kept

    def _save(self, outcome: Outcome) -> str:
        if self._file is None:
            return ""
        try:
            write_run(self._file, self._scenario, outcome)
        except BadInput as error:
            return f"{SAVE}: {error.one_line()}"
        return ""

    def tell(self) -> int:
        """A line for each failure; the exit code, 1 where the file that was asked for is not there."""
        say_why_not(self._not_kept)
        return say(self._not_saved, RUN_FAILED) if self._not_saved else 0

    def tell_of_a_stop(self, error: LabError) -> None:
        """Add to the words of what stopped the run where the stored part of it is, or why there is none."""
        stored = []
        if self._file is not None:
            stored.append(self._not_saved or f"what was measured until then is saved in {self._file}")
        if self._shelf is not None and (self._not_kept or not stored):
            stored.append(how_to_open(self._not_kept))
        error.hint = "; ".join(filter(None, [error.hint, *stored]))


def report_then_store(report: Callable[[], None], storage: Storage, outcome: Outcome) -> int:
    """The report, then the storing, however the report comes out: a reader that has gone takes no run with it."""
    try:
        report()
    finally:
        storage.store(outcome)
        code = storage.tell()
    return code
