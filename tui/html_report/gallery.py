"""All runs that are kept as pages in one folder, with an index: ready for any static host.

The pages are made beside the folder and moved into it when all are there, the index last: whoever serves the folder
meanwhile serves what was there before. An earlier gallery is replaced page by page, and its pages of runs that are no
longer kept go; whatever else has come into it stays. A folder without an index of ours that is not empty is refused.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.analysis.gc_pause import free_last_run
from asgi_vs_wsgi.scenarios.errors import BadInput, NotWritten
from asgi_vs_wsgi.scenarios.storage.atomic_write import way_out
from asgi_vs_wsgi.scenarios.storage.history_entry import TOURNAMENT
from asgi_vs_wsgi.scenarios.storage.run_reader import read_ranking, read_run
from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.tui.capture.picture_files import file_stem
from asgi_vs_wsgi.tui.html_report.markup import shown
from asgi_vs_wsgi.tui.html_report.page import TEXT_COLUMNS, day, rendered, report_page, simulated_words
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.findings import verdict_words
from asgi_vs_wsgi.tui.report.run_report import load_line, stopped_words
from asgi_vs_wsgi.tui.report.tournament import tournament_report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.storage.history import RunHistory
    from asgi_vs_wsgi.scenarios.storage.history_entry import HistoryEntry
    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament, SavedRun

INDEX = "index.html"
PAGE_OF_OURS = f'<meta name="generator" content="{PROGRAM}">'
_PAGE_NAME = re.compile(r"[A-Za-z0-9_-]+-\d{4}-\d\d-\d\d-\d{4}(?:-\d+)?\.html")
"""As `_name` has it."""
OURS = f'<meta name="generator" content="{PROGRAM} gallery">'
"""In the index: a folder that has one is a gallery of ours."""
_BEGINNING = 4000
"""Bytes of an index in which it stands."""


class Written(NamedTuple):
    """What has become of the runs."""

    pages: int
    left_out: list[str]
    """A sentence for each kind of what has no page."""


def check_gallery(folder: Path) -> None:
    """BadInput for a folder that cannot be one, or holds something and no index of ours."""
    if folder.is_dir():
        names = [each.name for each in folder.iterdir()]
        if names and not _is_ours(folder):
            raise BadInput(f"--all {folder}: there is something else in it", hint="name a new folder, or an empty one")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BadInput(f"--all {folder}: nothing can be written in it", hint="name a folder of yours")
    elif folder.exists() or folder.is_symlink():
        raise BadInput(f"--all {folder}: this is no folder", hint="name a new folder")
    above = folder.absolute().parent
    if not above.is_dir():
        raise BadInput(f"--all {folder}: there is no folder {above}", hint="make it first, or name another")
    if not os.access(above, os.W_OK | os.X_OK):
        raise BadInput(f"--all {folder}: nothing can be written in {above}", hint="name a folder in one of yours")


def _is_ours(folder: Path) -> bool:
    with suppress(OSError), (folder / INDEX).open("rb") as index:
        return OURS.encode() in index.read(_BEGINNING)
    return False


def write_gallery(folder: Path, history: RunHistory, tell: Callable[[int, int, str], None]) -> Written:
    """A page for each run, tournaments in the index alone; `tell` gets the page's number, how many, and its name."""
    cards, damaged = history.cards()
    if not cards:
        raise BadInput("--all: no run is kept yet", hint=f"{PROGRAM} run slow-io keeps one")
    entries: list[dict[str, Any]] = []
    names: set[str] = set()
    unread: list[str] = []
    with _made_beside(folder) as part:
        for number, card in enumerate(cards, 1):
            tell(number, len(cards), card.scenario)
            free_last_run()
            try:
                if card.mode == TOURNAMENT:
                    entries.append(_tournament_entry(card, read_ranking(history.file(card))))
                    continue
                saved = read_run(history.file(card))
            except BadInput:
                unread.append(card.scenario)
                continue
            name = _name(card, names)
            names.add(name)
            page = report_page(saved, saved_ns=round(card.kept_s * 1e9))
            (part / name).write_text(page, encoding="utf-8")
            entries.append(_run_entry(card, saved, name))
        index = rendered("gallery.html", {"entries": entries, "pages": count(len(names), "run")})
        (part / INDEX).write_text(index, encoding="utf-8")
    left = [f"{count(len(unread), 'run')} could not be read and {_is(len(unread))} left out"] if unread else []
    left += [f"{count(damaged, 'file')} of kept runs {_is(damaged)} damaged and left out"] if damaged else []
    return Written(len(names), left)


def _is(many: int) -> str:
    return "is" if many == 1 else "are"


@contextmanager
def _made_beside(folder: Path) -> Iterator[Path]:
    """A folder that becomes this one, or is gone."""
    part = folder.absolute().parent / f".asgi-vs-wsgi-{secrets.token_hex(8)}.part"
    try:
        part.mkdir()
        yield part
        if not folder.exists():
            part.rename(folder)
            return
        names = {file.name for file in part.iterdir()}
        for file in sorted(part.iterdir(), key=lambda each: each.name == INDEX):
            os.replace(file, folder / file.name)  # noqa: PTH105
        _remove_pages(folder, but=names)
    except OSError as error:
        hint = way_out(error, "name a folder of yours")
        raise NotWritten(f"{folder} could not be written: {error.strerror}", hint=hint) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _remove_pages(folder: Path, but: Collection[str]) -> None:
    """Pages of an earlier gallery that the index no longer leads to: they are called as ours are, and say so inside."""
    for file in folder.iterdir():
        if file.name not in but and _PAGE_NAME.fullmatch(file.name) and file.is_file() and not file.is_symlink():
            with file.open("rb") as page:
                ours = PAGE_OF_OURS.encode() in page.read(_BEGINNING)
            if ours:
                file.unlink(missing_ok=True)


def _name(card: HistoryEntry, taken: set[str]) -> str:
    """`slow-io-2026-11-28-0012.html`, or with a number behind it."""
    stem = f"{file_stem(card.scenario)}-{day(card.kept_s).removesuffix(' UTC').replace(' ', '-').replace(':', '')}"
    names = (f"{stem}.html", *(f"{stem}-{number}.html" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _run_entry(card: HistoryEntry, saved: SavedRun, name: str) -> dict[str, Any]:
    result = saved.result
    figures = [(shown(each.name), in_seconds(each.makespan_s), milliseconds(each.p95_ms)) for each in card.targets]
    return {
        "title": shown(card.title),
        "page": name,
        "when": day(card.kept_s),
        "load": shown(load_line(result, card.beside)),
        "simulated": simulated_words(result),
        "words": shown(verdict_words(result)) if result.targets else "",
        "stopped": shown(stopped_words(saved.stopped)[0]) if saved.stopped else "",
        "figures": figures,
    }


def _tournament_entry(card: HistoryEntry, kept: KeptTournament) -> dict[str, Any]:
    lines = tournament_report(kept.tournament, TEXT_COLUMNS)
    return {"title": shown(card.title), "when": day(card.kept_s), "ranking": "\n".join(map(shown, lines))}
