"""A terminal that is slow to take what is written gets fewer frames; one that is quick gets all of them."""

from __future__ import annotations

from asgi_vs_wsgi.tui.terminal.output_rate import ANIMATED, STILL, OutputRateLimiter

TICK_S = 1 / ANIMATED[0]


def frames(pace: OutputRateLimiter, seconds: float, start_s: float = 0.0) -> int:
    """How many of the ticks of so many seconds are drawn."""
    return sum(pace.due(start_s + tick * TICK_S) for tick in range(round(seconds / TICK_S)))


def test_a_quick_terminal_gets_every_frame():
    pace = OutputRateLimiter()
    assert frames(pace, 10) == 300
    assert not pace.slow


def test_a_full_terminal_gets_none_and_then_fewer_a_step_at_a_time():
    pace = OutputRateLimiter()
    pace.ready = lambda: False
    rates = []
    for second in range(4):
        assert frames(pace, 0.5, second / 2) == 0
        rates.append(pace.rate)
    assert rates == [15, 8, 4, 2]
    pace.ready = lambda: True
    assert frames(pace, 4, 2.0) in (7, 8)
    assert pace.slow


def test_a_terminal_that_has_been_quick_for_a_while_gets_all_frames_again():
    pace = OutputRateLimiter()
    pace.ready = lambda: False
    frames(pace, 3)
    pace.ready = lambda: True
    frames(pace, 30, 3.0)
    assert not pace.slow


def test_without_animation_there_are_two_frames_a_second_and_the_terminal_is_not_called_slow():
    pace = OutputRateLimiter(STILL)
    assert frames(pace, 10) in (19, 20)
    assert not pace.slow
