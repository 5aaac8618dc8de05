"""`export`: a run as a file that other tools open, whole or not at all; a signal leaves nothing half-made."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.analysis.gc_pause import gc_paused
from asgi_vs_wsgi.scenarios.errors import BadInput, Interrupted
from asgi_vs_wsgi.scenarios.exports.formats import FORMATS, Format, Source, format_named, format_of
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, write_atomically
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.history_entry import TOURNAMENT
from asgi_vs_wsgi.scenarios.wording import count, listed
from asgi_vs_wsgi.tui.capture.picture_files import free_file, write_free
from asgi_vs_wsgi.tui.commands.output import ProgressLines
from asgi_vs_wsgi.tui.errors import say, tell
from asgi_vs_wsgi.tui.terminal.supervisor import EXIT_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.tui.commands.run_source import RunSource


def _html(source: Source) -> Iterator[bytes]:
    from asgi_vs_wsgi.tui.html_report.page import html_parts

    return html_parts(source)


HTML = Format(".html", "any browser, without a network", _html, draws=True, tells_itself=True, also=(".htm",))
TABLE: tuple[Format, ...] = (*FORMATS, HTML)
"""All formats; those that need words of the screen's are added here."""
TELL_AFTER_S = 1.0


def export(
    source: str | None,
    out: str | None,
    format_name: str | None,
    targets: Sequence[str],
    scenario_dirs: tuple[str, ...] = (),
    *,
    keep: bool = True,
) -> int:
    """Check everything, have the run, write the file. What is wrong is told before anything is run."""
    chosen = _format(out, format_name)
    with ProgressLines.for_people() as lines:
        lines.progress(Progress("reading", f"reading {source or 'the newest run'}"))
        having, stem = _source(source, scenario_dirs, keep=keep)
        taken = _targets(having, targets, chosen)
        file = Path(out) if out is not None else free_file(Path(), stem, chosen.ending)
        check_writable("-o" if out is not None else "export:", file)
        sourced = having()
        try:
            with _interruptible(), gc_paused():
                parts, notes = _encoded(sourced.run, having.saved_ns, chosen, taken, file.name, lines)
                if out is None:
                    file = write_free(Path(), stem, chosen.ending, parts)
                else:
                    write_atomically(file, parts)
                told = notes()
        finally:
            stored = sourced.store()
    for note in told:
        say(note, 0)
    tell(f"saved {file}")
    return sourced.code or stored


def export_all(directory: str) -> int:
    """Every run that is kept as a page, with an index: a folder for any static host."""
    from asgi_vs_wsgi.tui.html_report.gallery import INDEX, check_gallery, write_gallery

    folder = Path(directory)
    check_gallery(folder)
    with ProgressLines(sys.stderr) as lines, _interruptible():
        written = write_gallery(
            folder,
            RunHistory(user_history()),
            lambda number, total, name: lines.progress(
                Progress("exporting", f"page {number} of {total}: {name}", number - 1, total)
            ),
        )
    for words in written.left_out:
        say(words, 0)
    tell(f"saved {count(written.pages, 'page')} in {folder}: open {folder / INDEX}")
    return 0


def _format(out: str | None, format_name: str | None) -> Format:
    if format_name is not None:
        return format_named(format_name, TABLE)
    if out is None:
        endings = listed((each.ending for each in TABLE), "or")
        raise BadInput("export: to which file?", hint=f"-o FILE, which ends in {endings}")
    return format_of(Path(out).name, TABLE)


def _encoded(
    run: SavedRun, saved_ns: int, chosen: Format, names: Sequence[str], name: str, lines: ProgressLines
) -> tuple[Iterable[bytes], Callable[[], Sequence[str]]]:
    """The file, piece by piece, and what is to be said of it once it is written."""
    begun_s = time.monotonic()

    def told(done: int, total: int) -> None:
        if time.monotonic() - begun_s >= TELL_AFTER_S:
            lines.progress(Progress("exporting", f"exporting {name}: {done / total:.0%}", done, total))

    traces = [trace for trace in run.undecoded() if trace.facts.name in names]
    for trace in traces:
        trace.decode()
    source = Source(run, traces, saved_ns, _title(run), told)

    def notes() -> Sequence[str]:
        if chosen.tells_itself:
            return []
        timeline = source.timeline
        return [*timeline.notes, *(timeline.drawing_notes if chosen.draws else ())]

    return chosen.parts(source), notes


def _targets(having: RunSource, asked: Sequence[str], chosen: Format) -> list[str]:
    """Those of a run that are to be exported."""
    names = having.targets
    if chosen.of_browser and chosen.of_browser not in having.of_browser:
        what = "asked for anything" if chosen.of_browser == "requests" else "recorded a trace"
        raise BadInput(f"{chosen.ending}: no browser {what} in this run", hint=f"`{PROGRAM} browse` has one do so")
    for name in asked:
        if name not in names:
            raise BadInput(f"--target {name}: not in this run", hint=suggest(name, names))
    taken = [name for name in names if name in asked or not asked]
    if chosen.one_target and len(taken) > 1:
        raise BadInput(f"{chosen.ending}: it has room for one target", hint=f"add --target {listed(taken, 'or')}")
    return taken


def _title(run: SavedRun) -> str:
    from asgi_vs_wsgi.tui.playback.loader import scenario_of

    scenario = scenario_of(run.scenario)
    return scenario.toml.title if scenario else run.scenario.name


def _source(words: str | None, scenario_dirs: tuple[str, ...], *, keep: bool) -> tuple[RunSource, str]:
    """With what a file of it is called; without words the newest of the recent runs: a tournament has no requests."""
    from asgi_vs_wsgi.tui.commands.run_source import resolve_run_source, saved_run_source

    if words is not None:
        return resolve_run_source(words, scenario_dirs, keep=keep), Path(words).stem
    history = RunHistory(user_history())
    card = next((card for card in history.cards()[0] if card.mode != TOURNAMENT), None)
    if card is None:
        raise BadInput("export: no run is kept yet", hint="name a file that `run --save` wrote, or a scenario")
    return saved_run_source(history.file(card)), card.scenario


@contextmanager
def _interruptible() -> Iterator[None]:
    """A signal is an error here, so that nothing half-written is left behind."""

    def stop(number: int, frame: object) -> None:
        raise Interrupted(number)

    before = {number: signal.signal(number, stop) for number in EXIT_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
