"""What a pane of a given height shows of one target: which rows are in view, drawn up to the playhead.

in line    ▇▇▇▇▅▅▅ 16          in view
worker 1   █▐█▌ ▐              in view, for every worker
  1        █░░░░░░░            the lines of all workers share what room is left;
  3        ░░░░░░░             whoever shows them says how many are out of view
worker 2   ▐█▌▐ ▐
  2         █░░░░░░
25 more lanes: 12 of worker 1, 13 of worker 2

Where there is no room for all lines, or for every worker and a line, the counts go first. Then a loop that has but one
line is shown by this line, which tells all that its own row does. Where not even the workers have room, all of their
rows are one list that scrolls.

How much of the main area's height each pane gets, and how tall its lanes are drawn.

A pane that needs little gets what it needs; the others share the rest. Where all have what they need, lanes grow
taller, those of the smallest panes first: the room is used. Where some pane could not show every worker and a line,
panes are drawn tight, without a lower border; there the pane that a story is told of comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.tui.drawing.lanes.folded_lanes import Folding, FoldRow, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.tui.drawing.lanes.bars import Row
    from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
    from asgi_vs_wsgi.tui.drawing.time_axis import Window


class Line(NamedTuple):
    """A row in view with the words before it."""

    label: str
    row: Row


class Pane:
    """The view of a LaneLayout; `scroll` is how many lines of each worker are out of view above."""

    def __init__(self, book: LaneLayout) -> None:
        self.book = book
        self.scroll = 0
        self._folding = Folding(book.groups, book.chosen, book.kind_of)
        self._column_ns = 0
        self._lanes_first = False

    def fold(self, column_ns: int, *, lanes_first: bool = False) -> None:
        """From now on lanes that look alike on a scale of so many nanoseconds to a column are one; 0: none are.

        `lanes_first`: somebody wants to see lanes, and counts get what these leave.
        """
        self._column_ns, self._lanes_first = column_ns, lanes_first

    @property
    def unfolds(self) -> bool:
        """Whether somebody has unfolded lanes for which there is no room at once."""
        return self._lanes_first

    @property
    def folds(self) -> bool:
        """Whether any lane is folded away."""
        return bool(self._column_ns) and self._folding.folds

    @property
    def unfolded(self) -> int:
        """The height at which nothing would be out of view if nothing were folded."""
        return len(self.book.counts) + sum(len(part.fixed) + len(part.lines) for part in self._unfolded())

    def _unfolded(self) -> list[Part]:
        return [Part(group.fixed, group.lines) for group in self.book.groups]

    def _whole(self) -> list[Part]:
        """The rows of every worker, as they are folded now."""
        return self._folding.parts(self.book.news, self._column_ns) if self._column_ns else self._unfolded()

    @property
    def wanted(self) -> int:
        """The height at which nothing is out of view."""
        return len(self.book.counts) + self._fixed + self._lines

    @property
    def least(self) -> int:
        """The height at which every count, every worker and one of the lines is in view."""
        return len(self.book.counts) + self._fixed + min(1, self._lines)

    @property
    def _fixed(self) -> int:
        return sum(len(part.fixed) for part in self._whole())

    @property
    def _lines(self) -> int:
        return sum(len(part.lines) for part in self._whole())

    def _counts(self, height: int) -> int:
        """How many counts are in view: as many as leave room for all lines, else for every worker and a line."""
        parts = self._parts(height)
        fixed, lines = (sum(map(len, rows)) for rows in zip(*parts, strict=True)) if parts else (0, 0)
        least = lines if fixed + lines <= height or self._lanes_first else min(1, lines)
        return max(0, min(len(self.book.counts), height - fixed - least))

    def _parts(self, height: int) -> list[Part]:
        """Of each worker; where not all rows have room, a loop's one line stands for the loop."""
        parts = self._whole()
        lean = height < sum(len(part.fixed) + len(part.lines) for part in parts)
        return [
            Part(group.lines, ()) if lean and group.is_one_line else part
            for group, part in zip(self.book.groups, parts, strict=True)
        ]

    def worker_of(self, row: Row, height: int) -> int:
        """The number of the worker whose name is on the row, 0 where it is a visitor's or a further thread's."""
        pairs = zip(self.book.groups, self._parts(height), strict=True)
        return next((group.worker.index for group, part in pairs if row in part.fixed), 0)

    def _is_list(self, height: int) -> bool:
        """Whether there is no room for every worker."""
        return height < self._fixed

    def _list(self, height: int) -> list[Row]:
        return [row for part in self._parts(height) for row in (*part.fixed, *part.lines)]

    def reach(self, height: int) -> int:
        """How far it can be scrolled."""
        if self._is_list(height):
            return max(0, len(self._list(height)) - height)
        pairs = zip(self._parts(height), self._shares(height), strict=True)
        return max((len(part.lines) - share for part, share in pairs), default=0)

    def page(self, height: int) -> int:
        """How many lines of every worker are in view: so far a page goes without passing over any."""
        if self._is_list(height):
            return max(1, height)
        pairs = zip(self._parts(height), self._shares(height), strict=True)
        return max(1, min((share for part, share in pairs if share < len(part.lines)), default=1))

    def scroll_to(self, request: int, height: int) -> int:
        """How far to scroll for a request's line to be in view; as now, where it is or has none."""
        if self._is_list(height):
            return self._scroll_list_to(request, height)
        for group, part, share in zip(self.book.groups, self._parts(height), self._shares(height), strict=True):
            _stay, row = group.stays.get(request, (None, None))
            if row in part.lines and share:
                place = part.lines.index(row)
                first = min(self.scroll, max(0, len(part.lines) - share))
                return max(min(first, place), place - share + 1)
        return self.scroll

    def _scroll_list_to(self, request: int, height: int) -> int:
        row = next((group.stays[request][1] for group in self.book.groups if request in group.stays), None)
        rows = self._list(height)
        place = rows.index(row) if row in rows else self.scroll
        return max(min(self.scroll, place), place - height + 1)

    def frame(self, window: Window, playhead_ns: int, height: int) -> list[Line]:
        """The rows in view, each drawn up to the playhead."""
        self.book.come_to(playhead_ns)
        rows = list(self._in_view(height))[:height]
        for row in rows:
            row.show(window, playhead_ns)
        names = self._names(height)
        return [Line(names.get(row) or row.label(playhead_ns), row) for row in rows]

    def _names(self, height: int) -> dict[Row, str]:
        """Of workers that a line stands for."""
        pairs = zip(self.book.groups, self._parts(height), strict=True)
        return {part.fixed[0]: group.name for group, part in pairs if part.fixed and part.fixed[0] not in group.fixed}

    def frame_and_rest(self, window: Window, playhead_ns: int, height: int) -> tuple[list[Line], str]:
        """The same with words for what is out of view, "" for nothing: they get the last line, but no worker's."""
        if not any(self.hidden(height).values()):
            return self.frame(window, playhead_ns, height), ""
        lanes = max(height - 1, self.least)
        return self.frame(window, playhead_ns, lanes), hidden_words(self.hidden(lanes))[0]

    def hidden(self, height: int) -> dict[int, int]:
        """The number of each worker to how many of its lanes are out of view; a line that stands for some is these."""
        hidden = {group.worker.index: 0 for group in self.book.groups}
        for group, rows in zip(self.book.groups, self._out_of_view(height), strict=True):
            for row in rows:
                for index in row.workers if isinstance(row, FoldRow) and row.workers else [group.worker.index]:
                    hidden[index] += row.lanes if isinstance(row, FoldRow) and not row.workers else 1
        return hidden

    def _out_of_view(self, height: int) -> list[list[Row]]:
        """Of each worker."""
        if not self._is_list(height):
            pairs = zip(self._parts(height), self._shares(height), strict=True)
            ends = [(part.lines, self._first(part, share), share) for part, share in pairs]
            return [[*lines[:first], *lines[first + share :]] for lines, first, share in ends]
        in_view = set(map(id, self._in_view(height)))
        return [[row for row in (*p.fixed, *p.lines) if id(row) not in in_view] for p in self._parts(height)]

    def _in_view(self, height: int) -> Iterator[Row]:
        if self._is_list(height):
            rows = self._list(height)
            first = min(self.scroll, max(0, len(rows) - height))
            yield from rows[first : first + height]
            return
        yield from self.book.counts_in(self._counts(height))
        for part, share in zip(self._parts(height), self._shares(height), strict=True):
            yield from self._of_part(part, share)

    def _of_part(self, part: Part, share: int) -> Iterator[Row]:
        first = self._first(part, share)
        yield from (*part.fixed, *part.lines[first : first + share])

    def _first(self, part: Part, share: int) -> int:
        """The place of its first line in view."""
        return min(self.scroll, max(0, len(part.lines) - share))

    def _shares(self, height: int) -> list[int]:
        """How many lines of each worker are in view: an equal part of the room, or fewer where it has fewer."""
        parts = self._parts(height)
        fixed = sum(len(part.fixed) for part in parts)
        return fair_shares([len(part.lines) for part in parts], max(0, height - self._counts(height) - fixed))


