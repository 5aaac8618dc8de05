"""What one lone visit of a page did that was followed line by line (server_targets.probe.hooks.followed_visit)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


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
