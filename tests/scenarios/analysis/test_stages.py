"""The stages of a visit that has ended: together its latency, whatever its application does."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.analysis.request_figures import STAGES, stages_ns


@pytest.mark.parametrize(("response_start", "end"), product((None, 20, 40, 90), (None, 45, 50, 95)))
def test_stages_are_the_latency_and_none_is_negative(recording: Any, response_start: Any, end: Any) -> None:
    """Its visitor has gone after 50 ms, and the application may begin its response, or end, later or never."""
    rec = recording(interface="wsgi")
    rec.visit(0, 50, sent=2)
    rec.begin(1, 0, 10)
    trace = rec.trace()
    handling = trace.handling(0)
    assert handling is not None
    handling.response_start_ns = 0 if response_start is None else rec.at(response_start)
    handling.end_ns = 0 if end is None else rec.at(end)
    times_ms = [time_ns / 1e6 for time_ns in stages_ns(trace, 0, handling, rec.at(50))]
    assert len(times_ms) == len(STAGES)
    assert sum(times_ms) == 50
    assert min(times_ms) >= 0
    assert times_ms[:2] == [2, 8]
    assert times_ms[-1] == (5 if end == 45 else 0)
