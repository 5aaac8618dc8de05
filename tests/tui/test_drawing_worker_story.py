"""A worker's story: only what it has reported, and only up to the moment."""

from __future__ import annotations

import pytest
from made_traces import MS, START, on_held_loop, on_loops, on_threads
from saved_runs import RUNS, saved_run

from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate
from asgi_vs_wsgi.scenarios.wording import share as share_words
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory

LATER = START + 60_000 * MS


def told(trace, at_ns: int, index: int = 1) -> str:
    worker = next(each for each in trace.workers.values() if each.index == index)
    return WorkerStory(trace, worker).words(at_ns)


def test_what_a_worker_was_busy_and_blocked_for_adds_up_to_the_run():
    assert told(on_threads(8, wait_ns=200 * MS, cpu_ns=0), LATER, 2) == (
        "Worker 2 of 2: 4 visitors, busy for 99.9% of 0.80 s, blocked for 0.80 s; "
        "no request in its application for 1.2 ms."
    )


def test_it_knows_nothing_of_what_comes_after_the_moment():
    trace = on_threads(8, wait_ns=200 * MS, cpu_ns=0)
    assert told(trace, START) == "Worker 1 of 2 waits for the first visitor."
    assert told(trace, START + 251 * MS) == (
        "Worker 1 of 2: 2 visitors, busy for 99.6% of 0.25 s, blocked for 0.25 s; "
        "no request in its application for 1.0 ms. "
        "Now it has visitor 3."
    )


def test_a_loop_is_free_while_its_visitors_await():
    words = told(on_loops(8), START + 100 * MS)
    assert "blocked" not in words
    assert "busy for 4% of 0.10 s; no request on its loop or in a thread for 96 ms" in words
    assert words.endswith("Now it has 4 visitors.")


def test_a_loop_that_was_held_tells_for_how_long_without_a_break():
    assert "Its event loop was held for up to 0.10 s without a break." in told(on_held_loop(4), LATER)


@pytest.mark.parametrize("name", RUNS)
def test_at_the_end_of_a_real_run_it_says_what_the_result_says(name):
    result, traces = saved_run(name)
    for trace, target in zip(traces, result.targets, strict=True):
        for index, seen in enumerate(target.workers_seen, 1):
            words = told(trace, LATER + (1 << 60), index)
            assert f"{seen.requests:,} visitor" in words
            assert f"busy for {share_words(seen.busy_share)} of " in words
            assert "Now" not in words


def test_a_worker_that_ended_as_it_was_told_to_says_why_and_does_not_say_that_it_died():
    trace = on_threads(4, workers=2)
    worker = trace.workers[next(iter(trace.workers))]
    worker.died_ns, worker.fate = START + 400 * MS, Fate(0, START + 300 * MS, "reloaded")
    words = told(trace, LATER)
    assert words.endswith("It ended after 0.40 s, as it was told to 0.10 s before: the server was reloaded.")
    worker.fate = Fate(0, START + 300 * MS, "died")
    assert told(trace, LATER).endswith("It died after 0.40 s.")
