"""Numbers as people read them, one form for each kind: no figure is told with more digits than were measured.

Nothing that is there is told as nothing, and nothing that is missing as all: a share is 0% or 100% only if it is.

Several words as a part of a sentence.

Figures as people read them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from fractions import Fraction


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


_MOST_DIGITS = 9
"""After the point, of numbers that are to be told apart."""


def apart(value: float, other: float, told: Callable[[float], str] = number) -> str:
    """`value` as it is told, or with as many digits more as tell it from another: `2.004` beside 2, and not `2`."""
    if value == other or told(value) != told(other):
        return told(value)
    digits = range(1, _MOST_DIGITS + 1)
    return next((f"{value:.{many}f}" for many in digits if f"{value:.{many}f}" != f"{other:.{many}f}"), told(value))


def count(how_many: int, noun: str) -> str:
    """`1 visitor`, `2 visitors`, `12 000 visitors`."""
    return f"{thousands(how_many)} {noun}{'' if how_many == 1 else 's'}"


def cores_words(cores: float) -> str:
    """`1 core`, `1.5 cores`, `8 cores`."""
    return f"{cores:g} core{'' if cores == 1 else 's'}"


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


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; or with another word before the last."""
    *first, end = [*words] or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


_READS_AS_A_WORD = re.compile(r"\w+ing|\w+ed|waits|late|none|limit")


def named(target: str) -> str:
    """`uvicorn`, but `“blocking”`: a target's name in a sentence that would say something else with it as a word."""
    return f"“{target}”" if _READS_AS_A_WORD.fullmatch(target) else target


NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


def seconds(time_s: float) -> str:
    """`4.2 ms`, `42 ms`, `0.23 s`, `14.2 s`, `142 s`."""
    if 0 < time_s < 0.00005:
        return "<0.1 ms"
    if time_s < 0.00995:
        return f"{time_s * 1000:.1f} ms"
    if time_s < 0.0995:
        return f"{time_s * 1000:.0f} ms"
    return f"{time_s:.2f} s" if time_s < 9.995 else f"{time_s:.1f} s" if time_s < 99.95 else f"{time_s:.0f} s"


def seconds_apart(time_s: float, other_s: float) -> tuple[str, str]:
    """Both, with as many digits as tell them apart: `0.104 s` and `0.100 s`, not `0.10 s` twice."""
    told = seconds(time_s), seconds(other_s)
    if told[0] != told[1] or time_s == other_s:
        return told
    times, unit = (1000, "ms") if time_s < 0.0995 else (1, "s")
    for digits in range(1, _MOST_DIGITS + 1):
        first, second = (f"{each * times:.{digits}f}" for each in (time_s, other_s))
        if first != second:
            return f"{first} {unit}", f"{second} {unit}"
    return told


def nanoseconds(time_ns: int) -> str:
    """The same of nanoseconds."""
    return seconds(time_ns / NS_PER_S)


def speed(rate: Fraction) -> str:
    """How fast the recording is shown, in words: `1/4`, `live speed`, `4×`."""
    if rate == 1:
        return "full speed"
    return f"{rate.numerator}×" if rate > 1 else f"{rate.numerator}/{rate.denominator}"
