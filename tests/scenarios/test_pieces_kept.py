"""The pieces of answers reach the screen and saved runs whole; what is wrong with them in a file is told."""

from __future__ import annotations

from array import array

import msgspec
import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.lab.protocol import RecordingStarted, TraceDelta
from asgi_vs_wsgi.scenarios.lab.publisher import TraceCursor
from asgi_vs_wsgi.scenarios.load.http_messages import MOST_OF_ONE
from asgi_vs_wsgi.scenarios.storage.run_file import SavedTarget, _trace, saved_target
from asgi_vs_wsgi.scenarios.storage.run_validation import _target_faults
from asgi_vs_wsgi.tui.playback.recording import Recording as ScreenRecording


def streamed(recording):
    """Three visitors; the answers of two come in pieces."""
    rec = recording(requests=3)
    for row in range(3):
        rec.visit(row, 100 * row + 90)
        rec.begin(1, row, 1)
        rec.end(1, row, 100 * row + 89)
    rec.visits.pieces.put(2, 70, [rec.at(100 + each) for each in range(MOST_OF_ONE)])
    rec.visits.pieces.put(0, 2, [rec.at(10), rec.at(20)])
    return rec.trace()


def told(visits):
    rows = range(len(visits))
    return [(visits.pieces.count(row), [*visits.pieces.times_ns(row)]) for row in rows]


def test_they_are_saved_and_open_again(recording):
    trace = streamed(recording)
    packed = msgspec.msgpack.encode(saved_target(trace))
    saved = msgspec.msgpack.decode(packed, type=SavedTarget)
    assert list(_target_faults(saved)) == []
    assert told(_trace(saved).visits) == told(trace.visits)


def test_a_run_of_before_opens_with_every_answer_in_one_piece(recording):
    document = msgspec.msgpack.decode(msgspec.msgpack.encode(saved_target(streamed(recording))))
    del document["pieces"]
    saved = msgspec.convert(document, SavedTarget)
    assert list(_target_faults(saved)) == []
    assert told(_trace(saved).visits) == [(1, [])] * 3


def ints(*numbers: int) -> bytes:
    return array("I", numbers).tobytes()


def times(*numbers: int) -> bytes:
    return array("q", numbers).tobytes()


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"rows": ints(0, 2)[:-1]}, "cut off"),
        ({"times_ns": b"123"}, "cut off"),
        ({"rows": ints(0)}, "not as many as it says"),
        ({"kept": ints(2, 2)}, "not as many as it says"),
        ({"rows": ints(0, 3)}, "of no visitors"),
        ({"rows": ints(2, 0)}, "of no visitors"),
        ({"rows": ints(1, 1)}, "of no visitors"),
        ({"counts": ints(1, 3)}, "not as many as it says"),
        ({"kept": ints(2, 49), "times_ns": times(*range(51))}, "not as many as it says"),
        ({"times_ns": times(5, 6, 7, 8, -1)}, "of no time"),
        ({"times_ns": times(5, 6, 7, 8, 2**62)}, "of no time"),
        ({"times_ns": times(6, 5, 7, 8, 9)}, "out of order"),
        ({"times_ns": times(5, 6, 7, 9, 8)}, "out of order"),
    ],
)
def test_what_is_wrong_inside_is_told(recording, changed, fault):
    trace = streamed(recording)
    saved = saved_target(trace)
    right = {"rows": ints(0, 2), "counts": ints(2, 60), "kept": ints(2, 3), "times_ns": times(7, 8, 1, 2, 3)}
    assert list(_target_faults(replace(saved, pieces=replace(saved.pieces, **right)))) == []
    wrong = replace(saved, pieces=replace(saved.pieces, **right | changed))
    assert fault in next(_target_faults(wrong))


def test_the_screen_is_told_of_each_piece_and_in_the_end_of_all(recording):
    """Also of those beyond the times that are kept, which are counted alone."""
    trace = streamed(recording)
    visits, screen = trace.visits, None
    whole, pieces = told(visits), visits.pieces
    cursor = TraceCursor(0, trace)
    opened = RecordingStarted("mine", 1, 1, [trace.facts], [3], [visits.first_id])
    screen = ScreenRecording(opened)
    assert screen.apply_delta(through_the_pipe(cursor.feed())) >= {0, 2}
    assert told(screen.traces[0].visits) == whole
    for number in range(30):
        pieces.add(2, 0, number)
    pieces.add(1, 30, 40)
    visits.finished.append(2)
    screen.apply_delta(through_the_pipe(cursor.feed()))
    assert told(screen.traces[0].visits) == told(visits)
    assert pieces.count(2) == 100
    assert cursor.feed() is None


def through_the_pipe(delta: TraceDelta | None) -> TraceDelta:
    assert delta is not None
    return msgspec.msgpack.decode(msgspec.msgpack.encode(delta), type=TraceDelta)
