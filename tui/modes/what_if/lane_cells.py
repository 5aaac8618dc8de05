"""Lanes as words of a mode: the same rows of cells as in Watch, in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from textual.content import Content

from asgi_vs_wsgi.tui.drawing.glyphs import INK, Cell, name_of
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneBook
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.drawing.window import Window

_colours = itemgetter(1, 2)


def drawn_lanes(book: LaneBook, window: Window, playhead_ns: int, height: int) -> list[Content]:
    """At most so many rows, drawn up to the playhead."""
    lines, rest = Pane(book).frame_and_rest(window, playhead_ns, height)
    drawn = [
        Content.styled(f"{line.label[: GUTTER - 1]:<{GUTTER}}", "$faint") + _cells(line.row.cells) for line in lines
    ]
    return [*drawn, Content.styled(f"{'':<{GUTTER}}{_fitting(rest, window.columns)}", "$faint")] if rest else drawn


def _fitting(rest: str, columns: int) -> str:
    """Without the workers that they are of, where there is no room for them."""
    return rest if len(rest) <= columns else rest.partition(":")[0]


def _cells(cells: Sequence[Cell]) -> Content:
    return Content("").join(
        [
            Content.styled("".join(cell[0] for cell in run), _style(*colours))
            for colours, run in groupby(cells, _colours)
        ]
    )


def _style(paint: int, ground: int) -> str:
    bold = "bold " if paint == INK else ""
    return f"{bold}$lane-{name_of(paint)} on $lane-{name_of(ground)}"
