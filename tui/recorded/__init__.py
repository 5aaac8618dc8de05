"""A run recorded on a real machine, for the first seconds: shown still, and labelled as recorded.

`make recordings` makes it anew, as `run slow-io --save` does.
"""

from __future__ import annotations

from pathlib import Path

from scenarios.errors import BadInput
from scenarios.lab.messages import News
from scenarios.saved.reading import read_run
from tui.replayed import told

FIRST = Path(__file__).with_name("slow-io.avw")


def first_run(file: Path = FIRST) -> list[News]:
    """What the lab would tell of it; nothing where the file is missing or of another version."""
    try:
        return [told(read_run(file))]
    except BadInput:
        return []
