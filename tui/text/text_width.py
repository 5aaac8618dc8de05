"""How many cells of a terminal text takes, and text made to take so many: `len` counts letters, which may be wide.

Measured as Textual does, so that a report and the screen agree.

Names made shorter where there is no room: what all of them share gives way before what tells them apart.

gunicorn-sync-2-workers    gunic…2-workers
gunicorn-sync-4-workers    gunic…4-workers
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLANKS = re.compile(r"[ \t\n]+")
"""Where a line may be broken: not at U+00A0."""


_NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
"""Letters and signs of one cell each, as in Textual's own table."""


def width(text: str) -> int:
    """In cells."""
    if _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len  # `list` and `servers` answer without it

    return cell_len(text)


def pad_right(text: str, cells: int) -> str:
    """Blanks behind it; what is wider stays whole."""
    return text + " " * (cells - width(text))


def pad_left(text: str, cells: int) -> str:
    """Blanks before it; what is wider stays whole."""
    return " " * (cells - width(text)) + text


def cut(text: str, cells: int) -> str:
    """Its beginning in so many cells: a wide sign that would be cut in two is a blank, joined ones stay together."""
    if width(text) <= cells:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, max(0, cells))


def shortened(text: str, cells: int) -> str:
    """The same, and its end tells that it is not all."""
    return text if width(text) <= cells else cut(text, cells - 1) + "…"


def signs_that_fit(text: str, cells: int) -> int:
    """How many of its first signs take at most so many cells, at least one; what is joined stays together."""
    if text[: cells + 1].isascii():
        return min(len(text), cells)
    from rich.cells import split_graphemes

    taken = 0
    for start, _end, size in split_graphemes(text[: 8 * cells + 8])[0]:
        taken += size
        if taken > cells:
            return max(1, start)
    return min(len(text), 8 * cells + 8)


def wrap(text: str, cells: int, indent: str = "") -> list[str]:
    """Running text in lines of at most so many cells, all but the first after `indent`; none for no words.

    Broken at blanks, and where a word alone is too long; not at hyphens, which names of servers keep.
    """
    lines: list[str] = []
    for word in filter(None, _BLANKS.split(text)):
        if lines and width(lines[-1]) + 1 + width(word) <= cells:
            lines[-1] += f" {word}"
            continue
        room = max(2, cells - width(indent))
        fits = width(word) <= (room if lines else cells)
        for piece in [word] if fits else _chopped(word, room):
            lines.append(f"{indent}{piece}" if lines else piece)
    return lines


def _chopped(word: str, room: int) -> list[str]:
    from rich.cells import chop_cells

    return chop_cells(word, room)


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
