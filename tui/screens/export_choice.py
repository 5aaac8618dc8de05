"""Export a run from the screen: choose a format, and another process writes the file, for this one has to draw.

╭─ Export Slow I/O ───────────────────────────────────────╮
│ .har           the Network panel of a browser's DevTools │
│ .pftrace       ui.perfetto.dev                           │
╰──────────────────────────────── enter exports   esc closes ─╯
"""

from __future__ import annotations

import sys
from array import array
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.history_entry import TOURNAMENT, HistoryEntry
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.untrusted_text import printable, split_lines
from asgi_vs_wsgi.tui.capture.picture_files import LONGEST_NAME, file_stem, write_free
from asgi_vs_wsgi.tui.recorded import FIRST, first_run
from asgi_vs_wsgi.tui.screens.keys import DIGITS_IN_BOXES
from asgi_vs_wsgi.tui.widgets.filtered_list import FilteredList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from asgi_vs_wsgi.scenarios.exports.formats import Format
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.screens.playlist import OpenedFile

PROGRAM = (sys.executable, "-P", "-m", "asgi_vs_wsgi", "export")
KEYS = "enter exports   esc closes"
NAMED = 18
"""Columns of an ending."""
NOT_KEPT = "this run is not among the recent runs (yet): there is no file of it to export"
A_TOURNAMENT = "a tournament keeps a ranking and no requests: there is nothing to export"


class Exportable(NamedTuple):
    """A run in a file."""

    file: Path
    title: str
    scenario: str
    targets: Sequence[str]


def kept_run(card: HistoryEntry) -> Exportable:
    """One of the recent runs; BadInput for a tournament."""
    if card.mode == TOURNAMENT:
        raise BadInput(A_TOURNAMENT)
    file = RunHistory(user_history()).file(card)
    return Exportable(file, card.title, card.scenario, [target.name for target in card.targets])


def shown_run(session: Session, opened: OpenedFile | None) -> Exportable:
    """The one that is shown: a file that was opened, the authors' picture, or the recent run that is the same; BadInput
    where there is none.

    It reads files, which takes its time.
    """
    if session.kept_tournament is not None or session.tournament is not None:
        raise BadInput(A_TOURNAMENT)
    if opened is not None and opened.file and isinstance(opened.kept, SavedRun) and _is_shown(opened.kept, session):
        return _exportable(opened.file, opened.kept)
    if session.options is None and (first := first_run()) is not None and first.result == session.still_result:
        return _exportable(FIRST, first)
    history = RunHistory(user_history())
    name = session.options.scenario if session.options else ""
    for card in history.cards()[0]:
        if card.mode != TOURNAMENT and card.scenario == name:
            run = history.read(card)
            if isinstance(run, SavedRun) and _is_shown(run, session):
                return _exportable(history.file(card), run)._replace(title=card.title)
    raise BadInput(NOT_KEPT)


def _exportable(file: Path, run: SavedRun) -> Exportable:
    return Exportable(file.absolute(), run.scenario.name, run.scenario.name, [each.facts.name for each in run.targets])


def _is_shown(run: SavedRun, session: Session) -> bool:
    """By its figures; one that was stopped before there were any, by when its first visitors came."""
    if session.result is not None:
        return run.result == session.result
    traces = session.show.recording.traces if session.show else []
    shown_ns = [min(filter(None, trace.visits.intended_ns), default=0) for trace in traces]
    return shown_ns == [min(filter(None, array("q", t.columns["intended_ns"])), default=0) for t in run.targets]


class ExportScreen(ModalScreen["Format | None"]):
    """Ends with the format that was chosen, or None for none of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", key_display="esc"),
        Binding("question_mark,f1", "app.help", "help", tooltip="Explain this list"),
        *DIGITS_IN_BOXES,
    ]

    def __init__(self, title: str, formats: Sequence[Format]) -> None:
        super().__init__()
        self._title, self._formats = title, formats

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical(id="exports") as box:
            box.border_title = Content(f"Export {printable(self._title)}")
            box.border_subtitle = KEYS
            yield FilteredList(id="formats")

    def on_mount(self) -> None:
        """All formats."""
        formats = self.query_one("#formats", FilteredList)
        formats.list_anew([Option(_told(each), id=each.name) for each in self._formats])
        formats.highlighted = 0
        formats.focus()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.app.screen is self:
            self.dismiss(next(each for each in self._formats if each.name == event.option_id))


def _told(each: Format) -> Content:
    return Content.assemble((f"{each.ending:<{NAMED}}", "bold"), (each.opens_in, "$faint"))


def stems_for(run: Exportable, chosen: Format) -> list[tuple[str, Sequence[str]]]:
    """What its files are called after, and of which targets: one by one where there is no room for more."""
    # Of a run that was stopped before it had figures the command says which targets there are.
    if not chosen.one_target or not run.targets:
        return [(run.scenario, ())]
    scenario = file_stem(run.scenario)[: LONGEST_NAME // 2]  # what a target is called should be seen as well
    return [(f"{scenario}-{target}", (target,)) for target in run.targets]


async def write_export(
    run: Exportable, chosen: Format, folder: Path, stem: str, targets: Sequence[str]
) -> tuple[Path | None, list[str]]:
    """Where it was written, never over another file, and what is to be said of it; None where it was not.

    The other process writes into a folder of ours, for it is killed where the screen is left meanwhile.
    """
    # Neither is needed for the first screen, which is to be there soon.
    from anyio import to_thread

    from asgi_vs_wsgi.server_targets.processes.short_process import run_to_end

    only = [word for target in targets for word in ("--target", target)]
    written = None
    with TemporaryDirectory(prefix="asgi-vs-wsgi-export-") as ours:
        made = Path(ours) / f"export{chosen.ending}"
        done = await run_to_end([*PROGRAM, str(run.file), "-o", str(made), "--format", chosen.name, *only])
        if not done.returncode:
            data = await to_thread.run_sync(made.read_bytes)
            written = await to_thread.run_sync(write_free, folder, stem, chosen.ending, data)
    told = [line.partition(": ")[2] or line for line in split_lines(done.stderr.decode("utf-8", errors="replace"))]
    return written, told or [f"{stem}{chosen.ending}: it ended with status {done.returncode}"]
