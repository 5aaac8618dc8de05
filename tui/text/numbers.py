"""Figures as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.text.numbers import count as count
from asgi_vs_wsgi.scenarios.text.numbers import per_second as per_second

if TYPE_CHECKING:
    from fractions import Fraction

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


def seconds(time_s: float) -> str:
    """`4.2 ms`, `42 ms`, `0.23 s`, `14.2 s`, `142 s`."""
    if time_s < 0.00995:
        return f"{time_s * 1000:.1f} ms"
    if time_s < 0.0995:
        return f"{time_s * 1000:.0f} ms"
    return f"{time_s:.2f} s" if time_s < 9.995 else f"{time_s:.1f} s" if time_s < 99.95 else f"{time_s:.0f} s"


def nanoseconds(time_ns: int) -> str:
    """The same of nanoseconds."""
    return seconds(time_ns / NS_PER_S)


def speed(rate: Fraction) -> str:
    """How fast the recording is shown, in words: `1/4`, `live speed`, `4×`."""
    if rate == 1:
        return "full speed"
    return f"{rate.numerator}×" if rate > 1 else f"{rate.numerator}/{rate.denominator}"
