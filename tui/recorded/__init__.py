"""A run recorded on a real machine, for the first seconds: shown still, and labelled as recorded.

The file holds News messages just as they came down the pipe; `python -m tui.recorded.record` makes it anew.
"""

from __future__ import annotations

from pathlib import Path

from scenarios.lab.messages import News
from scenarios.lab.wire import Unpacker

FIRST = Path(__file__).with_name("slow-io.news")


def read_news(path: Path = FIRST) -> list[News]:
    """The messages of a recorded run; none where the file is missing."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    return list(Unpacker(News).feed(data))
