"""Headings, faint words, lines and bars, of which the modes are made."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content


def heading(words: str) -> Content:
    """Of a part of a mode."""
    return Content.styled(words, "bold")


def faint(words: str) -> Content:
    """What explains the figures."""
    return Content.styled(words, "$faint")


def lines(parts: Sequence[Content | str]) -> Content:
    """One below the other."""
    return Content("\n").join([part if isinstance(part, Content) else Content(part) for part in parts])


EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(value: float, most: float, width: int, style: str) -> Content:
    """A bar of eighths of a cell; whatever is above 0 shows at least one."""
    eighths = round(value / most * width * 8) if most > 0 else 0
    eighths = max(eighths, 1) if value > 0 else 0
    full, rest = divmod(eighths, 8)
    return Content.styled("█" * full + (EIGHTHS[rest] if rest else ""), style)