def hidden_words(hidden: dict[int, int]) -> list[str]:
    """`25 more lanes: 12 of worker 1, 13 of worker 2`, and shorter; "" for none."""
    number = sum(hidden.values())
    if not number:
        return [""]
    short = f"{number:,} more lane{'s' if number > 1 else ''}".replace(",", " ")
    of_each = ", ".join(f"{lines} of worker {index}" for index, lines in hidden.items() if lines)
    return [f"{short}: {of_each}" if len(hidden) > 1 else short, short, f"+{number}"]


def fair_shares(wants: list[int], room: int) -> list[int]:
    """Divide `room`: nobody gets more than wanted, and nobody less than another unless wanting less."""
    shares = [0] * len(wants)
    open_places = sorted(range(len(wants)), key=wants.__getitem__)
    for done, place in enumerate(open_places):
        shares[place] = min(wants[place], room // (len(wants) - done))
        room -= shares[place]
    return shares


TALLEST = 3
BORDERS, TIGHT_BORDERS = 2, 1
"""Lines of a pane that are not rows."""


class Need(NamedTuple):
    """Rows that stay one line high (counts), and rows that may be taller (lanes)."""

    counts: int
    lanes: int


class Height(NamedTuple):
    """Lines without borders, and lines for each lane."""

    lines: int
    tall: int


def is_tight(least: list[int], height: int) -> bool:
    """Whether some pane needs more rows than its part of the height has beside its borders."""
    part = height // len(least) - BORDERS if least else 0
    return max(least, default=0) > max(0, part) and height < len(least) * BORDERS + sum(least)


def pane_heights(needs: list[Need], room: int, first: int | None = None) -> list[Height]:
    """`room` is what there is for all panes, their borders not counted; what `first` needs comes before the others."""
    if first is not None:
        own = min(room, needs[first].counts + needs[first].lanes)
        others = pane_heights([*needs[:first], *needs[first + 1 :]], room - own)
        return [*others[:first], Height(own, 1), *others[first:]]
    tall = [1] * len(needs)
    for place in sorted(range(len(needs)), key=lambda index: needs[index].lanes):
        tall[place] = _tallest(needs, tall, place, room)
    wanted = [need.counts + need.lanes * each for need, each in zip(needs, tall, strict=True)]
    return [Height(*pair) for pair in zip(fair_shares(wanted, room), tall, strict=True)]


def _tallest(needs: list[Need], tall: list[int], place: int, room: int) -> int:
    """The tallest that leaves every pane what it needs."""
    others = sum(n.counts + n.lanes * t for i, (n, t) in enumerate(zip(needs, tall, strict=True)) if i != place)
    left = room - others - needs[place].counts
    return max(1, min(TALLEST, left // max(1, needs[place].lanes)))
