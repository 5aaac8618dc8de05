"""A run recorded on a real machine, for the first seconds: shown still, and labelled as recorded.

`make recordings` makes it anew, as `run slow-io --save` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun

FIRST = Path(__file__).with_name("slow-io.avw")


def first_run(file: Path = FIRST) -> SavedRun | None:
    """The run; None where the file is missing or of another version."""
    try:
        return read_run(file)
    except BadInput:
        return None
