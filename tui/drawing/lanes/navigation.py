"""From one visitor to another in the lanes of a target, as the arrow keys go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.tui.drawing.lanes.request_row import RequestRow

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.trace.request_spans import RequestSpans
    from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout


def on_next_lane(book: LaneLayout, number: int, steps: int, playhead_ns: int) -> int:
    """The visitor on the lane above (-1) or below (1) that of `number`, at the same time; 0 where there is nobody.

    With nobody chosen yet (0) the first lane, or the last, on which somebody is or was.
    """
    lanes = [row for row in _lanes(book) if row.before(playhead_ns) >= 0]
    if not lanes:
        return 0
    found = [(place, stay) for place, row in enumerate(lanes) for stay in row.stays if stay.number == number]
    if not found:
        return _last_begun(lanes[0 if steps > 0 else -1], playhead_ns)
    place, stay = found[0]
    to_place = max(0, min(len(lanes) - 1, place + steps))
    return number if to_place == place else _last_begun(lanes[to_place], _middle_ns(stay, playhead_ns))


def _lanes(book: LaneLayout) -> list[RequestRow]:
    """Those on which visitors stand, from the top of the pane to its bottom, in view or not."""
    rows = [row for group in book.groups for row in (*group.fixed, *group.lines)]
    return [row for row in rows if isinstance(row, RequestRow)]


def _middle_ns(stay: RequestSpans, playhead_ns: int) -> int:
    """Of what has been shown of it."""
    return (stay.handling.begin_ns + min(stay.end_ns, playhead_ns)) // 2


def _last_begun(row: RequestRow, at_ns: int) -> int:
    """Who was there then, or before, or else the first who came."""
    return row.number(max(0, row.before(at_ns)))


def next_number(number: int, steps: int, visitors: int) -> int:
    """The next visitor, or the one before; 0 (nobody) beyond either end."""
    if not number:
        return 1 if steps > 0 else visitors
    return number + steps if 1 <= number + steps <= visitors else 0
