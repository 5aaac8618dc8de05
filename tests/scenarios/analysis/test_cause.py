"""Why a run came out so: each clause rests on a figure that was measured; where there is no cause, none is told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import fields, replace

from asgi_vs_wsgi.scenarios.analysis.cause import NO_CAUSE, cause_of
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.results import (
    AwaitedLine,
    BlockingLine,
    DatabaseConnections,
    DriverFigures,
    InFlight,
    Latency,
    LoadResult,
    MachineShare,
    RequestCounts,
    RunResult,
    TargetResult,
    Telemetry,
    Unserved,
    VerdictResult,
    VisitorClass,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, figure
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES

VIEWS = """\
import time
from asgi_vs_wsgi.views import parameter, upstream
from django.http import HttpResponse


def page(request):
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request):
    time.sleep(parameter("io_ms") / 1000)
    return HttpResponse(await upstream.aget(parameter("io_ms")))
"""
GET = "views/upstream.py:24 get"
BUSY = DriverFigures(30.0, 0.2, limited=True)
LATE, QUIET = DriverFigures(500.0, 0.99, limited=True), DriverFigures(0.1, 0.05, limited=False)


def latency(value: float) -> Latency:
    return Latency(value, value, value, value, value, value, value, value)


def worker(blocked: float | None = None, held_ms: float | None = None, **more: Any) -> WorkerSeen:
    return WorkerSeen(
        1, more.pop("requests", 16), 0.99, blocked, held_ms, more.pop("mb", 40.0), *more.pop("many", (3, None)), **more
    )


def target(
    name: str = "a", p95_ms: float = 1000.0, states: dict[str, float] | None = None, **changed: Any
) -> TargetResult:
    known: dict[str, Any] = {
        "name": name,
        "server": name,
        "label": name,
        "interface": "wsgi",
        "version": "1",
        "workers": 2,
        "threads": 1,
        "requests": RequestCounts(32, 32, 0, 0, 0, {"timeout": 0}, {"200": 32}, 0),
        "makespan_s": p95_ms / 1000,
        "throughput_rps": 32_000 / p95_ms,
        "service_s": 0.2,
        "latency_ms": latency(p95_ms),
        "states_ms": dict.fromkeys(STATE_NAMES, 0.0) | {key: p95_ms * part for key, part in (states or {}).items()},
        "in_flight": InFlight(2, 1),
        "workers_seen": [worker(0.99), worker(0.99)],
        "workers_lost": 0,
        "workers_ended": 0,
        "blame": [],
        "classes": [VisitorClass("all", RequestCounts(32, 32, 0, 0, 0, {}, {}), None, None)],
        "checks": [],
        "driver": QUIET,
        "telemetry": Telemetry(100, 0),
        "view": "page",
        "not_served": [],
        "options": {},
    }
    return TargetResult(**{field.name: None for field in fields(TargetResult)} | known | changed)


BLOCKED = target(
    "sync",
    3200.0,
    {"queued": 0.88, "blocked": 0.1},
    blame=[BlockingLine("views.py:7 page", "blocked", 6400.0, library=GET)],
)
AWAITING = target(
    "loops",
    220.0,
    {"awaiting": 0.93, "running": 0.02},
    interface="asgi",
    in_flight=InFlight(32, 17),
    workers_seen=[worker(0.0, 3.0)],
    awaiting_for=[AwaitedLine("a socket", "views.py:12 async_page", 6000.0)],
)
HELD = target(
    "held",
    3000.0,
    {"stalled": 0.6, "queued": 0.24, "blocked": 0.1},
    interface="asgi",
    workers_seen=[worker(0.99, 250.0)],
    blame=[BlockingLine("views.py:11 async_page", "blocked", 3000.0)],
)
COMPUTING = target(
    "computing", 800.0, {"running": 0.1, "queued": 0.88}, blame=[BlockingLine("views.py:7 page", "running", 800.0)]
)
IN_THREADS = target(
    "threads",
    400.0,
    {"blocked": 0.96},
    interface="asgi",
    in_flight=InFlight(12, 12),
    workers_seen=[worker(0.9, 4.0, many=(15, None))],
)


def run(
    *targets: TargetResult,
    winner: str | None = None,
    words: str = "",
    on: str = "latency_ms.p95",
    mode: str = "measure",
) -> RunResult:
    load = LoadResult.from_load(Load(requests=32))
    verdict = VerdictResult(winner, None, on, words)
    return RunResult("mine", {}, mode, {}, load, list(targets), verdict, [], [])


def said(result: RunResult, views: str = VIEWS) -> str:
    found = cause_of(result, views)
    assert found is not None
    return found.words


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
            "computing: pages compute (running at views.py:7), so the others were in line for 88% of their time",
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
            replace(BLOCKED, workers_seen=[worker(told_s=1.0, gone_s=1.1, replaced_s=1.7, ended="reloaded")]),
            ("the old workers of sync were gone 0.60 s before the first new one was ready (the longest wait: 3.20 s)"),
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


# ---- where no cause may be told


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (replace(BLOCKED, driver=LATE), "sync: the load driver itself was the limit"),
        (
            replace(BLOCKED, driver=BUSY, machine=MachineShare(0.7, 0.0), states_ms={"late": 400.0, "queued": 2000.0}),
            "sync: other programs took 70% of the machine, so visitors were sent late",
        ),
        (replace(BLOCKED, states_ms=None), "nothing was told of the workers (sync)"),
        (
            replace(BLOCKED, states_ms=None, telemetry=Telemetry(9, 0, 9, joined=False)),
            "the records of their workers do not join",
        ),
    ],
)
def test_where_the_figures_are_not_the_servers_own_there_is_no_cause(one, why):
    found = cause_of(run(one, AWAITING), VIEWS)
    assert found is not None
    assert found.words.startswith(f"{NO_CAUSE}: ")
    assert why in found.words
    assert (found.kind, found.facts) == ("none", [])


@pytest.mark.parametrize(("slower_ms", "others"), [(280.0, True), (2800.0, False)])
def test_what_others_may_have_made_of_a_difference_is_said_first(slower_ms, others):
    busy = replace(BLOCKED, latency_ms=latency(slower_ms), machine=MachineShare(0.6, 0.0))
    found = cause_of(run(busy, AWAITING, words="no verdict: …", mode="race"), VIEWS)
    assert found is not None
    assert (found.kind == "busy machine") == others
    opening = "other programs took 60% of the machine, which may be all the difference; measured all the same: "
    assert found.words.startswith(opening) == others
    assert "each sync worker was blocked 99%" in found.words


def test_a_few_who_were_sent_late_on_a_busy_machine_spoil_no_cause():
    late = replace(BLOCKED, driver=BUSY, machine=MachineShare(0.7, 0.0))
    assert said(run(late, AWAITING, words="no verdict: …")).startswith("each sync worker was blocked 99%")


@pytest.mark.parametrize(
    ("words", "mode", "slower_ms", "kind"),
    [
        ("no real difference: a, b", "measure", 260.0, "no difference"),
        ("no verdict from one round: …", "measure", 400.0, "one round"),
        ("no verdict: in a race …", "race", 230.0, "no difference"),
        ("no verdict: in a race …", "race", 900.0, "difference"),
    ],
)
def test_without_a_difference_none_is_explained(words, mode, slower_ms, kind):
    found = cause_of(
        run(replace(AWAITING, name="other", latency_ms=latency(slower_ms)), AWAITING, words=words, mode=mode)
    )
    assert found is not None
    assert found.kind == kind
    assert found.words.startswith("no difference to explain in p95 latency: ") == (kind == "no difference")
    assert found.words.startswith("whether they differ in p95 latency one round cannot tell: ") == (kind == "one round")


def test_of_many_targets_the_worst_and_the_best_of_those_compared_are_told():
    several = run(BLOCKED, COMPUTING, AWAITING, IN_THREADS)
    several = replace(several, verdict=replace(several.verdict, compared=["computing", "threads", "loops"]))
    found = cause_of(several)
    assert found is not None
    assert found.targets == ["computing", "loops"]
    assert cause_of(run()) is None


@pytest.mark.parametrize("result", [run(BLOCKED, AWAITING), run(HELD, COMPUTING), run(IN_THREADS, AWAITING, BLOCKED)])
def test_every_fact_is_a_figure_of_the_result_and_every_number_is_one_of_the_facts(result):
    found = cause_of(result, VIEWS)
    assert found is not None
    by_name = {each.name: each for each in result.targets}
    for fact in found.facts:
        if fact.figure in METRICS:
            assert figure(by_name[fact.target], fact.figure) == fact.value
        else:
            lines = {"blame": by_name[fact.target].blame, "awaiting_for": by_name[fact.target].awaiting_for}[
                fact.figure
            ]
            assert any((line.where, line.ms) == (fact.where, fact.value) for line in lines or [])
    assert {fact.target for fact in found.facts} == set(found.targets)


# ---- which call it is


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        (
            BlockingLine("views.py:1 page", "blocked", 1.0, library=GET),
            "HttpResponse(upstream.get(parameter('x')))",
            "upstream.get",
        ),
        (BlockingLine("views.py:1 page", "blocked", 1.0), "time.sleep(parameter('x') / 1000)", "time.sleep"),
        (BlockingLine("views.py:1 page", "blocked", 1.0), "slow(words.strip())", ""),
        (BlockingLine("views.py:1 page", "blocked", 1.0, library=GET), "other.get(upstream.get(1))", ""),
        (BlockingLine("views.py:1 page", "blocked", 1.0, library="x.py:3 read"), "upstream.get(1)", "upstream.get"),
        (BlockingLine("models.py:1 page", "blocked", 1.0), "time.sleep(1)", ""),
        (BlockingLine("views.py:1 page", "blocked", 1.0), "time.sleep(", ""),
        (AwaitedLine("a timer", "views.py:1 page", 1.0), "async def f(): await asyncio.sleep(wait())", "asyncio.sleep"),
        (AwaitedLine("a timer", "views.py:1 page", 1.0), "async def f(): await one(); await two()", ""),
    ],
)
def test_a_call_is_named_only_where_the_line_leaves_no_doubt(line, code, expected):
    from asgi_vs_wsgi.scenarios.analysis.called_at import call_at

    assert call_at(code, line) == expected
