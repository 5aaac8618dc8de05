"""Where the figures leave a doubt no cause is told, and no call is named; and every fact is a figure of the result."""

from __future__ import annotations

import pytest
from made_causes import (
    AWAITING,
    BLOCKED,
    BUSY,
    COMPUTING,
    GET,
    HELD,
    IN_THREADS,
    LATE,
    VIEWS,
    latency,
    run,
    said,
    target,
    worker,
)
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.cause import NO_CAUSE, cause_of
from asgi_vs_wsgi.scenarios.results import (
    AwaitedLine,
    BlockingLine,
    MachineShare,
    Telemetry,
)
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, figure


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (
            replace(BLOCKED, driver=LATE),
            ": the load driver itself was the limit when it sent the visitors of sync; run it again with fewer",
        ),
        (
            replace(BLOCKED, driver=BUSY, machine=MachineShare(0.7, 0.0), states_ms={"late": 400.0, "queued": 2000.0}),
            ": visitors of sync were sent late, for other programs took 70% of the machine; run it again when "
            "the machine is less busy",
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
def test_what_others_may_have_made_of_a_difference_is_said_after_what_was_seen(slower_ms, others):
    busy = replace(BLOCKED, latency_ms=latency(slower_ms), machine=MachineShare(0.6, 0.0))
    found = cause_of(run(busy, AWAITING, words="no verdict: …", mode="race"), VIEWS)
    assert found is not None
    assert (found.kind == "busy machine") == others
    assert found.words.startswith("each sync worker was blocked 99%")
    ending = "; but other programs took 60% of the machine meanwhile, which may be all the difference"
    assert found.words.endswith(ending) == others


@pytest.mark.parametrize(("lag_ms", "is_told"), [(10.0, True), (2000.0, False)])
def test_a_race_has_its_cause_where_lateness_cannot_have_decided_who_was_done_first(lag_ms, is_told):
    driver = replace(BUSY, lag_p99_ms=lag_ms)
    slow = replace(BLOCKED, makespan_s=3.2, driver=driver, states_ms={**(BLOCKED.states_ms or {}), "late": 400.0})
    quick = replace(AWAITING, makespan_s=0.25)
    race = run(slow, quick, words="no winner is named: …", mode="race")
    assert said(race).startswith(NO_CAUSE) is not is_told
    assert said(replace(race, mode="single")).startswith(NO_CAUSE)


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
    from asgi_vs_wsgi.scenarios.analysis.call_site import call_at

    assert call_at(code, line) == expected


AFTER = target(
    "after",
    400.0,
    {"queued": 0.99, "running": 0.005, "awaiting": 0.004},
    interface="asgi",
    workers=1,
    makespan_s=2.0,
    workers_seen=[worker(0.99, 500.0)],
    blame=[
        BlockingLine("views.py:11 async_page", "blocked", 2000.0),
        BlockingLine("views.py:11 async_page", "running", 0.1),
    ],
)
IDLE = replace(worker(0.01), busy_share=0.01)
RECYCLED = replace(IDLE, ended="recycled", told_s=1.1, gone_s=1.4, replaced_s=4.8)


def test_pages_are_not_said_to_compute_where_what_they_left_behind_was_blocked():
    assert said(run(AFTER)) == (
        "after: a visitor blocked in `time.sleep` at views.py:11 held the event loop (for up to 0.50 s), so the"
        " others were in line for 99% of their time"
    )


@pytest.mark.parametrize(
    ("workers_seen", "words"),
    [
        (
            [RECYCLED, replace(RECYCLED, gone_s=1.9, replaced_s=5.0), IDLE],
            "a worker of sync was recycled, and gone for 3.40 s before another was ready, so visitors were in line for"
            " 88% of their time",
        ),
        ([replace(RECYCLED, replaced_s=1.4), IDLE], "a visit of sync was 88% in line, 10% blocked"),
        ([IDLE, IDLE], "a visit of sync was 88% in line, 10% blocked"),
    ],
)
def test_workers_that_had_nobody_are_not_said_to_be_blocked(workers_seen, words):
    assert said(run(replace(BLOCKED, makespan_s=5.0, workers_seen=workers_seen))) == words
