"""After a race the board leads with what was seen, and says then why that is no verdict."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from made_result import made_result
from msgspec.structs import replace
from saved_runs import FOLDER
from seen_screen import text_of, words

from asgi_vs_wsgi.scenarios.results import RequestCounts, RunResult, VerdictResult
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.report.figures import NO_FIRST_ONE, NO_VERDICT_OF_RACES, NO_WINNER_OF_RACES, seen_in_race, who_won
from asgi_vs_wsgi.tui.widgets.results_table import IN_COLUMNS, whole

pytestmark = pytest.mark.anyio


def race() -> RunResult:
    return replace(made_result(), mode="race", verdict=VerdictResult(None, None, "latency_ms.p95", "no verdict"))


def test_a_race_tells_who_was_done_first_and_how_long_each_took():
    assert seen_in_race(race(), IN_COLUMNS) == "uvicorn was done first: makespan 0.25 s, gunicorn-sync 3.24 s"
    assert seen_in_race(made_result(), IN_COLUMNS) == ""


def test_what_was_seen_is_bold_and_why_it_is_no_verdict_is_not():
    board = whole(race(), 200)
    bold = "".join(board.plain[span.start : span.end] for span in board.spans if span.style == "bold")
    assert bold == "uvicorn was done first: makespan 0.25 s, gunicorn-sync 3.24 s"
    assert board.plain.endswith(f"{bold} · {NO_VERDICT_OF_RACES}")


def test_who_did_not_answer_everybody_was_not_done_first():
    first, second = race().targets
    lost = replace(second, requests=RequestCounts(32, 30, 2, 0, 0, {"timeout": 2}, {"200": 30}))
    assert seen_in_race(replace(race(), targets=[first, lost]), IN_COLUMNS) == ""


def test_of_two_that_took_as_long_none_was_first():
    first, second = race().targets
    assert seen_in_race(replace(race(), targets=[first, replace(second, makespan_s=3.23)]), IN_COLUMNS) == ""


def sent_late(run: RunResult, **late_ms: float) -> RunResult:
    """With a driver that was the limit for these targets, and this p99 of its lateness."""
    named = {name.replace("_ms", "").replace("_", "-"): ms for name, ms in late_ms.items()}
    targets = [
        replace(each, driver=replace(each.driver, limited=True, lag_p99_ms=named[each.name]))
        if each.name in named
        else each
        for each in run.targets
    ]
    return replace(run, targets=targets)


@pytest.mark.parametrize(
    ("late_ms", "is_told"),
    [
        ({"uvicorn_ms": 16.0}, True),  # had it been in time, it would have been first all the same
        ({"gunicorn_sync_ms": 16.0, "uvicorn_ms": 16.0}, True),
        ({"gunicorn_sync_ms": 1300.0}, True),
        ({"gunicorn_sync_ms": 1500.0}, False),  # 3.24 s less 3 s are no more than 0.25 s
    ],
)
def test_who_was_done_first_is_told_unless_lateness_may_have_decided_it(late_ms, is_told):
    run = sent_late(race(), **late_ms)
    assert bool(seen_in_race(run, IN_COLUMNS)) is is_told
    assert whole(run, 200).plain.endswith(NO_VERDICT_OF_RACES if is_told else NO_FIRST_ONE)
    spent = [replace(each, driver=replace(each.driver, cpu_share=0.95)) for each in run.targets]
    assert not seen_in_race(replace(run, targets=spent), IN_COLUMNS), "a driver that could not send any faster"
    assert not run.verdict.winner


# ---- beside the lanes


def test_who_won_is_told_by_the_verdict_and_of_a_race_who_was_done_first_and_that_none_is_named():
    assert who_won(race(), IN_COLUMNS) == [
        "uvicorn was done first; a race: no winner is named",
        "uvicorn was done first",
    ]
    judged = replace(made_result(), verdict=VerdictResult("uvicorn", 13.0, "latency_ms.p95", "uvicorn is better"))
    assert who_won(judged, IN_COLUMNS) == ["winner on p95: uvicorn"]
    some = VerdictResult("a", 2.0, "throughput_rps", "a is better", compared=["a", "b"])
    assert who_won(replace(judged, verdict=some), IN_COLUMNS) == ["winner on throughput, of a and b: a"]
    unjudged = replace(judged, verdict=VerdictResult(None, 1.0, "latency_ms.p95", "no real difference"))
    assert who_won(unjudged, IN_COLUMNS) == ["no winner is named"]


def test_where_a_race_shows_no_first_one_none_is_told():
    limited = sent_late(race(), gunicorn_sync_ms=1500)
    first_byte = replace(race(), verdict=VerdictResult(None, None, "ttfb_ms.p95", "no verdict"))
    alike = replace(race(), targets=[replace(each, makespan_s=1.0) for each in race().targets])
    assert whole(limited, 200).plain.endswith(NO_FIRST_ONE)
    for run in (first_byte, alike):
        assert whole(run, 200).plain.endswith((NO_WINNER_OF_RACES, NO_VERDICT_OF_RACES))
    for run in (limited, first_byte, alike):
        assert who_won(run, IN_COLUMNS) == ["a race: no winner is named", "no winner is named"]


def test_of_one_target_there_is_nothing_to_be_won():
    assert who_won(replace(race(), targets=race().targets[:1]), IN_COLUMNS) == []


def test_a_figure_that_was_seen_in_a_race_is_named_once():
    board = whole(replace(race(), verdict=VerdictResult(None, None, "ttfb_ms.p95", "no verdict")), 200).plain
    assert board.count("time to the first byte") == 0
    assert board.endswith(NO_VERDICT_OF_RACES)


@pytest.mark.parametrize("in_list", [True, False])
async def test_a_key_that_measures_is_told_only_beside_a_run_whose_scenario_is_here(in_list):
    saved = read_run(FOLDER / "slow-io.avw")
    saved = replace(saved, result=replace(race(), scenario="slow-io" if in_list else "gone"))
    if not in_list:
        saved = replace(saved, scenario=replace(saved.scenario, name="gone"))
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.open(saved)
        await made.to_the_end(pilot)
        assert "so that is no verdict" in words(made, "#board")
        assert ("m measures" in text_of(made)) is in_list
        assert made.screen.runs.may("measure") is in_list


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_it_stands_beside_the_lanes_at_the_end_and_not_before(size):
    made = MadeApp(recorded_race(race()))
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 1)
        assert "done first" not in words(made, "#status")
        await made.to_the_end(pilot)
        assert "uvicorn was done first" in words(made, "#status")
        await pilot.press("f5")
        await made.until(pilot, lambda: made.screen.presentation.on)
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        made.session.show.to_end()
        made.screen.redraw()
        assert "uvicorn 0.26 s · uvicorn was done first; a race: no winner is named." in words(made, "#caption")
