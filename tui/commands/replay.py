"""`replay`: saved runs on the screen, with everything but the servers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.screens.playlist import OpenedFile
from asgi_vs_wsgi.tui.terminal.tty import NO_TERMINAL, screen_obstacle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament, SavedRun


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
