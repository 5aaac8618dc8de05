"""Headings, faint words, running text, bars and columns, of which the modes are made."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from asgi_vs_wsgi.tui.action_text import press
from asgi_vs_wsgi.tui.text.text_width import width as cells
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


GO_TO = "go_to"
"""The screen's command: choose that scenario."""
LINK = "underline $primary"
PROSE_WIDTH = 100
"""Longer lines of running text are hard to read."""
GAP = 3
"""Columns between blocks that stand side by side."""


def heading(words: str) -> Content:
    """Of a part of a mode."""
    return Content.styled(words, "bold")


def faint(words: str) -> Content:
    """What explains the figures."""
    return Content.styled(words, "$faint")


def clickable(words: Content, command: str, *arguments: str | int) -> Content:
    """Words that are as good as a key: a click on them is the screen's command."""
    return words.stylize(Style.from_meta({"@click": f"screen.{press(command, *arguments)}"}))


def prose(words: Content | str, width: int, indent: int = 0) -> list[Content]:
    """Running text in lines that can be read; an empty one for no words. No-break blanks join, and come out plain."""
    content = Content(words) if isinstance(words, str) else words
    room = max(10, min(PROSE_WIDTH, width) - indent)
    joined = _UNITS.sub(rf"\1{_KEPT}\2", content.plain).replace(_NO_BREAK, _KEPT)
    kept = Content(joined, list(content.spans))
    return [Content(" " * indent) + _with_blanks(line) for line in kept.wrap(room)] or [Content()]


def wrap_at_blanks(words: Content, width: int) -> list[Content]:
    """Lines of at most so many columns; what no-break blanks join stays on one."""
    kept = Content(words.plain.replace(_NO_BREAK, _KEPT), list(words.spans)).wrap(max(1, width))
    return [Content(line.plain.replace(_KEPT, _NO_BREAK), list(line.spans)) for line in kept]


def _with_blanks(line: Content) -> Content:
    return Content(line.plain.replace(_KEPT, " "), list(line.spans))


def lines(parts: Iterable[Content | str]) -> Content:
    """One below the other."""
    return Content("\n").join([part if isinstance(part, Content) else Content(part) for part in parts])


_NO_BREAK = "\u00a0"
_KEPT = "\ufdd0"
"""Stands for a blank at which no line is broken, and no text holds it; Textual breaks at every kind of blank."""
_UNITS = re.compile(r"(\d) (ms|s|MB)\b")
"""A time or a size: not broken at the end of a line of running text."""
_TOGETHER = re.compile(r"(\d) (\S+)")
"""A number and its unit."""
EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(value: float, most: float, width: int, style: str) -> Content:
    """A bar of eighths of a cell; whatever is above 0 shows at least one."""
    eighths = min(round(value / most * width * 8), width * 8) if most > 0 else 0
    eighths = max(eighths, 1) if value > 0 else 0
    full, rest = divmod(eighths, 8)
    return Content.styled("█" * full + (EIGHTHS[rest] if rest else ""), style)


def lines_of_parts(parts: Iterable[str], width: int) -> list[str]:
    """As many parts on a line as fit, commas between; one that is longer than a line is broken between words."""
    out: list[str] = []
    for part in parts:
        joined = f"{out[-1]}, {part}" if out else part
        if out and cells(joined) <= width:
            out[-1] = joined
        else:
            out[-1:] = [f"{out[-1]},"] if out else []
            out += wrap(_TOGETHER.sub("\\1\u00a0\\2", part), max(1, width))
    return [line.replace("\u00a0", " ") for line in out]


def side_by_side(blocks: Sequence[Sequence[Content]], width: int, least: int) -> list[Content]:
    """Blocks of lines in as many columns as have `least` cells each, row of blocks by row, a line between rows."""
    columns = column_count(len(blocks), width, least)
    each = column_width(columns, width)
    out: list[Content] = []
    for first in range(0, len(blocks), columns):
        row = blocks[first : first + columns]
        tall = max(len(block) for block in row)
        for at in range(tall):
            cells = [block[at] if at < len(block) else Content() for block in row]
            out.append(_joined(cells, each))
        out.append(Content())
    return out[:-1]


def in_columns(blocks: Sequence[Sequence[Content]], columns: int, each: int) -> list[Content]:
    """Blocks of lines below one another, and where there are two columns the later ones in the second."""
    if columns < 2 or len(blocks) < 2:
        return [line for block in blocks for line in block]
    heights = [len(block) for block in blocks]
    split = min(range(1, len(blocks)), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    left, right = ([line for block in part for line in block] for part in (blocks[:split], blocks[split:]))
    return [_joined(pair, each) for pair in zip_longest(left, right, fillvalue=Content())]


def column_count(blocks: int, width: int, least: int) -> int:
    """How many blocks stand beside one another."""
    fitting = max(1, (width + GAP) // (least + GAP))
    rows = -(-blocks // min(max(1, blocks), fitting))
    return -(-blocks // max(1, rows)) if blocks else 1


def column_width(columns: int, width: int) -> int:
    """Of each of so many columns."""
    return (width - GAP * (columns - 1)) // columns


def _joined(cells: Sequence[Content], width: int) -> Content:
    padded = [cell.pad_right(max(0, width - cell.cell_length + GAP)) for cell in cells[:-1]]
    return Content("").join([*padded, cells[-1]])
