"""What a mode looks at: a scenario and, once there was a run, its result and traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from scenarios.definition import Scenario
from scenarios.result import RunResult
from scenarios.trace.target_trace import TargetTrace

GAP = "   "


@dataclass(frozen=True, slots=True)
class Sight:
    """`result` is None before the end of a run; `traces` are empty before its beginning."""

    scenario: Scenario
    result: RunResult | None
    traces: Sequence[TargetTrace]
    width: int
    """Columns to write in."""

    def nothing_yet(self, what: str) -> Content:
        """What will be here, and how to get it."""
        return Content.assemble(
            (f"{what}\n\n", "$faint"), ("Enter", "bold $accent"), " runs it, ", ("m", "bold $accent"), " measures it."
        )


def heading(words: str) -> Content:
    """Of a part of a mode."""
    return Content.styled(words, "bold")


def faint(words: str) -> Content:
    """What explains the figures."""
    return Content.styled(words, "$faint")


def lines(parts: Sequence[Content | str]) -> Content:
    """One below the other."""
    return Content("\n").join([part if isinstance(part, Content) else Content(part) for part in parts])


def columns(rows: Sequence[Sequence[str]], left: frozenset[int] = frozenset({0})) -> list[str]:
    """Rows of cells aligned, those of the columns `left` to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(value: float, most: float, width: int, style: str) -> Content:
    """A bar of eighths of a cell; whatever is above 0 shows at least one."""
    eighths = round(value / most * width * 8) if most > 0 else 0
    eighths = max(eighths, 1) if value > 0 else 0
    full, rest = divmod(eighths, 8)
    return Content.styled("█" * full + (EIGHTHS[rest] if rest else ""), style)
