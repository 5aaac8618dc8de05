"""`record`: a run being shown, as a recording for the class."""

from __future__ import annotations

import sys
from pathlib import Path

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.lab.protocol import Progress
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, write_whole
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.tui.capture.asciicast import Scene, cast
from asgi_vs_wsgi.tui.capture.framing import Framing
from asgi_vs_wsgi.tui.commands.progress import ProgressLines
from asgi_vs_wsgi.tui.commands.run_source import source
from asgi_vs_wsgi.tui.errors import tell

CAST_ENDING = ".cast"


def record(words: str, out: str, framing: Framing, *, keep: bool = True) -> int:
    """Check everything, have the run, play it, write the file. What is wrong is told before anything is run."""
    file = Path(out)
    if file.suffix.lower() != CAST_ENDING:
        raise BadInput(f"-o {file}: a recording ends in {CAST_ENDING}", hint="e.g. lesson.cast")
    check_writable("-o", file)
    run, code, store = source(words, framing.scenario_dirs, keep=keep)()
    try:
        write_whole(file, "".join(cast(_played(run, framing))).encode("utf-8"))
        tell(f"saved {file}")
    finally:
        stored = store()
    return code or stored


def _played(run: SavedRun, framing: Framing) -> list[Scene]:
    """It takes some seconds: a person at a terminal is told how far it is."""
    from asgi_vs_wsgi.tui.offscreen.film import film
    from asgi_vs_wsgi.tui.offscreen.run_offscreen import draw

    with ProgressLines(sys.stderr if sys.stderr and sys.stderr.isatty() else None) as lines:
        return draw(
            film(run, framing, lambda share: lines.progress(Progress("drawing", f"drawing the recording: {share:.0%}")))
        )
