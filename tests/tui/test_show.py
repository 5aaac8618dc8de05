"""The playhead trails the recording, at a speed for the eye, and never jumps back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_news import opened, told
from made_traces import MS, START, on_loops, on_threads

from asgi_vs_wsgi.scenarios.simulation.law_prediction import likely_makespan_ns
from asgi_vs_wsgi.tui.playback.playback import HEAD_START_NS, Playback
from asgi_vs_wsgi.tui.playback.recording import Recording
from asgi_vs_wsgi.tui.playback.speed import SPEEDS, UNKNOWN, neighbour, speed_for
from asgi_vs_wsgi.tui.playback.viewport import Viewport


def recorded_show(*traces) -> Playback:
    """Everything is recorded."""
    show = Playback(Recording(opened(traces)))
    for news in told(traces, every_ns=100 * MS):
        show.update_rows([(each.target, show.recording.apply_delta(each)) for each in news.feeds], news.at_ns)
    show.close(whole=True)
    return show


def test_the_default_scenario_is_shown_at_a_sixth():
    assert speed_for(235 * MS, 3_240 * MS) == Fraction(1, 6)


def test_what_is_slow_enough_is_shown_as_it_was():
    assert speed_for(2_000 * MS, 12_000 * MS) == 1


def test_what_is_long_is_shown_faster_than_it_was():
    assert speed_for(2_000 * MS, 60_000 * MS) == 3


def test_while_nothing_is_known_a_speed_is_guessed():
    assert speed_for(0, 0) == UNKNOWN


@example(1, 60 * MS)
@example(1, 63 * MS)
@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_nothing_takes_much_more_than_twenty_seconds(quickest: int, whole: int):
    speed = speed_for(min(quickest, whole), whole)
    assert whole / 1e9 / float(speed) <= 29 or speed == SPEEDS[-1]


def test_speeds_have_an_end_on_both_sides():
    assert neighbour(SPEEDS[0], -1) == SPEEDS[0]
    assert neighbour(SPEEDS[-1], 1) == SPEEDS[-1]
    assert neighbour(Fraction(1), 1) == 2


def test_how_long_threads_will_take_is_guessed_from_the_first_of_them():
    trace = on_threads(32)
    assert likely_makespan_ns(trace) == pytest.approx(3_232 * MS, rel=0.01)


def test_the_shares_of_the_axis_end_where_the_last_one_ends():
    show = recorded_show(on_threads(), on_loops())
    assert show.extent_ns == show.targets[0].over_ns
    assert show.targets[0].over_ns == pytest.approx(3_233 * MS, rel=0.01)
    assert show.targets[1].over_ns == pytest.approx(218 * MS, rel=0.1)


def test_the_playhead_moves_at_its_speed():
    show = recorded_show(on_threads(), on_loops())
    for _ in range(40):
        show.advance(0.05)
    assert show.position_ns == pytest.approx(2e9 * float(show.speed), rel=0.1)


def test_a_late_frame_does_not_make_it_leap():
    show = recorded_show(on_threads())
    show.advance(60.0)
    assert show.position_ns < 0.3e9


def test_it_stops_at_the_end_and_says_so():
    show = recorded_show(on_threads(4), on_loops(4))
    for _ in range(2000):
        show.advance(0.05)
    assert show.at_end
    assert show.position_ns == show.extent_ns
    assert not show.advance(0.05)
    assert [target.seen().over_ns > 0 for target in show.targets] == [True, True]


def test_while_paused_it_stands_still_and_the_recording_goes_on():
    traces = [on_threads(8)]
    show = Playback(Recording(opened(traces)))
    news = [each for each in told(traces, every_ns=50 * MS) if each.feeds]
    show.paused = True
    for each in news:
        show.update_rows([(f.target, show.recording.apply_delta(f)) for f in each.feeds], each.at_ns)
        assert not show.advance(0.03)
    assert show.position_ns == 0
    assert show.targets[0].over_ns > 0


def test_live_it_never_overtakes_what_is_recorded_and_waits_for_a_head_start():
    traces = [on_threads(8), on_loops(8)]
    show, position = Playback(Recording(opened(traces))), 0
    for each in told(traces, every_ns=20 * MS):
        show.update_rows([(f.target, show.recording.apply_delta(f)) for f in each.feeds], each.at_ns)
        show.advance(0.2)
        for target in show.targets:
            assert target.position_ns <= target.recorded_ns
            assert target.position_ns == 0 or target.over_ns or target.recorded_ns >= HEAD_START_NS
        assert show.position_ns >= position
        position = show.position_ns


def test_the_axis_never_shrinks_while_the_run_lasts():
    traces = [on_threads(16), on_loops(16)]
    show, extent = Playback(Recording(opened(traces))), 0
    for each in told(traces, every_ns=30 * MS):
        if not each.feeds:
            continue
        show.update_rows([(f.target, show.recording.apply_delta(f)) for f in each.feeds], each.at_ns)
        if not all(target.over_ns for target in show.targets):
            assert show.extent_ns >= extent
            extent = show.extent_ns


def test_again_starts_all_targets_together():
    show = recorded_show(on_threads(4), on_loops(4))
    show.to_end()
    show.change_speed(3)
    show.again()
    assert [target.position_ns for target in show.targets] == [0, 0]
    assert not show.chosen
    assert not show.paused


def test_steps_stop_it_and_stay_within_the_recording():
    show = recorded_show(on_threads(4), on_loops(4))
    show.step(100 * MS)
    assert show.paused
    assert [target.position_ns for target in show.targets] == [100 * MS, 100 * MS]
    show.step(10**12)
    assert show.at_end
    show.step(-(10**13))
    assert show.position_ns == 0


def test_the_users_speed_stays():
    show = recorded_show(on_threads(), on_loops())
    show.change_speed(-1)
    chosen = show.speed
    show.update_rows([], START)
    assert show.speed == chosen


def test_a_target_measured_later_has_a_clock_of_its_own():
    early, late = on_threads(4), on_loops(4)
    offset = 5_000 * MS
    shifted = late.visits
    for row in range(4):
        for times in (shifted.intended_ns, shifted.connect_start_ns, shifted.sent_ns, shifted.done_ns):
            times[row] += offset
    show = Playback(Recording(opened([early, late])))
    show.recording.traces[0].visits.intended_ns[:] = early.visits.intended_ns
    for index, trace in enumerate([early, late]):
        recording = show.recording.traces[index].visits
        for name in ("intended_ns", "connect_start_ns", "sent_ns", "done_ns", "outcome"):
            getattr(recording, name)[:] = getattr(trace.visits, name)
    show.update_rows([(0, set(range(4))), (1, set(range(4)))], START + offset)
    assert show.targets[1].start_ns - show.targets[0].start_ns == offset
    assert show.targets[1].over_ns < 300 * MS


def test_the_view_fits_or_turns_pages():
    view = Viewport()
    assert view.stretch(1_000_000, 0) == (0, 1_010_000)
    view.change(1)
    assert view.stretch(1_000_000, 0) == (0, 500_000)
    start, end = view.stretch(1_000_000, 450_000)
    assert start == 400_000
    assert start < 450_000 < end
    view.toggle()
    assert view.zoom == 0
    view.toggle()
    assert view.zoom == 1


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.integers(0, 15))
def test_the_playhead_is_always_in_view(extent: int, position: int, zoom: int):
    view = Viewport()
    view.change(zoom)
    start, end = view.stretch(extent, min(position, extent))
    assert start <= max(min(position, extent) - 1, 0) <= end


def test_what_is_slow_keeps_up_with_the_recording_and_says_so():
    show = Playback(Recording(opened([on_threads(32)])))
    show.change_speed(20)
    assert show.keeps_up
    show.close(whole=True)
    assert not show.keeps_up
