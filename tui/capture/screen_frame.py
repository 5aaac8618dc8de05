"""What the app shows now, as a Frame: colours as they come out, with nothing left to a terminal's own taste."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes
from rich.style import Style
from textual._context import visible_screen_stack
from textual.color import Color

from asgi_vs_wsgi.scenarios.untrusted_text import harmless_cells
from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Row, Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.color import Color as RichColor
    from rich.segment import Segment
    from textual.app import App


def capture(app: App[int], title: str = "") -> Frame:
    """The screen on top, and what is seen of those below it."""
    columns, lines = app.size
    page = Look(_of_theme(app, "foreground"), _of_theme(app, "background"))
    visible_screen_stack.set(app._background_screens)  # as App.export_screenshot does
    strips = app.screen._compositor.render_strips()
    return Frame(columns, lines, tuple(_row(strip, page) for strip in strips), page, title)


def _of_theme(app: App[int], name: str) -> str:
    color = Color.parse(app.theme_variables[name])
    return (color.monochrome if app.no_color else color).hex6.lower()


def _row(segments: Iterable[Segment], page: Look) -> Row:
    runs: list[Run] = []
    column = 0
    for segment in segments:
        if segment.control:
            continue
        look = _look(segment.style or Style.null(), page)
        for text, width, joined in _evenly_wide(segment.text):
            last = runs[-1] if runs else None
            if last and last.look == look and last.one_cell_each and len(text) == width and not joined:
                runs[-1] = Run(last.column, last.width + width, last.text + text, look)
            else:
                runs.append(Run(column, width, text, look, joined))
            column += width
    return tuple(runs)


@lru_cache(maxsize=8192)  # a frame has nearly all its words from the one before, and each is looked at until at rest
def _evenly_wide(words: str) -> tuple[tuple[str, int, bool], ...]:
    """Text of one cell a sign in one piece; a sign of another width with what is joined to it. Then Run's fields."""
    text = harmless_cells(words, cell_len)
    if cell_len(text) == len(text) and all(cell_len(sign) == 1 for sign in text):
        return ((text, len(text), False),)
    parts = split_graphemes(text)[0]
    return tuple((text[start:end], cells, end - start == cells > 1) for start, end, cells in parts if cells)


@lru_cache(maxsize=4096)
def _look(style: Style, page: Look) -> Look:
    ink = _hex(style.color, page.ink)
    ground = _hex(style.bgcolor, page.ground)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = Color.parse(ground).blend(Color.parse(ink), 0.6).hex6.lower()
    return Look(ink, ground, bool(style.bold), bool(style.italic), bool(style.underline), bool(style.strike))


def _hex(color: RichColor | None, usual: str) -> str:
    if color is None or color.is_default:
        return usual
    return color.get_truecolor().hex
