"""`export`: a run as a file that other tools open, whole or not at all; a signal leaves nothing half-made."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.gc_pause import gc_paused
from asgi_vs_wsgi.scenarios.errors import BadInput, Interrupted
from asgi_vs_wsgi.scenarios.exports.formats import FORMATS, Format, Source, format_named, format_of
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, write_atomically
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.history_entry import TOURNAMENT, HistoryEntry
from asgi_vs_wsgi.scenarios.wording import count, listed
from asgi_vs_wsgi.tui.capture.picture_files import free_file
from asgi_vs_wsgi.tui.commands.output import ProgressLines
from asgi_vs_wsgi.tui.errors import say, tell
from asgi_vs_wsgi.tui.terminal.supervisor import EXIT_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun


def _html(source: Source) -> Iterator[bytes]:
    from asgi_vs_wsgi.tui.html_report.page import html_parts

    return html_parts(source)


HTML = Format(".html", "any browser, without a network", _html, draws=True, tells_itself=True)
TABLE: tuple[Format, ...] = (*FORMATS, HTML)
"""All formats; those that need words of the screen's are added here."""
TELL_AFTER_S = 1.0


class _Opened(NamedTuple):
    """A run to be exported, the exit code of having it, and what remains to be done afterwards."""

    run: SavedRun
    saved_ns: int
    code: int = 0
    store: Callable[[], int] = lambda: 0


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
    file = Path(out) if out is not None else free_file(Path(), _stem(source), chosen.ending)
    check_writable("-o", file)
    with ProgressLines(sys.stderr if sys.stderr and sys.stderr.isatty() else None) as lines:
        lines.progress(Progress("reading", f"reading {source or 'the newest run'}"))
        opened = _opened(source, scenario_dirs, keep=keep)
        try:
            with _interruptible(), gc_paused():
                notes = _write(file, chosen, opened, targets, lines)
        finally:
            stored = opened.store()
    for note in notes:
        say(note, 0)
    tell(f"saved {file}")
    return opened.code or stored


def _stem(source: str | None) -> str:
    """As the file of the run is called, or its scenario."""
    return Path(source).stem if source else _newest_card()[1].scenario


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


def _write(file: Path, chosen: Format, opened: _Opened, targets: Sequence[str], lines: ProgressLines) -> Sequence[str]:
    """Returns what is to be said of it."""
    begun_s = time.monotonic()

    def told(done: int, total: int) -> None:
        if time.monotonic() - begun_s >= TELL_AFTER_S:
            lines.progress(Progress("exporting", f"exporting {file.name}: {done / total:.0%}", done, total))

    run = opened.run
    chosen_targets = _targets(run, targets, chosen)
    traces = [trace for trace in run.undecoded() if trace.facts.name in chosen_targets]
    for trace in traces:
        trace.decode()
    source = Source(run, traces, opened.saved_ns, _title(run), told)
    write_atomically(file, chosen.parts(source))
    if chosen.tells_itself:
        return []
    timeline = source.timeline
    return [*timeline.notes, *(timeline.drawing_notes if chosen.draws else ())]


def _targets(run: SavedRun, asked: Sequence[str], chosen: Format) -> list[str]:
    names = [target.facts.name for target in run.targets]
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


def _opened(source: str | None, scenario_dirs: tuple[str, ...], *, keep: bool) -> _Opened:
    if source is None:
        return _newest()
    from asgi_vs_wsgi.tui.commands.run_source import resolve_run_source

    sourced = resolve_run_source(source, scenario_dirs, keep=keep)()
    return _Opened(sourced.run, _written_ns(Path(source)), sourced.code, sourced.store)


def _newest() -> _Opened:
    from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

    history, card = _newest_card()
    return _Opened(read_run(history.file(card)), _written_ns(history.file(card)))


def _newest_card() -> tuple[RunHistory, HistoryEntry]:
    """Of the recent runs; a tournament has no requests."""
    history = RunHistory(user_history())
    card = next((card for card in history.cards()[0] if card.mode != TOURNAMENT), None)
    if card is None:
        raise BadInput("export: no run is kept yet", hint="name a file that `run --save` wrote, or a scenario")
    return history, card


def _written_ns(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except (OSError, ValueError):  # a scenario, which has just been run
        return time.time_ns()


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
