"""News applied piece by piece comes to the same trace as the lab's own."""

from __future__ import annotations

from array import array

from made_news import opened, told
from made_traces import MS, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.lab.protocol import RecordingStarted, TraceDelta
from asgi_vs_wsgi.scenarios.lab.publisher import TraceCursor, UpdatePublisher
from asgi_vs_wsgi.scenarios.load.visits import Visits
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.playback.recording import Recording


def replayed(traces, every_ns: int) -> Recording:
    recording = Recording(opened(traces))
    for news in told(traces, every_ns=every_ns):
        for feed in news.feeds:
            recording.apply_delta(feed)
    return recording


def test_the_screen_holds_the_same_traces_as_the_lab():
    traces = [on_threads(8), on_loops(8), on_held_loop(4)]
    for every_ns in (7 * MS, 10_000 * MS):
        assert lanes_text(replayed(traces, every_ns).traces, 100) == lanes_text(traces, 100)


def test_raw_records_are_kept_as_they_came():
    trace = on_loops(4)
    assert replayed([trace], 5 * MS).traces[0].raw == trace.raw


def test_a_feed_tells_which_visitors_it_is_about():
    traces = [on_threads(4)]
    recording = Recording(opened(traces))
    touched = [recording.apply_delta(feed) for news in told(traces, every_ns=10_000 * MS) for feed in news.feeds]
    assert touched[0] == {0, 1, 2, 3}


def test_losses_deaths_and_locations_are_kept():
    recording = Recording(opened([on_threads(1)]))
    raised = {1: ("ValueError", "no number", "views.py:12 page")}
    recording.apply_delta(
        TraceDelta(0, [], {}, {7: {1: "views.py:12 page"}}, {7: 3}, {7: 99}, 200, 100, raised={7: raised})
    )
    worker = recording.traces[0].workers[7]
    assert worker.raised == raised
    assert (worker.lost, worker.died_ns, worker.locations) == (3, 99, {1: "views.py:12 page"})
    assert (recording.traces[0].service_ns, recording.traces[0].service_cpu_ns) == (200, 100)


def test_requests_of_another_run_are_nobodys_rows():
    trace = on_threads(2)
    other = Recording(opened([trace]))
    other.traces[0].visits.first_id = 5_000
    records = {pid: bytes(raw) for pid, raw in trace.raw.items()}
    assert other.apply_delta(TraceDelta(0, [], records, {}, {}, {})) == set()


def test_the_screen_knows_of_which_kind_each_visitor_is():
    traces = [on_threads(3), on_loops(3)]
    for trace in traces:
        trace.classes, trace.class_of = ("listeners", "ordinary"), array("H", [0, 1, 0])
    newsroom = UpdatePublisher()
    newsroom.recording(traces, 1)
    told_of = newsroom.news().opened
    assert told_of is not None
    for trace in Recording(told_of).traces:
        assert (trace.rows_of("listeners"), trace.rows_of("ordinary")) == ([0, 2], [1])


def test_who_is_slow_to_send_is_so_on_the_screen_too():
    lab = TargetTrace(TargetFacts("one", "uvicorn", "uvicorn", "asgi", "1", 1, 1, "page"), Visits(2, 1))
    for row in range(2):
        lab.visits.intended_ns[row] = lab.visits.connect_start_ns[row] = lab.visits.connected_ns[row] = 100
        lab.visits.sent_ns[row] = 900
        lab.visits.started.append(row)
    lab.visits.send_start_ns[1] = 150
    feed = TraceCursor(0, lab).feed()
    assert feed is not None
    screen = Recording(RecordingStarted("slow-clients", 1, 1, [lab.facts], [2], [1]))
    screen.apply_delta(feed)
    (trace,) = screen.traces
    assert trace.visits.send_start_ns == lab.visits.send_start_ns
    assert [trace.life(row, 800) for row in range(2)] == [lab.life(row, 800) for row in range(2)]


def test_what_workers_refer_to_by_number_is_told_once_and_whole():
    trace = on_threads(2)
    cursor, screen = TraceCursor(0, trace), Recording(opened([trace]))
    pid, worker = next(iter(trace.workers.items()))
    for number in range(1, 5):
        worker.raised[number] = ("ValueError", str(number), "views.py:3 page")
        worker.locations[number] = f"views.py:{number} page"
        feed = cursor.feed()
        assert feed is not None
        assert feed.raised == {pid: {number: worker.raised[number]}}
        screen.apply_delta(feed)
    assert cursor.feed() is None
    shown = screen.traces[0].workers[pid]
    assert (shown.raised, shown.locations) == (worker.raised, worker.locations)
