"""Figures so far: nothing of what comes after the playhead, and in the end exactly those of the result."""

from __future__ import annotations

import pytest
from last_frame import assert_score_is, compared, last_frame
from made_traces import FIRST_ID, MS, START, on_held_loop, on_loops, on_threads
from saved_runs import RUNS, saved_run

from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.analysis.interval_counter import InFlightPeak, PrefixSums
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results.statistics import latency_of
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


@pytest.mark.parametrize("name", RUNS)
def test_at_the_end_the_figures_are_those_of_the_result(name):
    result, traces = saved_run(name)
    for trace, target in zip(traces, result.targets, strict=True):
        view = trace.facts.view  # results had none when these runs were saved
        assert compared(last_frame(trace)) == compared(target) | {"view": view}
        assert_score_is(trace, target)


def test_what_only_the_end_can_tell_is_not_told_before():
    told = ProgressiveFigures(on_threads(8)).target(START + 500 * MS)
    assert (told.law, told.makespan_s, told.checks) == (None, None, [])
    assert {(w.rss_peak_mb, w.threads_peak) for w in told.workers_seen} == {(None, None)}


def test_a_worker_is_as_blocked_as_it_was_until_the_playhead():
    trace = on_threads(8, workers=1, wait_ns=200 * MS, cpu_ns=0)
    ledger = ProgressiveFigures(trace)
    early, late = (ledger.target(START + at * MS).workers_seen[0] for at in (101, 401))
    assert early.blocked_share == pytest.approx(100 / 101)
    assert late.blocked_share == pytest.approx(400 / 401)
    assert (early.requests, late.requests) == (1, 2)


def test_the_workers_of_a_recording_that_grows_are_those_of_one_that_is_whole():
    whole = on_held_loop(6)
    growing = TargetTrace(whole.facts, whole.visits)
    growing.add_worker(61)
    ledger, raw = ProgressiveFigures(growing), bytes(whole.raw[61])
    for at in range(0, len(raw), 32):
        growing.feed(61, raw[at : at + 32])
        moment_ns = growing.workers[61].handlings[FIRST_ID].begin_ns + at * MS // 32
        ledger.target(moment_ns)
    end_ns = max(whole.visits.done_ns)
    assert ledger.target(end_ns).workers_seen == ProgressiveFigures(whole).target(end_ns).workers_seen


def test_only_those_who_have_ended_by_the_playhead_count_whichever_way_it_goes():
    trace = on_threads(8)
    ledger = ProgressiveFigures(trace)
    ends = sorted(trace.visits.done_ns)
    for passed in (8, 4, 0, 6):
        told = ledger.target(ends[passed - 1] if passed else START)
        latencies = [end - START for end in ends[:passed]]
        assert told.requests.completed == passed
        assert told.latency_ms == latency_of(latencies)


def test_the_states_so_far_add_up_to_the_mean_latency_so_far():
    trace = on_loops(8)
    told = ProgressiveFigures(trace).target(sorted(trace.visits.done_ns)[4])
    assert sum(told.states_ms.values()) == pytest.approx(told.latency_ms.mean)


def test_a_visit_that_is_told_of_late_is_put_where_it_belongs():
    trace = on_threads(4)
    late, trace.visits.done_ns[0] = trace.visits.done_ns[0], 0
    ledger = ProgressiveFigures(trace)
    assert ledger.target(START + 60_000 * MS).requests.completed == 3
    trace.visits.done_ns[0] = late
    assert ledger.target(late).latency_ms == latency_of([late - START])
    assert ledger.target(START + 60_000 * MS).requests.completed == 4


def test_the_stages_add_up_to_the_mean_latency():
    for trace in (on_threads(8), on_loops(8)):
        visits = trace.visits
        ends = [visits.done_ns[row] - visits.intended_ns[row] for row, how in enumerate(visits.outcome) if how == DONE]
        stages = ProgressiveFigures(trace).stages_ms(max(visits.done_ns))
        assert sum(stages) == pytest.approx(sum(ends) / len(ends) / MS)


def test_the_most_at_once_only_grows_with_the_playhead():
    trace = on_loops(8)
    at_once = InFlightPeak(trace)
    told = [at_once.until(START + at * MS) for at in (0, 2, 3, 100, 500)]
    counts = [(each.max, each.max_per_worker) for each in told]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == ((0, 0), (8, 4))


def test_sums_know_every_beginning_of_a_row():
    sums = PrefixSums(2)
    sums.add(0, [1, 10])
    sums.add(2, [3, 30])
    assert [sums.totals_of_first(visits) for visits in (0, 1, 2, 3, 9)] == [[0, 0], [1, 10], [1, 10], [4, 40], [4, 40]]
    assert [sums.count(visits) for visits in (0, 1, 2, 3, 9)] == [0, 1, 1, 2, 2]


def test_what_is_worked_out_ahead_is_not_worked_out_again_and_the_figures_are_the_same(monkeypatch):
    trace, worked_out = on_loops(30), []
    ahead, asked = ProgressiveFigures(trace), ProgressiveFigures(trace)
    assert len(list(ahead.work_ahead())) >= 2 * 30
    figures = asked.target(max(trace.visits.done_ns))
    for place in (
        "asgi_vs_wsgi.scenarios.analysis.figures_so_far.request_figures",
        "asgi_vs_wsgi.scenarios.analysis.worker_time.held_spans",
    ):
        monkeypatch.setattr(place, lambda *about: worked_out.append(about))
    assert (ahead.target(max(trace.visits.done_ns)), worked_out) == (figures, [])
