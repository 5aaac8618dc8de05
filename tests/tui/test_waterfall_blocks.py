"""A waterfall's targets share the room, and whoever is out of view is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.tui.drawing.waterfall import blocks


def test_what_fits_stands_one_below_the_other():
    assert [(block.top, block.shown, block.words) for block in blocks([3, 2], 10, 0)] == [(0, 3, ""), (4, 2, "")]


def test_two_long_targets_get_half_of_the_room_each():
    first, second = blocks([32, 32], 22, 0)
    assert (first.top, first.shown, first.words) == (0, 9, "… 23 more")
    assert (second.top, second.shown, second.words) == (11, 9, "… 23 more")


def test_scrolled_it_tells_of_both_sides_and_no_further_than_the_end():
    assert blocks([32], 11, 5)[0].words == "… 5 above, 18 below"
    assert blocks([32, 4], 20, 99)[0].words.endswith(" above")
    assert blocks([32, 4], 20, 99)[1].first == 0


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5), st.integers(1, 60), st.integers(0, 80))
def test_every_row_is_in_view_or_counted_in_the_room_there_is(rows: list[int], height: int, scroll: int):
    placed = blocks(rows, height, scroll)
    for block, following in zip(placed, [*placed[1:], None], strict=True):
        bottom = following.top if following else max(height, len(rows))
        assert block.top + 1 + block.shown <= bottom
        assert 0 <= block.first <= block.reach
        counted = [block.at(line) for line in range(block.top + 1, block.top + 1 + block.shown)]
        assert counted == list(range(block.first, block.first + block.shown))
        assert bool(block.words) == (block.shown < block.rows)


@given(st.integers(1, 60), st.integers(4, 40), st.integers(0, 80), st.data())
def test_scrolling_to_a_row_brings_it_into_view(rows: int, height: int, scroll: int, data):
    place = data.draw(st.integers(0, rows - 1))
    block = blocks([rows], height, scroll)[0]
    after = blocks([rows], height, block.scroll_to(place, scroll))[0]
    assert after.first <= place < after.first + after.shown
