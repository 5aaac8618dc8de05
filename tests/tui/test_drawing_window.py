"""Time and sub-cells are each other's inverse, and nothing that has not begun is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.tui.drawing.time_axis import Window

windows = st.builds(
    lambda start, length, columns: Window(start, start + length, columns),
    st.integers(0, 10**15),
    st.integers(1_000, 10**12),
    st.integers(1, 300),
)


@given(windows, st.integers(0, 2400))
def test_a_sub_cell_begins_when_it_says(window: Window, sub: int):
    sub = min(sub, window.subs - 1)
    begin = window.at(sub)
    assert window.sub(begin) >= sub
    assert begin == window.start_ns or window.sub(begin - 1) < max(1, sub)


@given(windows, st.integers(0, 10**15 + 10**12))
def test_a_moment_outside_is_clamped(window: Window, at_ns: int):
    assert 0 <= window.sub(at_ns) <= window.subs


@given(windows, st.integers(0, 10**15 + 10**12))
def test_only_what_has_begun_is_shown(window: Window, playhead_ns: int):
    shown = window.shown(playhead_ns)
    assert shown == 0 or window.at(shown - 1) < playhead_ns
    assert shown == window.subs or window.at(shown) >= playhead_ns
