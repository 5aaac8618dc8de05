"""`record`: a run being shown, as a recording for the class."""

from __future__ import annotations

import asyncio
from pathlib import Path

from scenarios.errors import BadInput
from scenarios.whole_file import check_writable, write_whole
from tui.commands.source import source
from tui.exports.cast import cast
from tui.exports.framing import Framing

ENDING = ".cast"


def record(words: str, out: str, framing: Framing) -> int:
    """Check everything, have the run, play it, write the file. What is wrong is told before anything is run."""
    file = Path(out)
    if file.suffix.lower() != ENDING:
        raise BadInput(f"-o {file}: a recording ends in {ENDING}", hint="e.g. lesson.cast")
    check_writable("-o", file)
    run, code = source(words, framing.scenario_dirs)()
    from tui.film import film

    scenes = asyncio.run(film(run, framing))
    write_whole(file, "".join(cast(scenes)).encode())
    return code
