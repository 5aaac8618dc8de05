"""Why a run came out so: each clause rests on a figure that was measured."""

from __future__ import annotations

import pytest
from made_causes import (
    AWAITING,
    BLOCKED,
    COMPUTING,
    HELD,
    IN_THREADS,
    VIEWS,
    latency,
    run,
    said,
    target,
    worker,
)
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.cause import cause_of
from asgi_vs_wsgi.scenarios.results import (
    AwaitedLine,
    BlockingLine,
    DatabaseConnections,
    FailureReason,
    InFlight,
    PieceCount,
    Pieces,
    RequestCounts,
    Spread,
    Unserved,
)


def test_blocked_workers_and_those_who_awaited_are_told_with_the_call_and_its_line():
    assert said(run(BLOCKED, AWAITING, winner="loops")) == (
        "each sync worker was blocked 99% of the time in `upstream.get` at views.py:7, so visitors were "
        "in line for 88%"
        " of their time; loops had 32 visitors in flight at once, awaiting in `upstream.aget` at "
        "views.py:12 for 93% of"
        " their time, its event loop free for others"
    )


@pytest.mark.parametrize("order", [(BLOCKED, AWAITING), (AWAITING, BLOCKED)])
def test_the_worse_one_comes_first_whatever_their_order(order):
    assert said(run(*order)).startswith("each sync worker was blocked")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            HELD,
            (
                "held: a visitor blocked in `time.sleep` at views.py:11 held the event loop (for up to 0.25 "
                "s), so the others were stalled or in line for 84% of their time"
            ),
        ),
        (
            COMPUTING,
            "“computing”: pages compute (running at views.py:7), so the others were in line for 88% of their time",
        ),
        (
            IN_THREADS,
            ("threads had 12 visitors in flight at once, each in a thread of its own, blocked for 96% of their time"),
        ),
        (
            replace(IN_THREADS, workers_seen=[worker(0.9, 4.0, many=(5, None))]),
            "threads had 12 visitors in flight at once, blocked for 96% of their time",
        ),
        (
            replace(BLOCKED, workers_seen=[worker(0.5), worker(0.99)], blame=[]),
            "both workers of sync had a visitor at once, blocked, so visitors were in line for 88% of their time",
        ),
        (
            replace(BLOCKED, workers=1, workers_seen=[worker(0.91)], blame=[]),
            "the worker of sync was blocked 91% of the time, so visitors were in line for 88% of their time",
        ),
        (
            replace(
                BLOCKED,
                threads=8,
                in_flight=InFlight(15, 8),
                workers_seen=[worker(0.9, requests=24), worker(0.9, requests=8)],
                blame=[],
            ),
            (
                "one sync worker took 24 of 32 visitors for its 8 threads, blocked, so visitors were in line "
                "for 88% of their time"
            ),
        ),
        (
            replace(BLOCKED, threads=8, in_flight=InFlight(16, 8), blame=[]),
            ("all 16 threads of sync had a visitor at once, blocked, so visitors were in line for 88% of their time"),
        ),
        (
            target("slow", 1000.0, {"receiving": 0.4, "queued": 0.5}),
            "slow was receiving from slow senders, so visitors were in line for 50% of their time",
        ),
        (
            replace(AWAITING, latency_ms=latency(2200.0), states_ms={"awaiting": 2100.0}, service_s=0.1),
            (
                "loops had 32 visitors in flight at once and they were awaiting a socket in "
                "`upstream.aget` at views.py:12 for 95% of their time, half of them 22 times as long as a "
                "lone request: what they wait for is scarce"
            ),
        ),
        (
            replace(AWAITING, awaiting_for=[AwaitedLine("the client", "asyncio/locks.py:213 wait", 2696.0)]),
            "loops had 32 visitors in flight at once, awaiting the client for 93% of their time, its event loop free"
            " for others",
        ),
        (target("quick", 10.0, {"running": 0.5, "queued": 0.5}), "a visit of quick lasted 10 ms in the mean"),
        (
            replace(BLOCKED, blame=[BlockingLine("threading.py:327 wait", "blocked", 6400.0)]),
            "each sync worker was blocked 99% of the time, so visitors were in line for 88% of their time",
        ),
        (
            target("hops", 100.0, {"stalled": 0.3, "awaiting": 0.3}, interface="asgi", hops_per_request=4.0),
            "a visit of hops was 30% stalled, 30% awaiting, with 4 hops a request between loop and thread",
        ),
        (
            replace(
                HELD,
                workers_seen=[
                    worker(
                        0.0, 250.0, own_work_ms=1500.0, own_work=[BlockingLine("views.py:30 task", "blocked", 1500.0)]
                    )
                ],
            ),
            (
                "the event loop of held was held for 50% of the run by work outside any request, most of it "
                "at views.py:30"
            ),
        ),
    ],
)
def test_a_target_is_told_by_the_first_condition_that_its_figures_meet(one, expected):
    found = cause_of(run(one), VIEWS)
    assert found is not None
    assert (found.words, found.kind, found.targets) == (expected, "one target", [one.name])


