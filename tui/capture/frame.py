"""What a terminal shows at one moment, rows of runs of cells that look the same; how a picture is asked for.

row    |   1 watch   2 code                │
runs   [0 ' '][1 '1'][2 ' watch'][ … ]          column, text, look
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import Limits
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.user_data import theme_named

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS, LINES = Limits(60, 400), Limits(16, 150)
"""Less is too small for the screen (asgi_vs_wsgi.tui.widgets.main_area), and more nobody can read."""


@dataclass(frozen=True, slots=True)
class Framing:
    """`columns` by `lines` of the app in `mode`."""

    columns: int
    lines: int
    mode: str
    theme: str
    scenario_dirs: tuple[str, ...] = ()
    plain: bool = False
    """Without header, modes, list and keys."""
    title: str = ""
    """A caption above it all."""


LONGEST_TITLE = 200


def framing(
    size: str, mode: str, theme: str, scenario_dirs: tuple[str, ...], *, plain: bool = False, title: str = ""
) -> Framing:
    """BadInput for a size, mode, theme or title that is none."""
    columns, lines = _size(size)
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"--title: {len(title)} letters", hint=f"at most {LONGEST_TITLE}")
    return Framing(columns, lines, _one_of("--mode", mode, NAMES), theme_named(theme), scenario_dirs, plain, title)


def _size(words: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,6})[x×]([0-9]{1,6})", words)
    if match is None:
        raise BadInput(f"--size: `{words}` is no size", hint="columns x rows, such as 120x36")
    columns, lines = int(match[1]), int(match[2])
    for value, limits, what in ((columns, COLUMNS, "columns"), (lines, LINES, "rows")):
        if reason := limits.refuse(value):
            raise BadInput(f"--size: {what}: {reason}", hint=f"{limits} {what}")
    return columns, lines


def _one_of(option: str, word: str, known: Sequence[str]) -> str:
    if word in known:
        return word
    raise BadInput(f"{option}: there is no `{word}`", hint=suggest(word, known))


class Look(NamedTuple):
    """Colours as `#rrggbb`, and how letters are drawn."""

    ink: str
    ground: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    struck: bool = False


class Run(NamedTuple):
    """Signs that are one cell wide each, or one sign that is wider (`width` cells)."""

    column: int
    width: int
    text: str
    look: Look
    joined: bool = False
    """One sign that is made of as many as it has cells: a heart and what makes it an emoji."""

    @property
    def one_cell_each(self) -> bool:
        """Whether it may be taken apart."""
        return self.width == len(self.text) and not self.joined


Row = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole screen. `title` is for people who cannot see it; `page` is the look of an empty cell."""

    columns: int
    lines: int
    rows: tuple[Row, ...]
    page: Look
    title: str = ""
