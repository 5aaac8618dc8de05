"""Several words as a part of a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; or with another word before the last."""
    *first, end = [*words] or [""]
    return f"{', '.join(first)} {last} {end}" if first else end
