"""As much of a terminal as our recordings use: it shows what was written to it."""

from __future__ import annotations

import re

from asgi_vs_wsgi.tui.capture.frame import Frame, Look

ORDER = re.compile(r"\x1b\[(\?25l|[0-9;]*[HJm])|([^\x1b])")


class Terminal:
    def __init__(self, columns: int, lines: int) -> None:
        self.cells = [[(" ", None)] * columns for _ in range(lines)]
        self._line = self._column = 0
        self._look: Look | None = None

    def write(self, text: str) -> None:
        at = 0
        for match in ORDER.finditer(text):
            assert match.start() == at, f"an order that is not known: {text[at : at + 20]!r}"
            at = match.end()
            self._order(match[1]) if match[1] else self._put(match[2])

    def _order(self, order: str) -> None:
        numbers = [int(number) for number in order[:-1].split(";")] if order[0] != "?" else []
        if order.endswith("H"):
            self._line, self._column = numbers[0] - 1, numbers[1] - 1
        elif order.endswith("J"):
            self.cells = [[(" ", None)] * len(row) for row in self.cells]
        elif order.endswith("m"):
            self._look = _look(numbers)

    def _put(self, sign: str) -> None:
        wide = 2 if sign >= "\u2e80" else 1
        for cell in [(sign, self._look), ("", self._look)][:wide]:
            self.cells[self._line][self._column] = cell  # type: ignore[assignment]
            self._column += 1


def _look(numbers: list[int]) -> Look | None:
    if numbers == [0]:
        return None
    at = numbers.index(38)
    flags = numbers[1:at]
    ink, ground = numbers[at + 2 : at + 5], numbers[at + 7 : at + 10]
    return Look(_hex(ink), _hex(ground), *(flag in flags for flag in (1, 3, 4, 9)))


def _hex(colour: list[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def cells_of(frame: Frame) -> list[list[tuple[str, Look | None]]]:
    rows = []
    for row in frame.rows:
        cells: list[tuple[str, Look | None]] = []
        for run in row:
            signs = list(run.text) if run.width == len(run.text) else [run.text, ""]
            cells += [(sign, run.look) for sign in signs]
        rows.append(cells)
    return rows
