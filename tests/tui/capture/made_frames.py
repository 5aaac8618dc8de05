"""Small frames, written as lines of text."""

from __future__ import annotations

from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Run

PAGE = Look("#ffffff", "#000000")


def made_frame(*lines: str, look: Look = PAGE, title: str = "a picture") -> Frame:
    width = max(map(len, lines))
    rows = tuple((Run(0, width, line.ljust(width), look),) for line in lines)
    return Frame(width, len(lines), rows, PAGE, title)
