"""The stages of a visit that has ended: together its latency, whatever its application does."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.analysis.request_figures import STAGES, stages_ns
from asgi_vs_wsgi.scenarios.trace.states import Span, State


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


def test_what_a_worker_sends_itself_is_sending_and_no_generation(recording: Any) -> None:
    """The stage is the state: it begins its response after 20 ms, and writes from 30 to 40 ms, and on after its end."""
    rec = recording(interface="wsgi")
    rec.visit(0, 50, sent=2)
    rec.begin(1, 0, 10)
    trace = rec.trace()
    handling = trace.handling(0)
    assert handling is not None
    handling.response_start_ns, handling.end_ns = rec.at(20), rec.at(45)
    spans = [Span(State.SENDING, rec.at(start), rec.at(end)) for start, end in ((30, 40), (45, 50))]
    times = dict(
        zip(STAGES, (time_ns / 1e6 for time_ns in stages_ns(trace, 0, handling, rec.at(50), spans)), strict=True)
    )
    assert times == {
        "coming in": 2,
        "in line": 8,
        "request handling": 10,
        "response generation": 15,
        "sending": 15,
    }


def test_who_is_begun_before_all_of_it_is_sent_has_stood_in_no_line(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 50, sent=30)
    rec.begin(1, 0, 10)
    handling = rec.trace().handling(0)
    times_ms = [time_ns / 1e6 for time_ns in stages_ns(rec.trace(), 0, handling, rec.at(50))]
    assert times_ms[:2] == [10, 0]
    assert sum(times_ms) == 50