@pytest.mark.parametrize(
    ("awaiting", "stalled", "led_by"), [(0.7, 0.28, "awaiting"), (0.51, 0.5, "awaiting"), (0.45, 0.5, "held the")]
)
def test_a_loop_that_was_held_now_and_then_is_not_the_cause_where_most_of_the_time_was_awaited(
    awaiting, stalled, led_by
):
    """A busy machine takes the processor from a loop for a while: that is no view that blocks it."""
    of = {"awaiting": awaiting, "stalled": stalled, "blocked": 0.02}
    told = said(run(replace(HELD, states_ms={state: 3000 * part for state, part in of.items()})))
    assert ("held the event loop" in told) is (led_by != "awaiting")
    assert led_by in told
    assert f"stalled for {stalled:.0%} of their time" in told


def test_threads_that_compute_for_most_of_the_run_are_the_cause_and_not_the_loop_that_waits_to_hand_them_work():
    """As measured of 16 sync views of 50 ms CPU each at one uvicorn worker."""
    lines = [
        BlockingLine("views.py:24 _compute", "running", 741.0, beside_loop=True),
        BlockingLine("views.py:23 _compute", "running", 61.0, beside_loop=True),
        BlockingLine("threading.py:327 wait", "blocked", 45.0),
    ]
    states = {"queued": 151.0, "running": 51.0, "stalled": 228.0, "awaiting": 271.0}
    crowd = target("uvicorn", 700.0, interface="asgi", workers=1, workers_seen=[worker(0.1, 78.0)], blame=lines)
    assert said(run(replace(crowd, states_ms=states, makespan_s=0.9))) == (
        "uvicorn: pages compute in threads (running at views.py:24), so the others were stalled or in line for 54% of "
        "their time"
    )


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (
            {"queued": 1662.1, "running": 50.4, "blocked": 0.7, "stalled": 115.3, "sending": 1.4},
            "stalled or in line for 97%",
        ),
        ({"queued": 1780.0, "running": 50.0, "blocked": 0.7, "sending": 1.4}, "in line for 97%"),
    ],
)
def test_a_trifle_is_not_what_visitors_stand_in_line_for_where_pages_compute(states, words):
    """As measured beside others on the machine: 1.4 ms of sending made them slow readers."""
    lines = [BlockingLine("views.py:24 _compute", "running", 767.0)]
    one = target("sync", 1832.0, workers=1, workers_seen=[worker(0.02)], blame=lines)
    assert said(run(replace(one, states_ms=states))) == (
        f"sync: pages compute (running at views.py:24), so the others were {words} of their time"
    )


CROWDED = replace(
    HELD, workers_seen=[worker(0.0, 90.0)], blame=[BlockingLine("views.py:7 page", "running", 480.0, beside_loop=True)]
)
"""Sync views under ASGI: their threads have the CPU in turns, and a step of the loop takes long meanwhile."""
ON_LOOP = BlockingLine("views.py:11 async_page", "blocked", 95.0)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            replace(CROWDED, states_ms={"running": 300.0, "stalled": 2500.0}),
            "held: pages compute in threads (running at views.py:7), so the others were stalled for 83% of their time",
        ),
        (
            replace(CROWDED, states_ms={"blocked": 400.0, "stalled": 1200.0, "awaiting": 1400.0}),
            "a visit of held was 47% awaiting, 40% stalled, 13% blocked",
        ),
        (
            replace(CROWDED, states_ms={"blocked": 50.0, "stalled": 2500.0}, blame=[*CROWDED.blame, ON_LOOP]),
            "held: a visitor blocked in `time.sleep` at views.py:11 held the event loop (for up to 90 ms), so the "
            "others were stalled for 83% of their time",
        ),
    ],
)
def test_a_line_that_ran_in_a_thread_is_not_said_to_have_held_the_loop(one, expected):
    assert said(run(one)) == expected


def pieces(most):
    return Pieces(PieceCount(1, most, most), Spread(20.0, 20.0, 20.0) if most > 1 else None)


REPLACED = worker(told_s=1.0, gone_s=1.1, replaced_s=1.7, ended="reloaded")
LARGE, CROWDED_WORKER = worker(mb=90.0, many=(4, None)), replace(worker(mb=50.0, many=(17, None)), pid=2)


@pytest.mark.parametrize(
    ("on", "seen", "words", "pid"),
    [
        ("rss_peak_mb", [CROWDED_WORKER, LARGE], "4 threads in one worker (90 MB), with up to 9 requests in", "pid 1"),
        ("threads_peak", [LARGE, CROWDED_WORKER], "17 threads in one worker (50 MB), with up to 9 requests", "pid 2"),
        ("rss_peak_mb", [CROWDED_WORKER], "17 threads in one worker (50 MB) for 9 requests in flight there", "pid 2"),
    ],
)
def test_threads_and_memory_of_one_worker_are_of_the_same(on, seen, words, pid):
    found = cause_of(run(replace(BLOCKED, workers_seen=seen, in_flight=InFlight(12, 9)), on=f"workers_seen.max.{on}"))
    assert found is not None
    assert found.words.startswith(f"sync had {words}")
    assert {fact.where for fact in found.facts if fact.figure.startswith("workers_seen.")} == {pid}


