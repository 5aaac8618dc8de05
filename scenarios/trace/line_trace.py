"""What one lone visit of a page did that was followed line by line (server_targets.probe.hooks.line_tracer).

Its worker tells of it in parts, in lines of a bounded length (server_targets.probe.protocol.channel); put together they
are the lines that it reached and where it crossed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import MOST_CROSSINGS


class FollowedPart(Struct, frozen=True):
    """As its worker tells it."""

    request: int
    file: str = ""
    on_loop: list[int] = []
    elsewhere: list[int] = []
    crossings: list[tuple[bool, str, str, str]] = []
    whole: bool = False
    traced: bool = True


class VisitTimes(Struct, frozen=True):
    """Of a lone visit that was timed from inside (server_targets.probe.hooks.visit_times)."""

    request: int
    computes_ns: int
    waits_ns: int | None
    """None where the kernel does not tell for how long a thread was ready for a processor."""


class Crossing(NamedTuple):
    """From a loop to a thread, or back to a loop."""

    to_loop: bool
    function: str
    """What runs beyond it: `django.db.models.query.QuerySet.count`."""
    where: str
    """The line of the user's own that asked for it: `shop/views.py:12 page`; "" where a library did."""
    library: str
    """The line of a library that did: `handlers/base.py:253 _get_response_async`; "" where none of them is known."""


@dataclass(slots=True)
class Followed:
    """Of one visit at one target."""

    lines: dict[str, tuple[set[int], set[int]]] = field(default_factory=dict)
    """Of each file of the user's: the lines that it reached on the event loop, and those elsewhere."""
    crossings: list[Crossing] = field(default_factory=list)
    """In their order."""
    is_whole: bool = False
    is_traced: bool = True
    """Whether nobody else (a debugger) traced where it went, so that all its lines are there."""

    @property
    def has_all_crossings(self) -> bool:
        """Or there were more than are told."""
        return len(self.crossings) < MOST_CROSSINGS

    def add(self, part: FollowedPart) -> None:
        """What one more part tells; names of theirs pass the gate."""
        if part.file:
            on_loop, elsewhere = self.lines.setdefault(part.file, (set(), set()))
            on_loop.update(part.on_loop)
            elsewhere.update(part.elsewhere)
        self.crossings += [Crossing(to_loop, *map(printable, words)) for to_loop, *words in part.crossings]
        self.is_whole, self.is_traced = part.whole, self.is_traced and part.traced
