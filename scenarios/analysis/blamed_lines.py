"""The lines at which requests, loops and threads were held, as they are blamed: their own, a library's, how long."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.results import BlockingLine
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

At = TypeVar("At")

HELD = (State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED)
Line = tuple[str, State, str, bool]
"""A source line, the state in which it held a request, the line of a library that waited for it ("" for none), and
whether that was in a thread beside an event loop."""


def blocking_lines(sums_ns: Mapping[Line, int]) -> list[BlockingLine]:
    """The longest first; of several lines of libraries for one of the user's, that of most time."""
    together = with_library(((where, state, beside), lib, ns) for (where, state, lib, beside), ns in sums_ns.items())
    return longest_first(
        BlockingLine(where, state.label, ns / NS_PER_MS, library=library, beside_loop=beside)
        for (where, state, beside), (ns, library) in together.items()
    )


def is_beside_loop(handling: RequestRecord, lane: int) -> bool:
    """Whether a request of an event loop was in a thread there, which does not hold its loop."""
    loops = handling.worker.loops
    return handling.lane in loops and lane not in loops


def longest_first(lines: Iterable[BlockingLine]) -> list[BlockingLine]:
    """As they are told."""
    return sorted(lines, key=lambda line: line.ms, reverse=True)


def told_whose(lines: Sequence[BlockingLine], trace: TargetTrace) -> list[BlockingLine]:
    """The same, each with whether it is of the user's own code: workers tell of a library's alone by its line alone."""
    if not lines:
        return []
    libraries = {
        worker.line_at(number)
        for worker in trace.workers.values()
        for number in worker.locations
        if worker.is_library(number)
    }
    return [replace(line, own_code=line.where not in libraries) for line in lines]


def with_library(sums_ns: Iterable[tuple[At, str, int]]) -> dict[At, tuple[int, str | None]]:
    """Times at places, each at a library's line: the sum at each place, and the line of its longest; None for none."""
    by_library: dict[At, Counter[str]] = {}
    for at, library, sum_ns in sums_ns:
        by_library.setdefault(at, Counter())[library] += sum_ns
    return {at: (sum(each.values()), each.most_common(1)[0][0] or None) for at, each in by_library.items()}
