"""What a check expects, as a scenario writes it: `>= 2`, or `< 0.5 * gunicorn-sync/latency_ms.p95`."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_SHAPE = re.compile(r"(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)(?:\s*\*\s*([^\s/]+)/(\S+))?")


class Expectation(NamedTuple):
    """`OP FACTOR` or `OP FACTOR * TARGET/FIGURE`."""

    comparison: str
    factor: float
    target: str
    figure: str

    def holds(self, measured: float, other: float | None) -> bool:
        """Whether `measured` is as expected; `other` is the figure of the target that the claim names."""
        right = self.factor if other is None else self.factor * other
        return OPERATORS[self.comparison](measured, right)


def read_claim(expected: str) -> Expectation | None:
    """None for what is no claim."""
    found = _SHAPE.fullmatch(expected.strip())
    return Expectation(found[1], float(found[2]), found[3] or "", found[4] or "") if found else None