RAISED = FailureReason("OperationalError", "no such table: `secret`", "views.py:6 page", 12)


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ([RAISED], ": 12 requests raised OperationalError at views.py:6;"),
        ([replace(RAISED, where="")], ": 12 requests raised OperationalError;"),
        ([replace(RAISED, count=3), replace(RAISED, count=5)], " (12 answered 500): 5 requests raised Operational"),
        ([], " (12 answered 500);"),
        (None, " (12 answered 500);"),
    ],
)
def test_who_had_no_page_because_something_was_raised_is_told_by_what_and_where_and_not_by_a_status(reasons, words):
    counts = RequestCounts(21, 9, 12, 0, 0, {"status": 12}, {"200": 9, "500": 12}, 0)
    failed = replace(BLOCKED, requests=counts, failures=reasons, not_served=[Unserved("500", 12, None)])
    told = said(run(failed, AWAITING, on="requests.failed"))
    assert told.startswith(f"sync left 12 of 21 without a page{words}")
    assert "secret" not in told


def test_who_had_no_page_and_whose_worker_died_is_told_before_any_time():
    counts = RequestCounts(21, 9, 12, 0, 0, {"closed": 12}, {"200": 9}, 0)
    lost = replace(
        BLOCKED, requests=counts, workers_lost=1, in_flight=InFlight(12, 12), not_served=[Unserved("closed", 12, None)]
    )
    assert said(run(lost, AWAITING, on="requests.failed")) == (
        "sync left 12 of 21 without a page (12 had the connection closed before an answer): a worker died "
        "with up to 12"
        " requests in it; loops served all 32"
    )


@pytest.mark.parametrize(
    ("on", "one", "expected"),
    [
        (
            "ttfb_ms.p95",
            replace(BLOCKED, ttfb_ms=latency(3190.0)),
            "sync sent nothing before the whole answer was there (first byte after 3.19 s of 3.20 s)",
        ),
        (
            "ttfb_ms.p95",
            replace(BLOCKED, ttfb_ms=latency(2.0)),
            "sync sent its first byte after 2.0 ms, the last after 3.20 s",
        ),
        ("ttfb_ms.p95", replace(BLOCKED, ttfb_ms=latency(2000.0)), "each sync worker"),
        (
            "ttfb_ms.p95",
            replace(BLOCKED, ttfb_ms=latency(56.3), latency_ms=latency(56.4)),
            "sync sent nothing before the whole answer was there (first byte after 56.3 ms of 56.4 ms)",
        ),
        ("ttfb_ms.p95", replace(BLOCKED, ttfb_ms=latency(3000.0), pieces=pieces(10)), "each sync worker was blocked"),
        ("ttfb_ms.p95", replace(BLOCKED, ttfb_ms=latency(3190.0), pieces=pieces(1)), "sync sent nothing before"),
        (
            "hops_per_request",
            replace(AWAITING, hops_per_request=15.0),
            "a request of loops made 15 hops between event loop and thread",
        ),
        (
            "connections.peak",
            replace(AWAITING, in_flight=InFlight(2, 2), connections=DatabaseConnections("sqlite", 16, 1, [])),
            "loops had 16 connections open for 2 requests in flight at most: 14 more than one for each",
        ),
        (
            "connections.peak",
            replace(BLOCKED, threads=2, connections=DatabaseConnections("sqlite", 2, 1, [])),
            "sync had 2 connections, no more than its 4 threads",
        ),
        (
            "workers_seen.max.requests",
            replace(BLOCKED, workers_seen=[worker(requests=22), worker(requests=3)]),
            "sync divided 25 visitors among 2 workers (22 and 3)",
        ),
        (
            "workers_seen.max.requests",
            replace(BLOCKED, workers_seen=[worker(requests=10), worker(requests=10)]),
            "sync divided 20 visitors evenly among 2 workers (10 and 10)",
        ),
        (
            "latency_ms.max",
            replace(BLOCKED, workers_seen=[REPLACED, REPLACED, worker()]),
            "the old workers of sync were gone 0.60 s before the first new one was ready (the longest wait: 3.20 s)",
        ),
        (
            "latency_ms.max",
            replace(BLOCKED, workers=1, workers_seen=[REPLACED, worker()]),
            "the old worker of sync was gone 0.60 s before the first new one was ready",
        ),
        (
            "latency_ms.max",
            replace(BLOCKED, workers_seen=[REPLACED, worker(), worker()]),
            "1 of 2 workers of sync was gone 0.60 s before the first new one was ready",
        ),
        (
            "requests.completed",
            replace(BLOCKED, requests=RequestCounts(32, 20, 0, 12, 0, {}, {"200": 20}, 0)),
            "sync served 20 of 32, 12 left before that",
        ),
        (
            "latency_ms.max",
            replace(BLOCKED, workers_seen=[worker(told_s=1.0, gone_s=1.8, replaced_s=1.7, ended="reloaded")]),
            "a new worker of sync was ready before the last old one was gone",
        ),
    ],
)
def test_a_figure_that_is_no_time_has_reasons_of_its_own(on, one, expected):
    assert said(run(one, on=on)).startswith(expected)
