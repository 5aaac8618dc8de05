"""Numbers as people read them, one form for each kind: no figure is told with more digits than were measured.

Nothing that is there is told as nothing, and nothing that is missing as all: a share is 0% or 100% only if it is.
"""

from __future__ import annotations


def thousands(number: int) -> str:
    """`12 000`."""
    return f"{number:,}".replace(",", " ")


def number(value: float) -> str:
    """A count, or a mean of counts: whole ones as they are, others with three digits: `16`, `2.02`, `0.5`, `1 234`."""
    if value == round(value):
        return thousands(round(value))
    if abs(value) < 0.001:
        return "<0.001"
    return thousands(round(value)) if abs(value) >= 99.95 else f"{value:.3g}"


def count(how_many: int, noun: str) -> str:
    """`1 visitor`, `2 visitors`, `12 000 visitors`."""
    return f"{thousands(how_many)} {noun}{'' if how_many == 1 else 's'}"


def share(part: float) -> str:
    """`97%`; not quite all is `99.9%` and not `100%`, and hardly any is `<1%` and not `0%`."""
    if 0 < part < 0.01:
        return "<1%"
    return f"{min(part, 0.999):.1%}" if 0.99 < part < 1 else f"{part:.0%}"


def per_second(rate: float) -> str:
    """`0.25/s`, `9.9/s`, `128/s`, `12 400/s`."""
    if 0 < rate < 0.01:
        return "<0.01/s"
    if rate < 0.995:
        return f"{rate:.2g}/s"
    return f"{rate:.1f}/s" if rate < 99.95 else f"{thousands(round(rate))}/s"


def megabytes(size_mb: float) -> str:
    """`4.2 MB`, `41 MB`, `1 234 MB`."""
    return f"{size_mb:.1f} MB" if size_mb < 9.95 else f"{thousands(round(size_mb))} MB"
