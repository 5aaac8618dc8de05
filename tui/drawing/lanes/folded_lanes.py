"""Lanes that tell nothing new, folded: the first of them is drawn, and a line below says who else looks like it.

worker 1   █▐█▌ ▐
  1        █░░░░░░░░█
 15 alike  visitors 3, 5, 7, 9, 11 …

Two lanes look alike where as many visitors stand on both, of the same kind, each with the same states in the same
order and the same end, and nothing begins or ends further apart than a column, or than a small part of a long visit. A
lane on which the chosen visitor stands, or whose worker ended, is like no other: it is never folded away.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.tui.drawing.glyphs import BLANK, EMPTY, FAINT
from asgi_vs_wsgi.tui.drawing.lanes.bars import Row
from asgi_vs_wsgi.tui.drawing.lanes.request_row import RequestRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow, Selection
    from asgi_vs_wsgi.tui.drawing.lanes.worker_rows import WorkerRows
    from asgi_vs_wsgi.tui.drawing.time_axis import Window

WORKERS = "workers"
LEAST_ALIKE = 3
"""Two would be no shorter than the one with a line below it."""
SMALL_PART = 10
"""A visit may begin or end by so small a part of its length apart from another and tell nothing new."""
MOST_VISITS = 24
"""A lane of more is a crowd whose numbers are what it shows; it is not looked through."""


class Part(NamedTuple):
    """The rows of a worker that stay in view, and those that scroll."""

    fixed: Sequence[Row]
    lines: Sequence[Row]


class VisitLook(NamedTuple):
    """What is seen of a visit on a lane: of which kind it is, what it did, and when that began and ended."""

    kind: int
    lost: bool
    pieces: int
    """Of its answer: each is a tick on the bar."""
    states: tuple[State, ...]
    edges_ns: tuple[int, ...]
    slack_ns: int
    """By so much another may differ and look the same."""


LaneLook = list[VisitLook]


def look_of(row: RequestRow, kind_of: Callable[[int], int], column_ns: int) -> LaneLook | None:
    """Of a lane, on a scale of so many nanoseconds to a column; None where it must not be folded away."""
    if len(row.stays) > MOST_VISITS:
        return None
    looks: LaneLook = []
    for index, stay in enumerate(row.stays):
        begin_ns, end_ns = stay.handling.begin_ns, row.end_ns(index)
        slack_ns = max(column_ns, 0 if end_ns == FOREVER else (end_ns - begin_ns) // SMALL_PART)
        long = [span for span in stay.spans if span.end_ns - span.start_ns >= slack_ns]
        lost = bool(stay.done_ns) and not stay.answered
        states = tuple(span.state for span in long)
        edges = (begin_ns, *(span.start_ns for span in long), row.left_ns(index), end_ns)
        looks.append(VisitLook(kind_of(stay.number), lost, len(stay.pieces_ns), states, edges, slack_ns))
    return looks


def look_alike(one: LaneLook, other: LaneLook) -> bool:
    """Whether a person could not tell them apart but by their numbers."""
    return len(one) == len(other) and all(
        (a.kind, a.lost, a.pieces, a.states) == (b.kind, b.lost, b.pieces, b.states)
        and all(abs(x - y) <= a.slack_ns for x, y in zip(a.edges_ns, b.edges_ns, strict=True))
        for a, b in zip(one, other, strict=True)
    )


class FoldRow(Row):
    """The line that stands for lanes which look like the one above it; tells of those that have begun."""

    def __init__(self, whose: str) -> None:
        super().__init__()
        self.whose = whose
        self._members: list[tuple[int, int]] = []
        """(when its first bar begins, what it is called), in this order."""
        self._begun = -1

    @property
    def lanes(self) -> int:
        """How many it stands for, begun or not."""
        return len(self._members)

    @property
    def workers(self) -> list[int]:
        """The numbers of those whose lanes they are; none where all are of the worker that it stands below."""
        return [name for _, name in self._members] if self.whose == WORKERS else []

    def stand_for(self, rows: Sequence[BarRow], names: list[int]) -> None:
        """These, from now on."""
        firsts_ns = (row.starts_ns[0] if row.starts_ns else FOREVER for row in rows)
        members = sorted(zip(firsts_ns, names, strict=True))
        if members != self._members:
            self._members, self._begun = members, -1

    @property
    def drawn(self) -> frozenset[int]:
        """Words."""
        return frozenset()

    def show(self, window: Window, playhead_ns: int) -> None:
        """Write who has begun by then, where that is somebody else than before."""
        if window != self.window:
            self._begin(window)
            self._begun = -1
        begun = bisect_left(self._members, (playhead_ns, 0))
        if begun != self._begun:
            self._begun = begun
            self._write(self._words())

    def _words(self) -> str:
        """`visitors 3, 5, 7 …`: as many as there is room for."""
        names = [str(name) for name in sorted(name for _, name in self._members[: self._begun])]
        if not names:
            return ""
        room = self.window.columns
        words = f"{self.whose} {', '.join(names)}"
        while len(words) > room and len(names) > 1:
            names.pop()
            words = f"{self.whose} {', '.join(names)} …"
        return words[:room]

    def _write(self, words: str) -> None:
        self.cells = [(char, FAINT, EMPTY) for char in words] + [BLANK] * (self.window.columns - len(words))
        self._note(0, self.window.columns)

    def label(self, playhead_ns: int) -> str:
        """`15 alike`, once any of them has begun."""
        return f"{self._begun:>3} alike" if self._begun > 0 else ""

    def _draw(self, from_sub: int, shown: int) -> None:
        """Words only."""


class Folding:
    """What of a layout is folded on a scale; worked out anew when the recording or the scale is another."""

    def __init__(self, groups: Sequence[WorkerRows], chosen: Selection, kind_of: Callable[[int], int]) -> None:
        self._groups, self._chosen, self._kind_of = groups, chosen, kind_of
        self._looks: dict[RequestRow, tuple[tuple[int, int], LaneLook | None]] = {}
        self._folds: dict[BarRow, FoldRow] = {}
        """The first of alike lanes to the line below it."""
        self._key: tuple[int, int] = (-1, -1)
        self._parts: list[Part] = []
        self.folds = False
        """Whether any lane is folded away."""

    def parts(self, news: int, column_ns: int) -> list[Part]:
        """The rows of every worker; `news` is another number whenever there is anything new."""
        if (news, column_ns) != self._key:
            self._key = news, column_ns
            lines = [list(self._folded(group.lines, column_ns)) for group in self._groups]
            self._parts = [
                Part(fixed, below) for fixed, below in zip(self._folded_workers(column_ns), lines, strict=True)
            ]
            self.folds = any(isinstance(row, FoldRow) for part in self._parts for row in (*part.fixed, *part.lines))
        return self._parts

    def _folded(self, lines: Sequence[RequestRow], column_ns: int) -> Iterator[Row]:
        """The lines below a loop, or of a worker's further threads."""
        for run in _runs([self._look(row, column_ns) for row in lines]):
            rows = [lines[at] for at in run]
            if len(rows) < LEAST_ALIKE:
                yield from rows
            else:
                yield rows[0]
                yield self._fold(rows, "visitors", [row.stays[0].number for row in rows[1:]])

    def _folded_workers(self, column_ns: int) -> list[list[Row]]:
        """The fixed rows of every worker: of workers that look alike those of the first only, and the line below."""
        firsts = [group.first for group in self._groups]
        looks = [self._look(group.first, column_ns) if self._is_plain(group) else None for group in self._groups]
        parts: list[list[Row]] = [list(group.fixed) for group in self._groups]
        for run in _runs(looks):
            if len(run) >= LEAST_ALIKE:
                parts[run[0]].append(
                    self._fold([firsts[at] for at in run], WORKERS, [self._groups[at].worker.index for at in run[1:]])
                )
                parts[run[1] : run[-1] + 1] = [[] for _ in run[1:]]
        return parts

    def _is_plain(self, group: WorkerRows) -> bool:
        """Whether one row of visitors is all that there is of a worker, and nothing else is told of it."""
        alone = len(group.fixed) == 1 and not group.lines
        return alone and isinstance(group.first, RequestRow) and not group.marked and not group.worker.died_ns

    def _fold(self, run: Sequence[BarRow], whose: str, names: list[int]) -> FoldRow:
        fold = self._folds.get(run[0])
        if fold is None:
            fold = self._folds[run[0]] = FoldRow(whose)
        fold.stand_for(run[1:], names)
        return fold

    def _look(self, row: BarRow, column_ns: int) -> LaneLook | None:
        """Kept for as long as nothing was said of anybody on the lane."""
        if not isinstance(row, RequestRow):
            return None
        if self._chosen.marked and any(stay.number == self._chosen.marked for stay in row.stays):
            return None
        key = row.news, column_ns
        known = self._looks.get(row)
        if known is None or known[0] != key:
            known = self._looks[row] = key, look_of(row, self._kind_of, column_ns)
        return known[1]


def _runs(looks: Sequence[LaneLook | None]) -> Iterator[range]:
    """Places of neighbours that look alike, together; each is compared with the first of them."""
    first = 0
    for at in range(1, len(looks) + 1):
        one, other = looks[first], looks[at] if at < len(looks) else None
        if not (one and other and look_alike(one, other)):
            yield range(first, at)
            first = at
