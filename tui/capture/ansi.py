"""From one Frame to the next as what is written to a terminal: only the cells that differ, in true colours.

\\x1b[3;12H     go to row 3, column 12
\\x1b[0;1;38;2;213;219;227;48;2;13;17;23m    a look, where it differs from the last one
"""

from __future__ import annotations

from collections.abc import Iterator

from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Row

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
