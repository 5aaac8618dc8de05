"""Dear frames are drawn less often, cheap ones thirty times a second."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.tui.terminal.output_rate import MOST, RATES, FrameBudget


@pytest.mark.parametrize(("cost_s", "rate"), [(0.002, 30), (0.009, 24), (0.0105, 20), (0.2, 10)])
def test_drawing_keeps_to_its_share_of_a_core(cost_s: float, rate: int):
    cpu_s = 0.0
    budget = FrameBudget(lambda: cpu_s)
    for tick in range(1, 1000):
        if budget.due(tick / RATES[0]):
            cpu_s += cost_s
    assert budget.rate == rate
    assert rate == RATES[-1] or cost_s * rate <= MOST * 1.05


def test_it_goes_back_to_all_frames_when_they_are_cheap_again():
    cpu_s = 0.0
    budget = FrameBudget(lambda: cpu_s)
    for tick in range(1, 600):
        if budget.due(tick / RATES[0]):
            cpu_s += 0.02 if tick < 300 else 0.001
    assert budget.rate == 30
