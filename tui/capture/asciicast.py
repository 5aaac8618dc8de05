"""Frames in time as an asciinema recording, version 2: https://docs.asciinema.org/manual/asciicast/v2/

{"version": 2, "width": 120, "height": 36, …}
[0.0, "o", "\\u001b[2J …"]      what is written to the terminal, seconds after the start
[1.5, "m", "first page"]       a marker: players jump to it, or pause there
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asgi_vs_wsgi.scenarios.text.plain_text import harmless, harmless_json
from asgi_vs_wsgi.tui.capture.ansi import ansi
from asgi_vs_wsgi.tui.capture.frame import Frame

PALETTE = "#171d26:#d55e00:#009e73:#e69f00:#0072b2:#cc79a7:#56b4e9:#d5dbe3"
"""The format asks for the eight colours of a terminal; we write none of them, only true colours."""
HOLD_S = 4.0
"""How long the last frame stays."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A frame, when it comes, and the steps of the lesson that it is the first to show."""

    at_s: float
    frame: Frame
    markers: tuple[str, ...] = ()


def cast(scenes: Iterable[Scene]) -> Iterator[str]:
    """The lines of the file; scenes that show nothing new take none."""
    before: Scene | None = None
    for scene in scenes:
        if before is None:
            yield _line(_header(scene.frame))
        yield from (_event(scene.at_s, "m", harmless(marker)) for marker in scene.markers)
        if change := ansi(before.frame if before else None, scene.frame):
            yield _event(scene.at_s, "o", change)
        before = scene
    if before is not None:
        yield _event(before.at_s + HOLD_S, "o", "\x1b[0m")


def _header(frame: Frame) -> dict[str, object]:
    theme = {"fg": frame.page.ink, "bg": frame.page.ground, "palette": PALETTE}
    return {"version": 2, "width": frame.columns, "height": frame.lines, "title": harmless(frame.title), "theme": theme}


def _event(at_s: float, kind: str, what: str) -> str:
    return _line([round(at_s, 3), kind, what])


def _line(document: object) -> str:
    return harmless_json(json.dumps(document, ensure_ascii=False, separators=(", ", ": "))) + "\n"
