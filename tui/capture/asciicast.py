"""Frames in time as an asciinema recording, version 2: https://docs.asciinema.org/manual/asciicast/v2/

{"version": 2, "width": 120, "height": 36, …}
[0.0, "o", "[2J …"]      what is written to the terminal, seconds after the start
[1.5, "m", "first page"]       a marker: players jump to it, or pause there
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.untrusted_text import harmless, harmless_json
from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BEGIN = "\x1b[?25l\x1b[2J"
"""Hide the cursor, and an empty screen."""
GAP = 6
"""Going elsewhere takes as many bytes as writing so many cells again."""

Cell = tuple[str, Look]
"""The sign, empty where a wide one goes on."""


def ansi(before: Frame | None, after: Frame) -> str:
    """What turns the one into the other; all of it where there is none before, or one of another size."""
    same = before is not None and (before.columns, before.lines) == (after.columns, after.lines)
    written = _Written()
    for line, row in enumerate(after.rows):
        old = before.rows[line] if before is not None and same else None
        if old != row:
            _write_row(written, line, _cells(old) if old is not None else [], _cells(row))
    return ("" if same else BEGIN) + "".join(written.parts)


class _Written:
    """What was written so far, and the look that it ended with."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._look: Look | None = None

    def go_to(self, line: int, column: int) -> None:
        self.parts.append(f"\x1b[{line + 1};{column + 1}H")

    def cell(self, sign: str, look: Look) -> None:
        if look != self._look:
            self.parts.append(_order(look))
            self._look = look
        self.parts.append(sign)


def _order(look: Look) -> str:
    flags = zip("1349", (look.bold, look.italic, look.underline, look.struck), strict=True)
    numbers = ["0", *(number for number, on in flags if on)]
    return f"\x1b[{';'.join(numbers)};38;2;{_colour(look.ink)};48;2;{_colour(look.ground)}m"


def _colour(colour: str) -> str:
    return ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))


def _cells(row: Row) -> list[Cell]:
    cells: list[Cell] = []
    for run in row:
        if run.one_cell_each:
            cells += [(sign, run.look) for sign in run.text]
        else:
            cells += [(run.text, run.look), *[("", run.look)] * (run.width - 1)]
    return cells


def _write_row(written: _Written, line: int, old: list[Cell], new: list[Cell]) -> None:
    for first, last in _spans(old, new):
        written.go_to(line, first)
        for sign, look in new[first:last]:
            written.cell(sign, look)


def _spans(old: list[Cell], new: list[Cell]) -> Iterator[tuple[int, int]]:
    """[first, last) of what differs; small gaps are written again, and wide signs from their beginning."""
    different = [at for at, cell in enumerate(new) if at >= len(old) or old[at] != cell]
    first = last = -1
    for at in different:
        if first >= 0 and at - last > GAP:
            yield first, last
            first = -1
        if first < 0:
            first = at
            while first > 0 and not new[first][0]:
                first -= 1
        last = at + 1
    if first >= 0:
        yield first, last


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


def asciicast_lines(scenes: Iterable[Scene]) -> Iterator[str]:
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
