"""`screenshot` and `record`: a run's screen as a picture or a recording; a signal leaves nothing half-made.

`replay`: saved runs on the screen, with everything but the servers.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, write_atomically
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.capture.asciicast import Scene, asciicast_lines
from asgi_vs_wsgi.tui.capture.picture_files import free_file, write_free
from asgi_vs_wsgi.tui.commands.output import ProgressLines
from asgi_vs_wsgi.tui.commands.run_source import resolve_run_source
from asgi_vs_wsgi.tui.errors import say, tell
from asgi_vs_wsgi.tui.screens.playlist import OpenedFile
from asgi_vs_wsgi.tui.terminal.tty import NO_TERMINAL, screen_obstacle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament, SavedRun
    from asgi_vs_wsgi.tui.capture.frame import Frame, Framing

ENDINGS = (".svg", ".png")


def screenshot(words: str, out: str | None, framing: Framing, at_s: float | None, *, keep: bool = True) -> int:
    """Check everything, have the run, draw it, write the file. What is wrong is told before anything is run."""
    file = Path(out) if out is not None else _named_after(words, ".png")
    _check(file, at_s, "-o" if out is not None else "screenshot:")
    run, code, store = resolve_run_source(words, framing.scenario_dirs, keep=keep)()
    from asgi_vs_wsgi.tui.capture.app_driver import run_offscreen

    try:
        frame = run_offscreen(_seen(run, framing, at_s))
        file = _write(_drawn(frame, file.suffix.lower()), file, words if out is None else None)
        tell(f"saved {file}")
    finally:
        stored = store()
    return code or stored


def _named_after(source: str, ending: str) -> Path:
    """Here, never over another file: as the scenario is called, or the file of the run."""
    return free_file(Path(), Path(source).stem, ending)


def _write(data: bytes, file: Path, named_after: str | None) -> Path:
    """Over what is there where the user named the file, and over nothing where we did."""
    if named_after is not None:
        return write_free(Path(), Path(named_after).stem, file.suffix, data)
    write_atomically(file, data)
    return file


def _check(file: Path, at_s: float | None, option: str) -> None:
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(f"-o {file}: a picture ends in .svg or .png", hint="e.g. picture.svg")
    if at_s is not None and not (math.isfinite(at_s) and at_s >= 0):
        raise BadInput(f"--at: {at_s:g} is no moment of a run", hint="seconds from its start, e.g. 0.5")
    check_writable(option, file)


async def _seen(run: SavedRun, framing: Framing, at_s: float | None) -> Frame:
    from asgi_vs_wsgi.tui.capture.app_driver import shown

    async with shown(run, framing) as hand:
        hand.go_to(at_s)
        if at_s is not None and at_s * 1e9 > hand.show.extent_ns:
            say(f"the run ends at {hand.show.extent_ns / 1e9:.2f} s: shown at its end", 0)
        return await hand.seen()


def _drawn(frame: Frame, ending: str) -> bytes:
    from asgi_vs_wsgi.tui.capture.svg import svg

    picture = svg(frame)
    if ending == ".svg":
        return picture.encode()
    from asgi_vs_wsgi.tui.capture.png import png

    made = png(picture)
    if remark := made.remark():
        say(remark, 0)
    return made.data


CAST_ENDING = ".cast"


def record(words: str, out: str | None, framing: Framing, *, keep: bool = True) -> int:
    """Check everything, have the run, play it, write the file. What is wrong is told before anything is run."""
    file = Path(out) if out is not None else _named_after(words, CAST_ENDING)
    if file.suffix.lower() != CAST_ENDING:
        raise BadInput(f"-o {file}: a recording ends in {CAST_ENDING}", hint="e.g. lesson.cast")
    check_writable("-o" if out is not None else "record:", file)
    run, code, store = resolve_run_source(words, framing.scenario_dirs, keep=keep)()
    try:
        data = "".join(asciicast_lines(_played(run, framing))).encode("utf-8")
        file = _write(data, file, words if out is None else None)
        tell(f"saved {file}")
    finally:
        stored = store()
    return code or stored


def _played(run: SavedRun, framing: Framing) -> list[Scene]:
    """It takes some seconds: a person at a terminal is told how far it is."""
    from asgi_vs_wsgi.tui.capture.app_driver import run_offscreen
    from asgi_vs_wsgi.tui.capture.film import film

    with ProgressLines.for_people() as lines:
        return run_offscreen(
            film(run, framing, lambda share: lines.progress(Progress("drawing", f"drawing the recording: {share:.0%}")))
        )


MOST_FILES = 100


def replay(
    files: Sequence[str],
    scenario_dirs: tuple[str, ...],
    *,
    animated: bool = True,
    keep: bool = True,
    present: bool = False,
) -> int:
    """Check the files, or find the newest recent run, then open the screen; BadInput for what is no saved run."""
    if len(files) > MOST_FILES:
        raise BadInput(f"replay: {len(files)} files", hint=f"at most {MOST_FILES}")
    paths = [Path(file) for file in files]
    opened = [OpenedFile(path.name, read_run(path), path) for path in paths] or [OpenedFile("", _newest())]
    if (obstacle := screen_obstacle()) == NO_TERMINAL:
        raise BadInput("replay: there is no terminal to show it on", hint="run it in a terminal")
    if obstacle:
        raise BadInput(f"replay: {obstacle}", hint="`screenshot` draws it as a picture")
    from asgi_vs_wsgi.tui.open_screen import open_replay

    return open_replay(opened, scenario_dirs, animated=animated, keep=keep, present=present)


def _newest() -> SavedRun | KeptTournament:
    from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history

    shelf = RunHistory(user_history())
    cards, damaged = shelf.cards()
    if cards:
        return shelf.read(cards[0])
    there = f"{damaged} in {user_history()} cannot be read" if damaged else "none is kept yet"
    raise BadInput(f"replay: no recent run: {there}", hint="run a scenario, or name a file that `run --save` wrote")
