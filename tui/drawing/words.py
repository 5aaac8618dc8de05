"""Figures as people read them."""

from __future__ import annotations

from fractions import Fraction

from scenarios.time_words import seconds

__all__ = ["NS_PER_MS", "NS_PER_S", "count", "nanoseconds", "per_second", "seconds", "speed"]

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


def nanoseconds(time_ns: int) -> str:
    """`0.23 s` of 230,000,000: seconds as people read them."""
    return seconds(time_ns / NS_PER_S)


def per_second(rate: float) -> str:
    """`9.9/s`, `128/s`, `12 400/s`."""
    return f"{rate:.1f}/s" if rate < 99.95 else f"{rate:,.0f}/s".replace(",", " ")


def count(number: int, noun: str) -> str:
    """`1 visitor`, `2 visitors`, `12 000 visitors`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", " ")


def speed(rate: Fraction) -> str:
    """How fast the recording is shown, in words: `1/4`, `live speed`, `4×`."""
    if rate == 1:
        return "full speed"
    return f"{rate.numerator}×" if rate > 1 else f"{rate.numerator}/{rate.denominator}"
