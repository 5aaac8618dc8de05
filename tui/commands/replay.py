"""`replay`: a saved run on the screen, with everything but the servers."""

from __future__ import annotations

import sys
from pathlib import Path

from scenarios.errors import BadInput
from scenarios.saved.reading import read_run


def replay(file: str, scenario_dirs: tuple[str, ...], *, animated: bool = True) -> int:
    """Check the file, then open the screen; BadInput for what is no saved run."""
    saved = read_run(Path(file))
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise BadInput("replay: there is no terminal to show it on", hint="run it in a terminal")
    from tui.launch import open_replay

    return open_replay(saved, scenario_dirs, animated=animated)
