"""The rows of the screen's lanes as packed columns, which the page's own script unpacks and draws.

The text in the page is base64 of zlib of:

    head bytes u32 (little endian) · head, a JSON document, blanks to a multiple of four · the columns

The head names every row in the order of the screen, with the lengths of its columns. Numbers are varints (seven bits a
byte, the lowest first), signed ones zigzag; times are counted in units from the target's first intended start:

    bars     gap     from the end of the bar before, signed       of a row: one bar is a request, or a step of a loop
             who     the visitor's number less that of the bar before, signed; 0 is nobody
             pieces  how many pieces the bar has
             role    a byte for each piece: an index into ROLES
             length  of each piece; pieces follow one another without gap
             ticks   where answers came in pieces: the bar, how many times, and the times, each less the one before
    counts   change  twice the time since the last change, plus 1 where one came, 0 where one left
    lost     at, who, failed

Suspended requests are raw AWAITING pieces, as in the recording: where another request's step held the loop meanwhile,
whoever draws them shows them as stalled, by the same rule as the screen.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.scenarios.untrusted_text import one_line
from asgi_vs_wsgi.tui.drawing.events import happened
from asgi_vs_wsgi.tui.drawing.glyphs import (
    ANSWERED,
    CHILD_PROCESS,
    GONE,
    GRAIN,
    LOOPS_OWN,
    OWN_THREAD,
    PIECE,
    WORDS,
    code,
    glyph,
    name_of,
)
from asgi_vs_wsgi.tui.drawing.lanes.background_rows import BackgroundRow
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.request_row import LoopRow, RequestRow
from asgi_vs_wsgi.tui.drawing.plain_text import UNJOINED, pane_title, time_span
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.theme import LANES_DARK, LANES_LIGHT, lane_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asgi_vs_wsgi.scenarios.analysis.interval_counter import IntervalCounter
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow
    from asgi_vs_wsgi.tui.drawing.plain_text import TimeSpan

ROLES = (*(code(state) for state in State), GONE, ANSWERED, LOOPS_OWN, OWN_THREAD, CHILD_PROCESS)
"""What a piece of a bar can be, by its number in the file."""
_NUMBER = {role: number for number, role in enumerate(ROLES)}
FINE_NS, COARSE_NS, MANY_PIECES = 1_000, 10_000, 200_000
"""A unit of time: coarser where there are so many pieces that nobody can see a microsecond of one."""
TOLD_EVERY = 500
"""Visitors, while their stories are told."""
LABEL_COLUMNS = 160
"""Over which the count of suspended requests is looked at, to name it after what most of them wait for."""


def varints(numbers: Iterable[int]) -> bytes:
    """Of numbers that are not negative."""
    out = bytearray()
    for number in numbers:
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        out.append(number)
    return bytes(out)


def zigzag(number: int) -> int:
    """0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    return number << 1 if number >= 0 else (-number << 1) - 1


class LaneRow(NamedTuple):
    """What the head says of a row, and what its columns are made of."""

    head: dict[str, Any]
    bars: BarRow | None = None
    counter: IntervalCounter | None = None


class Bar(NamedTuple):
    """A request in its row, or a step of a loop; times are absolute."""

    number: int
    """The visitor's; 0: nobody's."""
    pieces: list[tuple[int, int, int]]
    """(role, from, to), without gap."""
    ticks: Sequence[int] = ()
    """When the pieces of its answer came."""


Tell = Callable[[int, int], None]
"""Told of progress: how many of how many."""


