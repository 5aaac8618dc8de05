"""Ticks where the pieces of an answer came: each from an event, and only where the scale has room."""

from __future__ import annotations

import pytest
from drawn import frame, window_until
from made_traces import MS, START, on_loops

from asgi_vs_wsgi.tui.drawing.glyphs import FIRST, LATER, PIECE, legend_text, ticks_of
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.drawing.waterfall import bar

WINDOW = Window(START, START + 1000 * MS, 100)


def streaming(pieces: int, *, without: int | None = None, visitors: int = 1):
    """A visitor of a loop whose answer of 500 ms comes in so many pieces, one of them left out if asked."""
    trace = on_loops(visitors, workers=1, wait_ns=500 * MS)
    visits = trace.visits
    first_ns, gap_ns = visits.sent_ns[0] + 57 * MS, 400 * MS // pieces
    times_ns = [first_ns + piece * gap_ns for piece in range(pieces) if piece != without]
    visits.first_byte_ns[0] = times_ns[0]
    visits.pieces.put(0, len(times_ns), times_ns)
    return trace, times_ns


def signs(cells) -> str:
    return "".join(char for char, _, _ in cells)


@pytest.mark.parametrize("pieces", [2, 5, 10])
def test_every_piece_is_a_tick_in_its_column_on_the_lane_and_in_the_waterfall(pieces):
    trace, times_ns = streaming(pieces)
    columns = [WINDOW.sub(at_ns) // SUBS for at_ns in times_ns]
    in_waterfall = signs(bar(trace, 0, WINDOW, START + 1000 * MS))
    assert [at for at, char in enumerate(in_waterfall) if char in (FIRST, LATER)] == columns
    assert in_waterfall[columns[0]] == FIRST
    assert in_waterfall.count(LATER) == pieces - 1
    lane = next(line.row for line in frame(trace, WINDOW, START + 1000 * MS, 30) if signs(line.row.cells).count(FIRST))
    drawn = {at for at, char in enumerate(signs(lane.cells)) if char in (FIRST, LATER)}
    assert {column for column in columns if signs(lane.cells)[column] != "1"} == drawn  # its number stands on one


def test_a_piece_that_did_not_come_is_not_drawn():
    (whole, times_ns), (less, _) = streaming(8), streaming(8, without=3)
    pair = [signs(bar(trace, 0, WINDOW, START + 1000 * MS)) for trace in (whole, less)]
    differs = [at for at, (one, other) in enumerate(zip(*pair, strict=True)) if one != other]
    assert differs == [WINDOW.sub(times_ns[3]) // SUBS]


def test_none_is_drawn_before_it_has_come():
    trace, times_ns = streaming(8)
    for playhead_ns in range(START, START + 600 * MS, 3 * MS):
        shown = signs(bar(trace, 0, WINDOW, playhead_ns))
        come = sum(WINDOW.sub(at_ns) < WINDOW.shown(playhead_ns) for at_ns in times_ns)
        assert sum(char in (FIRST, LATER) for char in shown) == come


@pytest.mark.parametrize("columns", [12, 20, 30])
def test_where_they_would_stand_close_together_there_are_none(columns):
    trace, _ = streaming(16)
    window = Window(START, START + 1000 * MS, columns)
    assert not {FIRST, LATER} & {*signs(bar(trace, 0, window, START + 1000 * MS))}


def test_zoomed_in_they_are_there_again():
    trace, times_ns = streaming(16)
    window = Window(times_ns[4] - MS, times_ns[8] + MS, 30)
    assert [*ticks_of(times_ns, window).values()] == [LATER] * 5
    assert signs(bar(trace, 0, window, times_ns[8] + MS)).count(LATER) == 5


def test_the_legend_explains_them_where_they_are_drawn():
    trace, _ = streaming(5)
    text = "\n".join(lanes_text([trace], 120))
    assert f"{LATER} piece of an answer" in text
    plain = on_loops(1, workers=1, wait_ns=500 * MS)
    assert "piece of an answer" not in "\n".join(lanes_text([plain], 120))
    assert "piece" not in "".join(legend_text())
    rows = [line.row for line in frame(trace, window_until(START + 600 * MS, 100), START + 600 * MS, 30)]
    assert any(PIECE in row.drawn for row in rows)


def test_the_story_tells_how_the_answer_came():
    trace, times_ns = streaming(5)
    at_ns = trace.visits.done_ns[0]
    assert ", in 5 pieces 80 ms apart" in story(trace, 0, at_ns)
    trace.visits.pieces.put(0, 5, [*times_ns[:4], times_ns[3] + 150 * MS])
    assert ", in 5 pieces 80 ms apart, the longest 0.15 s" in story(trace, 0, at_ns)
