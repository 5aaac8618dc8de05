"""Where a run goes beside its report, and what is said of it: nothing, unless it failed or is all that is left.

The report comes first; what cannot be stored is one line after it. A run that was stopped has no report, and what was
measured of it is stored all the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput, LabError
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, write_atomically
from asgi_vs_wsgi.scenarios.storage.history import autosave_run, history_for, no_place_words
from asgi_vs_wsgi.scenarios.storage.run_reader import saved_run, write_saved_run
from asgi_vs_wsgi.tui.commands.output import ProgressLines
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun


def say_why_not(reason: str) -> None:
    """One line where it could not be kept."""
    if reason:
        say(f"{reason} (--no-keep does not try)", 0)


def how_to_open(reason: str) -> str:
    """Of a run that was stopped; `reason` is why it could not be kept, empty where it is."""
    return reason or f"what was measured until then is kept: `{PROGRAM} replay` opens it"


SAVE, HTML = "--save", "--html"


def check_files(save: str | None, html: str | None) -> None:
    """Before the run: both can be written, and a page is named as browsers want it."""
    if save is not None:
        check_writable(SAVE, Path(save))
    if html is None:
        return
    from asgi_vs_wsgi.tui.commands.export import HTML as PAGE

    if Path(html).suffix.lower() not in (PAGE.ending, *PAGE.also):
        raise BadInput(f"{HTML} {html}: a page ends in {PAGE.ending}", hint=f"e.g. report{PAGE.ending}")
    check_writable(HTML, Path(html))


class Storage:
    """Of one run; `store` once, when its servers are gone and what is to be told has been."""

    def __init__(self, scenario: Scenario, *, keep: bool, save: str | None = None, html: str | None = None) -> None:
        self._scenario = scenario
        self._shelf = history_for(keep=keep)
        self._file = Path(save) if save is not None else None
        self._page = Path(html) if html is not None else None
        self._not_kept, self._not_saved, self._no_page = no_place_words(keep=keep), "", ""

    def store(self, outcome: Outcome) -> None:
        """What fails is remembered: it takes nothing from what does not."""
        if self._file is None and self._page is None and self._shelf is None:
            return
        saved = saved_run(self._scenario, outcome)
        self._not_saved = self._save(saved)
        self._not_kept = autosave_run(self._shelf, self._scenario, outcome, saved) or self._not_kept
        self._no_page = self._write_page(saved)

    def _save(self, saved: SavedRun) -> str:
        if self._file is None:
            return ""
        try:
            write_saved_run(self._file, saved)
        except BadInput as error:
            return f"{SAVE}: {error.one_line()}"
        return ""

    def _write_page(self, saved: SavedRun) -> str:
        if self._page is None:
            return ""
        from asgi_vs_wsgi.tui.html_report.page import report_page

        with ProgressLines.for_people() as lines:
            lines.progress(Progress("exporting", f"writing {self._page.name}"))
            try:
                write_atomically(self._page, report_page(saved).encode())
            except BadInput as error:
                return f"{HTML}: {error.one_line()}"
        return ""

    def tell(self) -> int:
        """A line for each failure; the exit code, 1 where a file that was asked for is not there."""
        say_why_not(self._not_kept)
        return max((say(words, RUN_FAILED) for words in (self._not_saved, self._no_page) if words), default=0)

    def tell_of_a_stop(self, error: LabError) -> None:
        """Add to the words of what stopped the run where the stored part of it is, or why there is none."""
        stored = []
        if self._file is not None:
            stored.append(self._not_saved or f"what was measured until then is saved in {self._file}")
        if self._page is not None:
            stored.append(self._no_page or f"a page of it is {self._page}")
        if self._shelf is not None and (self._not_kept or self._file is None):
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