class TargetLanes:
    """One target's rows, and what is told of each visitor."""

    def __init__(self, trace: TargetTrace, until_ns: int = 0) -> None:
        """`until_ns`: when the recording ends, where it ends before or after the last visitor's end."""
        self.trace = trace
        span = time_span(trace)
        self.span: TimeSpan = span._replace(end_ns=max(span.end_ns, until_ns)) if span.start_ns else span
        self.layout = LaneLayout(trace)
        self.layout.update_rows(_as_begun(trace))
        self.rows: list[LaneRow] = []
        if self.span.start_ns and not trace.answered_unseen:
            self.rows = [*self._counts(), *self._bars()]

    def _counts(self) -> Iterator[LaneRow]:
        layout, end_ns = self.layout, self.span.end_ns
        window = Window(self.span.start_ns, max(end_ns, self.span.start_ns + 1), LABEL_COLUMNS)
        for row in layout.counts:
            row.show(window, end_ns)
            if row is layout.line:
                head = {"kind": "count", "label": row.label(end_ns), "most": layout.line.peak}
                yield LaneRow(head, counter=layout.line.counter)
            elif row is layout.aside:
                yield LaneRow({"kind": "suspended", "label": row.label(end_ns), "most": layout.aside.peak})
            else:
                yield LaneRow({"kind": "lost", "label": row.label(end_ns), "told": layout.lost.words(end_ns).strip()})

    def _bars(self) -> Iterator[LaneRow]:
        for place, group in enumerate(self.layout.groups):
            rows: Sequence[BarRow] = [*group.fixed, *group.lines]
            for row in rows:
                kind = "loop" if isinstance(row, LoopRow) else "beside" if isinstance(row, BackgroundRow) else "bars"
                held = isinstance(row, RequestRow) and self.layout.looped
                head = {"kind": kind, "label": row.label(self.span.end_ns).strip(), "group": place}
                yield LaneRow(head | {"first": row is group.first, "held": held}, bars=row)

    def bars(self, row: BarRow) -> list[Bar]:
        """Up to the recording's end at most."""
        end_ns = self.span.end_ns
        bars: list[Bar] = []
        for index, start_ns in enumerate(row.starts_ns):
            bar_end_ns = min(row.end_ns(index), end_ns)
            if bar_end_ns <= start_ns:
                continue
            role = self._role_of(row, index)
            told = [
                (role or code(state), max(from_ns, start_ns), min(to_ns, bar_end_ns))
                for state, from_ns, to_ns in row.pieces(index, start_ns, bar_end_ns)
                if to_ns > from_ns
            ]
            left_ns = max(start_ns, row.left_ns(index))
            if isinstance(row, RequestRow) and left_ns < bar_end_ns:
                told.append((ANSWERED if row.stays[index].answered else GONE, left_ns, bar_end_ns))
            if told:
                ticks = row.stays[index].pieces_ns if isinstance(row, RequestRow) else ()
                bars.append(Bar(row.number(index), told, [at_ns for at_ns in ticks if at_ns <= end_ns]))
        return bars

    def _role_of(self, row: BarRow, index: int) -> int:
        """What all of a bar is, where that is no state of a visit; else 0."""
        if isinstance(row, BackgroundRow):
            return row.role
        return LOOPS_OWN if isinstance(row, LoopRow) and not row.number(index) else 0

    def stories(self) -> Iterator[str]:
        """Of each visitor, in the words of the screen."""
        for row in range(len(self.trace.visits)):
            yield one_line(story(self.trace, row, self.span.end_ns))

    @property
    def head(self) -> dict[str, Any]:
        """What there is to know of it before its rows."""
        start_ns = self.span.start_ns
        return {
            "name": self.trace.facts.name,
            "title": pane_title(self.trace),
            "visitors": len(self.trace.visits),
            "nothing": UNJOINED if self.trace.answered_unseen else "" if start_ns else "Nobody had come yet.",
            "marks": [[(at_ns - start_ns) / 1e9, word] for at_ns, word in happened(self.trace)],
        }


def _as_begun(trace: TargetTrace) -> list[int]:
    """Rows in the order in which workers began them: lanes are filled in that order."""
    begun = {r: h.begin_ns for worker in trace.workers.values() for r, h in worker.handlings.items()}
    first = trace.visits.first_id
    return sorted(range(len(trace.visits)), key=lambda row: begun.get(first + row, 0))


def _stories(targets: Sequence[TargetLanes], tell: Tell) -> Iterator[bytes]:
    """A line for each visitor; most of the time that a large page takes goes here."""
    total, done = sum(len(lanes.trace.visits) for lanes in targets), 0
    for lanes in targets:
        lines = []
        for line in lanes.stories():
            lines.append(line)
            done += 1
            if done % TOLD_EVERY == 0:
                tell(done, total)
        yield "\n".join(lines).encode()


