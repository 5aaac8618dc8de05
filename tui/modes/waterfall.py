"""Waterfall before a run: what there will be to see; a run's bars are drawn by asgi_vs_wsgi.tui.widgets.waterfall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.tui.drawing.waterfall.bars import IN_A_BROWSER, MEANING, PARTS
from asgi_vs_wsgi.tui.modes.shared.layout import faint, heading, lines, prose

if TYPE_CHECKING:
    from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext


def waterfall(sight: ModeContext) -> Content:
    """What its bars are made of and mean."""
    parts = ", ".join(name for name, _ in PARTS)
    return lines(
        [
            *prose(heading("A bar for each visitor, as in a browser's Network panel"), sight.width),
            *prose(f"Its parts: {parts}. {MEANING}", sight.width),
            Content(),
            *prose(faint(IN_A_BROWSER), sight.width),
            Content(),
            *sight.nothing_yet("With a run: a staircase, or a stack?"),
        ]
    )
