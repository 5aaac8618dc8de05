"""Stepping from event to event meets each one that was recorded, in order, and nothing else."""

from __future__ import annotations

from made_traces import START, on_loops, on_threads

from asgi_vs_wsgi.scenarios.trace.target_trace import ServerEvent
from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate
from asgi_vs_wsgi.tui.drawing.events import Moments


def test_forth_and_back_meet_the_same_events():
    for trace in (on_threads(6), on_loops(6)):
        moments, forth = Moments(trace), []
        at_ns = START - 1
        while moment := moments.after(at_ns):
            forth.append(moment.at_ns)
            at_ns = moment.at_ns
        assert forth == sorted(set(forth))
        back = []
        at_ns += 1
        while moment := moments.before(at_ns):
            back.append(moment.at_ns)
            at_ns = moment.at_ns
        assert back == forth[::-1]
        recorded = {*trace.visits.sent_ns, *trace.visits.done_ns}
        for row in range(6):
            handling = trace.handling(row)
            recorded |= {handling.begin_ns, handling.response_start_ns, handling.end_ns}
        assert set(forth) == recorded - {0}


def test_an_event_names_its_visitor():
    trace = on_threads(2, workers=1)
    begin_ns = trace.handling(1).begin_ns
    begun = {moment.at_ns: moment.words for moment in Moments(trace)._listed() if "taken up" in moment.words}
    assert begun[begin_ns] == "visitor 2 is taken up by a worker"


def test_what_is_recorded_later_is_met_too():
    trace = on_threads(2, workers=1)
    done_ns, trace.visits.done_ns[1], trace.visits.outcome[1] = trace.visits.done_ns[1], 0, 0
    moments = Moments(trace)
    assert moments.after(done_ns - 1) is None or moments.after(done_ns - 1).what != "has the answer"
    trace.visits.done_ns[1], trace.visits.outcome[1] = done_ns, 1
    assert moments.after(done_ns - 1).what == "has the answer"


def test_what_is_done_to_the_server_and_the_ends_of_workers_are_met_among_the_visitors_events():
    trace = on_threads(4)
    first, second = list(trace.workers)[:2]
    reloaded_ns, paused_ns = START + 7, START + 9
    trace.events += [ServerEvent("reload", 0.0, reloaded_ns), ServerEvent("pause", 0.0, paused_ns, worker=second)]
    trace.events.append(ServerEvent("stop", 9.0, reason="the round was over before"))
    trace.workers[first].died_ns, trace.workers[first].fate = START + 11, Fate(0, reloaded_ns, "reloaded")
    trace.workers[second].died_ns = START + 13
    met = {moment.at_ns: moment.words for moment in Moments(trace)._listed()}
    assert met[reloaded_ns] == "the server is reloaded"
    assert met[paused_ns] == "worker 2 is paused"
    assert met[START + 11] == "worker 1 is gone: reloaded"
    assert met[START + 13] == "worker 2 died"
    assert not [words for words in met.values() if "stop" in words]


def test_an_event_that_is_told_later_is_met_too():
    trace = on_threads(2, workers=1)
    moments = Moments(trace)
    assert moments.after(START - 1) is not None
    trace.events.append(ServerEvent("stop", 0.0, START - 1 + 2))
    assert moments.after(START).words == "the server is told to stop"
