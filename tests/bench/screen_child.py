"""The real screen, which also writes each result to a file when it comes: `python screen_child.py FILE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from asgi_vs_wsgi.tui import open_screen
from asgi_vs_wsgi.tui.playback.session import Session

OUT = Path(sys.argv[1])
take = Session._take


def take_and_tell(self: Session, news: Any) -> None:
    """As it was, and the result is told; not that of the still picture at the beginning."""
    ran = self.running
    take(self, news)
    if news.result and ran:
        OUT.with_suffix(".part").write_bytes(msgspec.json.encode(news.result))
        OUT.with_suffix(".part").rename(OUT)


Session._take = take_and_tell
raise SystemExit(open_screen.open_tui())
