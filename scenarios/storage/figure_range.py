"""Whether every number of a saved document, however deep, is one that a figure can be."""

from __future__ import annotations

from sys import float_info
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1e15
"""Of any figure: a thousand times all that a run can come to."""
LARGEST_FREE = float_info.max
_MAY_BE_NEGATIVE = {"tuned_ms", "reproduces_p50_error", "reproduces_p95_error"}
_FREE = _MAY_BE_NEGATIVE | {"parameters", "environment", "measured", "over_time", "seed"}
"""Figures that may be below zero, and as large as they like."""


def figure_faults(value: Any, where: str, *, free: bool = False) -> Iterator[str]:
    """Every number anywhere below is one: finite, and not absurd."""
    match value:
        case bool() | None | str():
            return
        case int() | float():
            if not -LARGEST_FREE <= value <= LARGEST_FREE:  # also what is no number, or an integer beyond all floats
                yield f"{where} holds {value:g}" if isinstance(value, float) else f"{where} holds too large a number"
            elif not free and not 0 <= value <= LARGEST:
                yield f"{where} holds {value:g}"
        case Struct():
            for name in value.__struct_fields__:
                yield from figure_faults(getattr(value, name), f"{where}.{name}", free=free or name in _FREE)
        case dict():
            for key, each in value.items():
                yield from figure_faults(each, f"{where}.{key}", free=free)
        case list() | tuple():
            for each in value:
                yield from figure_faults(each, where, free=free)
