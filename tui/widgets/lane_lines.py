"""The lines of a pane as strips, in chunks: a frame makes anew only what has changed.

A lane may be several lines tall; its number and its label stand on the middle one.

From the colour codes of a cell to a style of the terminal, through the theme's variables.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Spacing
from textual.strip import Strip

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import (
    ALL_CODES,
    ANSWERED,
    BAR_CODES,
    BLANK,
    EMPTY,
    FAINT,
    GONE,
    GRAIN,
    INK,
    LABEL,
    MARK_GROUND,
    MARK_INK,
    Cell,
    code,
    glyph,
    name_of,
)
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.terminal.partial_repaint import HarmlessCells
from asgi_vs_wsgi.tui.text.text_width import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.color import Color as RichColor
    from textual.app import App

    from asgi_vs_wsgi.tui.drawing.lanes.bars import Row
    from asgi_vs_wsgi.tui.drawing.lanes.pane import Line

CHUNK = 16
NUMBERS = (INK, MARK_INK)


class RowSegments:
    """The segments of one row; `bare` without the numbers, for the upper and lower lines of a tall lane."""

    def __init__(self, row: Row, palette: Palette, *, bare: bool) -> None:
        self._row = row
        self._palette = palette
        self._bare = bare
        self._chunks: list[list[Segment]] = []
        self._stale: set[int] = set()
        """Chunks to be built anew when somebody asks for the whole row."""
        self.update([(0, len(row.cells))])

    def update(self, changes: Iterable[tuple[int, int]]) -> None:
        """The cells of these columns have changed."""
        for first, last in changes:
            self._stale.update(range(first // CHUNK, -(-last // CHUNK)))

    def _cells(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        return [_without_words(cell) for cell in cells] if self._bare else cells

    def part(self, first: int, last: int) -> list[Segment]:
        """The columns of [first, last) alone."""
        return self._palette.segments(self._cells(self._row.cells[first:last]))

    def segments(self) -> list[Segment]:
        """The whole row."""
        for index in sorted(self._stale):
            self._chunks[index : index + 1] = [self.part(index * CHUNK, (index + 1) * CHUNK)]
        self._stale.clear()
        return [segment for chunk in self._chunks for segment in chunk]


def _without_words(cell: Cell) -> Cell:
    _char, paint, ground = cell
    if paint == FAINT:
        return BLANK
    if paint not in NUMBERS:
        return cell
    if ground == MARK_GROUND:
        return " ", MARK_INK, MARK_GROUND
    return glyph(ground), ground + GRAIN, ground


_NO_COLOR = Color(0, 0, 0)


class Changes:
    """Which rows have changed, from which column to which: one box around all of it."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        """In ascending order; one that has several changes stands there once for each."""
        self.first, self.last = 1 << 30, 0

    def note(self, row: int, first: int, last: int) -> None:
        """The columns of [first, last) differ."""
        self.rows.append(row)
        self.first, self.last = min(self.first, first), max(self.last, last)


class LaneLines:
    """One frame of a pane at a time, on an empty bordered pane that Textual has rendered."""

    def __init__(self, palette: Palette, tall: int, counts: int) -> None:
        self._palette = palette
        self._tall = tall
        self.counts = counts
        """How many rows at the top are counts: one line high."""
        self.frame: list[Strip] = []
        """The empty pane; empty until `put_on`."""
        self._gutter = Spacing()
        self._edges: tuple[list[Segment], list[Segment]] = ([], [])
        self._filters: Sequence[LineFilter] = ()
        self._score = self._rest = ""
        self._lines: list[Line] = []
        self._segments: dict[tuple[int, bool], RowSegments] = {}
        self._strips: dict[int, Strip] = {}
        self._label_styles: dict[int, Style] = {}

    @property
    def roles(self) -> frozenset[int]:
        """Those that have been drawn on the rows in view."""
        return frozenset().union(*(line.row.drawn for line in self._lines))

    def put_on(self, frame: list[Strip], gutter: Spacing, filters: Sequence[LineFilter]) -> None:
        """The empty pane, and how much of it is border and padding."""
        self.frame, self._gutter = frame, gutter
        # Every colour of a cell is a true one already, its sign is ours, and the frame has been filtered.
        self._filters = [each for each in filters if not isinstance(each, (ANSIToTruecolor, HarmlessCells))]
        plain = frame[min(gutter.top, len(frame) - 1)]
        self._edges = (list(plain.crop(0, gutter.left)), list(plain.crop(plain.cell_length - gutter.right)))
        self._strips.clear()
        self._label_styles.clear()

    def forget_frame(self) -> None:
        """Its border bears another title now: it is to be put on anew."""
        self.frame = []

    def say(self, score: str, rest: str = "") -> bool:
        """The words on the border, at its right and its left end; returns whether they are new."""
        if (score, rest) == (self._score, self._rest):
            return False
        self._score, self._rest = score, rest
        self._strips.pop(self._score_at, None)
        return True

    @property
    def _score_at(self) -> int:
        """The lower border, or the upper one where it is the only one."""
        return len(self.frame) - 1 if self._gutter.bottom else 0

    def replace_lines(self, lines: list[Line], width: int) -> list[Region]:
        """A new frame; returns what has to be repainted, in coordinates of the content."""
        before, self._lines = self._lines, lines
        cells, labels = Changes(), Changes()
        for index, line in enumerate(lines):
            changes = line.row.settle()
            self._update(line, changes)
            known = before[index] if index < len(before) else None
            if known is None or known.row is not line.row:
                cells.note(index, 0, width)
            elif known.label != line.label:
                labels.note(index, 0, GUTTER)
            for first, last in changes:
                cells.note(index, GUTTER + first, GUTTER + last)
        if len(before) > len(lines):
            cells.note(len(before) - 1, 0, width)
        return [self._region(each) for each in (cells, labels) if each.rows]

    def _update(self, line: Line, changes: list[tuple[int, int]]) -> None:
        for bare in (False, True):
            if changes and (segments := self._segments.get((id(line.row), bare))):
                segments.update(changes)

    def _region(self, changes: Changes) -> Region:
        for index in changes.rows:
            for y in range(self._top(index), self._top(index + 1)):
                self._strips.pop(y + self._gutter.top, None)
        top, bottom = self._top(changes.rows[0]), self._top(changes.rows[-1] + 1)
        return Region(changes.first, top, changes.last - changes.first, bottom - top)

    def _top(self, index: int) -> int:
        return index if index <= self.counts else self.counts + (index - self.counts) * self._tall

    def strip(self, y: int) -> Strip:
        """The line of the pane at a height, borders included."""
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._make(y)
        return strip

    def part(self, y: int, first: int, last: int) -> Strip:
        """The columns of [first, last) of a line: where it is not kept whole and these are cells, nothing else."""
        if y >= len(self.frame):
            return Strip([])
        index, part = self._at(y - self._gutter.top)
        from_cell = first - self._gutter.left - GUTTER
        cells = y not in self._strips and from_cell >= 0 and y >= self._gutter.top and index < len(self._lines)
        if not cells or last > self.frame[y].cell_length - self._gutter.right:
            return self.strip(y).crop(first, last)
        segments = self._row_segments(self._lines[index], part).part(from_cell, from_cell + last - first)
        return self._filtered(Strip(segments, last - first))

    def _make(self, y: int) -> Strip:
        if y >= len(self.frame):
            return Strip([])
        index, part = self._at(y - self._gutter.top)
        if y == self._score_at and self._score:
            return self._put(f" {self._score} ", y)
        if y < self._gutter.top or index >= len(self._lines):
            return self.frame[y]
        return self._row(self._lines[index], part, y)

    def row_at(self, y: int) -> Row | None:
        """The row at a height of the content."""
        index = self._at(y)[0]
        return self._lines[index].row if 0 <= index < len(self._lines) else None

    def _at(self, y: int) -> tuple[int, int]:
        """(row, line of the row) at a height of the content."""
        if y < self.counts:
            return y, self._middle
        index, part = divmod(y - self.counts, self._tall)
        return self.counts + index, part

    @property
    def _middle(self) -> int:
        return (self._tall - 1) // 2

    def _put(self, score: str, y: int) -> Strip:
        """The lower border with the score at its right end, and what is out of view at its left."""
        plain = self.frame[y]
        width = plain.cell_length
        rest = Segment(f" {self._rest} " if self._rest else "", self._label_style("", y))
        at, after = max(2, width - cell_len(score) - 3), 2 + cell_len(rest.text)
        words = Segment(cut(score, width - at), self._label_style("score", y))
        end = at + cell_len(words.text)
        return self._filtered(
            Strip([*plain.crop(0, 2), rest, *plain.crop(after, at), words, *plain.crop(end)], width),
        )

    def _row(self, line: Line, part: int, y: int) -> Strip:
        label = line.label[: GUTTER - 1] if part == self._middle else ""
        words = Segment(f"{label:<{GUTTER}}", self._label_style(line.label, y))
        left, right = self._edges
        cells = self._row_segments(line, part).segments()
        return self._filtered(Strip([*left, words, *cells, *right], self.frame[y].cell_length))

    def _filtered(self, strip: Strip) -> Strip:
        for each in self._filters:
            strip = strip.apply_filter(each, _NO_COLOR)
        return strip

    def _row_segments(self, line: Line, part: int) -> RowSegments:
        key = (id(line.row), part != self._middle)
        if key not in self._segments:
            self._segments[key] = RowSegments(line.row, self._palette, bare=key[1])
        return self._segments[key]

    def _label_style(self, label: str, y: int) -> Style:
        """On the ground of the empty pane."""
        paint = LABEL if label[:1].isalpha() else FAINT
        if paint not in self._label_styles:
            ground = next((style for _text, style, _control in self.frame[y] if style), Style())
            self._label_styles[paint] = Style.from_color(self._palette.style((paint, EMPTY)).color, ground.bgcolor)
        return self._label_styles[paint]


_colours = itemgetter(1, 2)
_GREY_GRAIN = 0.3
_SOLID = frozenset({code(State.RUNNING), code(State.RUNNING, 1), GONE, ANSWERED})


class Palette:
    """Styles for cells under one theme; made anew when the theme changes."""

    def __init__(self, variables: Mapping[str, str], *, grey: bool = False, few: bool = False) -> None:
        colors = {role: Color.parse(variables[f"lane-{name_of(role)}"]) for role in ALL_CODES}
        if grey:
            # With no colours to tell states apart, their glyphs must stand out from their bars.
            colors |= {r + GRAIN: colors[r].darken(_GREY_GRAIN) for r in BAR_CODES if r not in _SOLID}
        if few:
            # Of sixteen colours a glyph and its bar would often get the same one; the ink of numbers never does.
            colors |= {r + GRAIN: colors[INK] for r in BAR_CODES if r not in _SOLID}
        self._colors = {role: color.rich_color for role, color in colors.items()}
        self._styles: dict[tuple[int, int], Style] = {}

    @classmethod
    def for_app(cls, app: App[Any]) -> Palette:
        """Under the app's theme; NO_COLOR is honoured, and so is a terminal of sixteen colours."""
        return cls(app.theme_variables, grey=app.no_color, few=_has_few_colours(app))

    def style(self, colours: tuple[int, int]) -> Style:
        """The style of (paint, ground)."""
        style = self._styles.get(colours)
        if style is None:
            paint, ground = colours
            style = self._styles[colours] = _style(
                self._colors[paint], self._colors[ground], bold=paint in (INK, MARK_INK)
            )
        return style

    def segments(self, cells: Sequence[Cell]) -> list[Segment]:
        """Neighbours of the same colours in one segment."""
        return [
            Segment("".join([cell[0] for cell in run]), self.style(colours))
            for colours, run in groupby(cells, _colours)
        ]


@lru_cache(maxsize=1 << 12)
def _style(paint: RichColor, ground: RichColor, *, bold: bool) -> Style:
    """One for all palettes: of equal styles Textual keeps the escape codes with the first, and looks up the others'."""
    return Style(color=paint, bgcolor=ground, bold=bold or None)


def _has_few_colours(app: App[Any]) -> bool:
    """A picture has all of them, wherever it is made."""
    return not app.is_headless and app.console.color_system == "standard"
