"""What the lab tells the screen of a trace: all of it, and nothing twice."""

from __future__ import annotations

from typing import Any

from asgi_vs_wsgi.scenarios.lab.protocol import RecordingStarted
from asgi_vs_wsgi.scenarios.lab.publisher import TraceCursor
from asgi_vs_wsgi.scenarios.trace.target_trace import ServerEvent
from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate
from asgi_vs_wsgi.tui.playback.recording import Recording


def served(recording: Any) -> Any:
    """The trace of one visitor whom one worker has served."""
    rec = recording(interface="wsgi")
    rec.visit(0, 30, sent=1)
    rec.wsgi(1, 0, 10, 20)
    trace = rec.trace()
    trace.visits.started.append(0)
    trace.visits.finished.append(0)
    return trace


def test_what_was_told_is_not_told_again(recording: Any) -> None:
    trace = served(recording)
    trace.service_ns, trace.workers[1].lost, trace.workers[1].died_ns = 5, 2, 7
    trace.workers[1].locations[1] = "views.py:3 page"
    cursor = TraceCursor(0, trace)
    first = cursor.feed()
    assert first is not None
    assert [row[0] for row in first.visits] == [0]
    assert (first.records, first.locations) == ({1: bytes(trace.raw[1])}, {1: {1: "views.py:3 page"}})
    assert (first.lost, first.died, first.service_ns) == ({1: 2}, {1: 7}, 5)
    assert cursor.feed() is None


def test_of_what_grows_only_the_new_is_told(recording: Any) -> None:
    trace = served(recording)
    worker = trace.workers[1]
    worker.locations[1] = "views.py:3 page"
    cursor = TraceCursor(0, trace)
    cursor.feed()
    worker.locations[2] = "views.py:4 page"
    trace.raw[1] += b"more"
    worker.died_ns = 7
    later = cursor.feed()
    assert later is not None
    assert later.locations == {1: {2: "views.py:4 page"}}
    assert (later.records, later.died, later.visits) == ({1: b"more"}, {1: 7}, [])
    trace.raw[1] += b"!"
    last = cursor.feed()
    assert last is not None
    assert (last.records, last.locations, last.died) == ({1: b"!"}, {}, {})


def test_a_visit_is_told_of_when_it_sets_out_when_it_is_sent_and_when_it_ends(recording: Any) -> None:
    trace = recording(interface="wsgi").trace()
    visits, cursor = trace.visits, TraceCursor(0, trace)
    told = []
    for change in (
        lambda: visits.started.append(0),
        lambda: None,
        lambda: visits.sent_ns.__setitem__(0, 5),
        lambda: None,
        lambda: visits.finished.append(0),
    ):
        change()
        news = cursor.feed()
        told.append([(row[0], row[4]) for row in news.visits] if news else [])
    assert told == [[(0, 0)], [], [(0, 5)], [], [(0, 5)]]


def test_events_and_fates_are_told_once_and_make_the_same_trace_on_the_other_side(recording: Any) -> None:
    trace = served(recording)
    cursor = TraceCursor(0, trace)
    empty = recording(interface="wsgi").trace()
    shown = Recording(RecordingStarted("s", 1, 1, [trace.facts], [1], [trace.visits.first_id]), [empty])
    shown.apply_delta(cursor.feed())
    trace.events.append(ServerEvent("reload", 1.0, 7))
    trace.workers[1].fate = Fate(3, 7)
    shown.apply_delta(cursor.feed())
    assert cursor.feed() is None
    trace.workers[1].fate, trace.workers[1].died_ns = Fate(3, 7, "reloaded"), 9
    trace.events.append(ServerEvent("stop", 2.0, reason="the server had ended"))
    shown.apply_delta(cursor.feed())
    (other,) = shown.traces
    assert other.events == trace.events
    assert (other.workers[1].fate, other.workers[1].died_ns) == (trace.workers[1].fate, 9)
    assert other.workers[1].lost_ns == 0
