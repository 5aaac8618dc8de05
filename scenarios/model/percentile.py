"""Percentiles of measured samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """The smallest of the ascending samples that at least `percent` % of them do not exceed.

    Whole-number arithmetic: 7 % of 100 samples is the 7th, which 0.07 * 100 would miss.
    """
    return ordered[max(0, (percent * len(ordered) + 99) // 100 - 1)]