class LanePack:
    """The pack of all targets of a run; `text` is what stands in the page."""

    def __init__(
        self, targets: Sequence[TargetLanes], more: dict[str, Any] | None = None, tell: Tell = lambda done, total: None
    ) -> None:
        """`more`: what else the script is to know, put into the head."""
        all_bars = [[lanes.bars(row.bars) if row.bars else [] for row in lanes.rows] for lanes in targets]
        self.pieces = sum(len(bar.pieces) for rows in all_bars for bars in rows for bar in bars)
        self.unit_ns = FINE_NS if self.pieces <= MANY_PIECES else COARSE_NS
        self._columns: list[bytes] = []
        self._drawn: set[int] = set()
        self._ticked = False
        heads = [
            lanes.head | {"rows": [self._row(lanes, *each) for each in zip(lanes.rows, rows, strict=True)]}
            for lanes, rows in zip(targets, all_bars, strict=True)
        ]
        stories = list(_stories(targets, tell))
        extent_ns = max((lanes.span.length_ns for lanes in targets), default=0)
        self.head: dict[str, Any] = {
            "unit_ns": self.unit_ns,
            "extent": -(-extent_ns // self.unit_ns),
            "roles": roles(),
            "targets": heads,
            "stories": [len(text) for text in stories],
            **(more or {}),
        }
        self._columns += stories

    def _row(self, lanes: TargetLanes, row: LaneRow, bars: list[Bar]) -> dict[str, Any]:
        """Its head, once its columns are among all columns."""
        start_ns, columns = lanes.span.start_ns, []
        if row.bars is not None:
            columns = self._bars(bars, start_ns)
        elif row.counter is not None:
            columns = [self._changes(row.counter, start_ns, lanes.span.end_ns)]
        elif row.head["kind"] == "lost":
            columns = self._lost(lanes, start_ns)
        self._columns += columns
        return row.head | {"columns": [len(column) for column in columns]}

    def _bars(self, bars: list[Bar], start_ns: int) -> list[bytes]:
        unit_ns = self.unit_ns
        gaps: list[int] = []
        who: list[int] = []
        counts: list[int] = []
        lengths: list[int] = []
        said = bytearray()
        before = reached = 0
        for number, pieces, _ticks in bars:
            at = (pieces[0][1] - start_ns) // unit_ns
            gaps.append(zigzag(at - reached))
            reached, many, last = at, 0, -1
            for role, _from_ns, to_ns in pieces:
                end = max(reached, (to_ns - start_ns) // unit_ns)
                if role == last:
                    lengths[-1] += end - reached
                else:
                    said.append(_NUMBER[role])
                    lengths.append(end - reached)
                    many, last = many + 1, role
                reached = end
            who.append(zigzag(number - before))
            counts.append(many)
            before = number
        self._drawn.update(said)
        columns = [varints(gaps), varints(who), varints(counts), bytes(said), varints(lengths)]
        return [*columns, self._ticks(bars, start_ns)]

    def _ticks(self, bars: list[Bar], start_ns: int) -> bytes:
        told: list[int] = []
        for place, bar in enumerate(bars):
            if bar.ticks:
                self._ticked = True
                times = sorted(max(0, (at_ns - start_ns) // self.unit_ns) for at_ns in bar.ticks)
                told += [place, len(times), times[0], *(after - before for before, after in pairwise(times))]
        return varints(told)

    def _changes(self, counter: IntervalCounter, start_ns: int, end_ns: int) -> bytes:
        came_ns, left_ns = counter.came_and_left()
        changes = sorted(
            [*((at_ns, 1) for at_ns in came_ns), *((at_ns, 0) for at_ns in left_ns if at_ns < FOREVER)],
        )
        told, reached = [], 0
        for at_ns, came in changes:
            if at_ns > end_ns:
                break
            at = max(reached, (at_ns - start_ns) // self.unit_ns)
            told.append((at - reached) << 1 | came)
            reached = at
        return varints(told)

    def _lost(self, lanes: TargetLanes, start_ns: int) -> list[bytes]:
        visits = lanes.trace.visits
        rows = [row for row in range(len(visits)) if visits.done_ns[row] and visits.outcome[row] != DONE]
        at = ((visits.done_ns[row] - start_ns) // self.unit_ns for row in rows)
        failed = bytes(visits.outcome[row] != CANCELLED for row in rows)
        return [varints(max(0, each) for each in at), varints(row + 1 for row in rows), failed]

    @property
    def drawn(self) -> set[int]:
        """The roles of all pieces, and PIECE where any answer came in pieces."""
        return {ROLES[number] for number in self._drawn} | ({PIECE} if self._ticked else set())

    @property
    def text(self) -> str:
        """Letters, digits, `+`, `/` and `=` alone: no markup can be in it."""
        head = json.dumps(self.head, separators=(",", ":")).encode()
        head += b" " * (-len(head) % 4)
        raw = b"".join([len(head).to_bytes(4, "little"), head, *self._columns])
        return base64.b64encode(zlib.compress(raw, 9 if len(raw) < 1_000_000 else 6)).decode()


def roles() -> list[dict[str, Any]]:
    """Words, sign and colours of each role: light and dark, each of a bar, of its neighbour, and of the texture."""
    light, dark = lane_variables(LANES_LIGHT), lane_variables(LANES_DARK)

    def colours(palette: dict[str, str], role: int) -> list[str]:
        other = role + 1 if role < code(len(State)) else role
        return [palette[f"lane-{name_of(each)}"] for each in (role, other, role + GRAIN)]

    return [
        {
            "name": name_of(role),
            "words": WORDS[role],
            "sign": glyph(role),
            "light": colours(light, role),
            "dark": colours(dark, role),
        }
        for role in ROLES
    ]
