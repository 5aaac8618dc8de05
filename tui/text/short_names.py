"""Names made shorter where there is no room: what all of them share gives way before what tells them apart.

gunicorn-sync-2-workers    gunic…2-workers
gunicorn-sync-4-workers    gunic…4-workers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.tui.text.text_width import cut, shortened, width

if TYPE_CHECKING:
    from collections.abc import Sequence


BETWEEN = "-_ ·/.×"
"""At these a name may be parted."""


def short_name(name: str, names: Sequence[str], cells: int) -> str:
    """One of the names in at most so many cells."""
    if width(name) <= cells:
        return name
    head, tail = shared_ends(names) if name in names else ("", "")
    own = name[len(head) : len(name) - len(tail)]
    if head and (room := cells - 1 - width(own + tail)) >= 0:
        return f"{cut(head, room)}…{own}{tail}"
    if head and width(own) + 1 <= cells and tail:
        return shortened(f"…{own}{tail}", cells)
    return shortened(own + tail if head else name, cells)


def shared_ends(names: Sequence[str]) -> tuple[str, str]:
    """What all of several names begin with, and what they end with, in whole words; a number is never parted."""
    several = set(names)
    if len(several) < 2:
        return "", ""
    head = _whole_words(_begin_alike(list(several)))
    rests = [name[len(head) :] for name in several]
    tail = _whole_words(_begin_alike([rest[::-1] for rest in rests]))[::-1]
    return head, "" if any(rest == tail for rest in rests) else tail


def _begin_alike(names: Sequence[str]) -> str:
    """Letters that all of them begin with."""
    first, last = min(names), max(names)
    return first[
        : next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    ]


def _whole_words(part: str) -> str:
    """As far as the last place at which it may be parted."""
    return part[: max((part.rfind(sign) for sign in BETWEEN), default=-1) + 1]
