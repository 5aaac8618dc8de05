"""The modes' words: of every mode, before, during and after a run; every figure is the result's."""

from __future__ import annotations

import dataclasses
import re

import pytest
from msgspec.structs import replace
from saved_runs import RUNS, after, before, during, mode_text, saved_run

from asgi_vs_wsgi.scenarios.analysis.advice import concurrency, queue, threads
from asgi_vs_wsgi.scenarios.analysis.web_vitals import GOOD_TTFB_MS
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.tui.modes import NAMES, TOOLTIPS
from asgi_vs_wsgi.tui.modes.layout import prose
from asgi_vs_wsgi.tui.modes.tip_evidence import evidence
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds

MS = 1_000_000
WIDTHS = (46, 74, 86, 164)
LEAST_WATCHING = 74
MOMENT = {"slow-io": 1_000 * MS, "blocked-loop": 1_000 * MS, "streaming": 500 * MS}
WORDED = [name for name in NAMES if name not in ("watch", "waterfall")]


def moments(name: str, width: int) -> list[ModeContext]:
    """The list beside a card leaves less room than there is once something runs."""
    if width < LEAST_WATCHING:
        return [before(name, width)]
    return [before(name, width), during(name, 1, width), during(name, MOMENT[name], width), after(name, width)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("mode", WORDED)
def test_every_mode_says_something_before_during_and_after_and_no_line_is_wider_than_the_room(mode, name, width):
    for sight in moments(name, width):
        words = mode_text(mode, sight)
        assert len(words) > 40
        assert max(map(len, words.splitlines())) <= width


def test_the_modes_are_nine_and_say_nine_different_things():
    assert len(NAMES) == len(TOOLTIPS) == 9
    assert len({mode_text(mode, after("slow-io")) for mode in WORDED}) == 7


@pytest.mark.parametrize("mode", ["code", "compare", "pipeline", "vitals", "tips"])
def test_during_a_run_a_mode_says_how_far_it_has_come(mode):
    words = " ".join(mode_text(mode, during("slow-io", 1_000 * MS)).split())
    assert "So far, at 1.00 s: served gunicorn-sync 8 of 32, uvicorn 32 of 32." in words
    assert "So far" not in mode_text(mode, after("slow-io"))


@pytest.mark.parametrize("name", RUNS)
def test_compare_has_the_results_own_figures(name):
    result, _ = saved_run(name)
    words = " ".join(mode_text("compare", after(name)).split())
    for target in result.targets:
        assert re.search(f"p95 (latency )?{milliseconds(target.latency_ms.p95)}", words)
        assert f"{target.in_flight.max_per_worker} in one worker, {target.in_flight.max} in all" in words
    assert result.verdict.words in words


def test_compare_draws_the_ladder_and_its_figures_where_one_was_measured():
    result, _ = saved_run("slow-io")
    words = mode_text("compare", after("slow-io"))
    assert all(milliseconds(point.p95_ms) in words for point in result.ladder)
    assert "●" in words
    assert "l measures it" in mode_text("compare", after("blocked-loop"))


def test_compare_tells_the_rounds_and_their_spread():
    result, _ = saved_run("slow-io")
    values = [one.p95_ms for one in result.rounds if one.target == "uvicorn"]
    rows = mode_text("compare", after("slow-io")).partition("\nRounds\n")[2].splitlines()
    row = next(line for line in rows if line.startswith("uvicorn   "))
    assert re.split(r" {2,}", row)[1:] == [milliseconds(value) for value in (max(values) - min(values), *values)]


def test_the_distribution_counts_every_visitor_of_every_target():
    rows = _distribution("slow-io")
    assert sum(int(figure) for row in rows for figure in re.findall(r" (\d+)(?!\S)", row.partition(" s ")[2])) == 64


def test_an_even_staircase_is_an_even_distribution():
    """Two workers, a visitor each every 200 ms: round edges 0.2 s apart, two in each, from the first who waited."""
    edges, staircase = zip(*((row[:16].strip(), row[18:40]) for row in _distribution("slow-io")), strict=True)
    assert edges[:2] == ("0.2 – 0.4 s", "0.4 – 0.6 s")
    assert [figures.split()[-1] for figures in staircase if figures.strip()] == ["2"] * 16
    assert "waited  gunicorn-sync" in mode_text("compare", after("slow-io"))


def _distribution(name: str) -> list[str]:
    words = mode_text("compare", after(name)).partition("How long visitors waited, and how many\n")[2]
    return [line for line in words.splitlines() if " – " in line and line.split()[1] == "–"]


@pytest.mark.parametrize(("name", "stage"), [("slow-io", "in line"), ("streaming", "response generation")])
def test_the_pipeline_names_the_stage_that_takes_most(name, stage):
    assert f"most of a visit is {stage}:" in mode_text("pipeline", after(name))


def test_there_is_no_figure_for_inp():
    words = mode_text("vitals", after("slow-io"))
    assert "INP" in words
    assert not any(
        "INP" in line and line.lstrip().startswith(("INP", "gunicorn", "uvicorn")) for line in words.splitlines()
    )


def test_vitals_judges_the_first_byte_by_its_guide_value():
    result, _ = saved_run("slow-io")
    words = mode_text("vitals", after("slow-io"))
    for target in result.targets:
        row = next(line for line in words.splitlines() if line.startswith(target.name))
        assert milliseconds(target.ttfb_ms.p75) in row
        assert ("good" in row) == (target.ttfb_ms.p75 <= GOOD_TTFB_MS)


def test_code_marks_the_line_that_was_blamed_with_its_time():
    result, _ = saved_run("slow-io")
    (blame,) = [each for each in result.targets[0].blame if each.state == "blocked" and "views.py" in each.where]
    marked = [line.strip() for line in mode_text("code", after("slow-io")).splitlines() if "▲" in line]
    assert marked == [f"▐ ▲ blocked {milliseconds(blame.ms)} over 32 visitors"]


def test_code_shows_what_a_view_calls_and_what_held_it_elsewhere():
    words = mode_text("code", after("streaming"))
    assert "def _pieces() -> Iterator[str]:" in words
    assert "wsgi-async: blocked" in words


def test_code_calls_a_view_a_gain_or_a_cost_as_it_was_measured():
    words = mode_text("code", after("blocked-loop"))
    assert "− Performance cost: visitors were" in words
    assert "+ Performance gain: visitors were awaiting" in words


def test_code_puts_the_views_side_by_side_where_there_is_room():
    def first_line(width: int) -> str:
        return next(
            line for line in mode_text("code", before("slow-io", width)).splitlines() if "sync_page  on" in line
        )

    assert "async_page" in first_line(164)
    assert "async_page" not in first_line(74)


def test_code_has_the_bare_callables_of_hello_world():
    words = mode_text("code", before("hello-world"))
    assert "def bare_wsgi(" in words
    assert "async def bare_asgi(" in words


@pytest.mark.parametrize(
    ("name", "tip", "says"),
    [
        ("slow-io", "WSGI blocks", "+ supported gunicorn-sync"),
        ("slow-io", "Use ASGI for high", "+ supported uvicorn"),
        ("blocked-loop", "Use ASGI for high", "− limited   “blocking”"),
        ("blocked-loop", "Never hold the event loop", "+ supported “blocking”"),
        ("streaming", "WSGI blocks", "− limited   wsgi-sync"),
        ("slow-io", "stand in line", "before 2 workers; with twice the workers, by the law that held here"),
        ("blocked-loop", "bring a thread each", "· measured  “blocking”"),
        (
            "blocked-loop",
            "await whatever waits",
            "+ supported “blocking”: <1% of a visit awaiting, 80% blocked or stalled",
        ),
    ],
)
def test_a_tip_is_supported_or_limited_by_what_this_run_measured(name, tip, says):
    told = mode_text("tips", after(name, 140)).partition(tip)[2].split("\n\n")[0]
    assert says in " ".join(told.split()) or says in told


def test_the_signs_of_tips_are_explained_once_a_run_is_judged():
    told = " ".join(mode_text("tips", after("slow-io")).split())
    assert "+ supported (it bears it out), − limited (otherwise here), · measured (decides nothing)" in told
    for width in range(40, 110, 7):
        assert not any(
            line.rstrip().endswith(("+", "−", "·")) for line in mode_text("tips", after("slow-io", width)).splitlines()
        )
    untold = mode_text("tips", before("slow-io"))
    assert "bears it out" not in untold
    assert untold.startswith("With a run: the measurements that support or limit each of these.")


def test_what_twice_the_workers_would_bring_is_told_only_where_a_law_held():
    sync = after("slow-io").targets[0]
    (told,) = evidence(queue, [sync])
    law = sync.law
    assert told.supports is True
    assert f"all served after {in_seconds(law.predicted_makespan_s / 2)} instead of" in told.words
    (told,) = evidence(queue, [replace(sync, law=replace(law, holds=False))])
    assert told.supports is None
    assert "twice" not in told.words


def test_a_number_stands_on_one_line_with_its_unit():
    for width in range(20, 60):
        assert not any(
            re.search(r"\d$", line.plain) for line in prose("about 1.62 s, then 40 ms and 45 MB here", width)
        )


def test_before_the_end_nothing_is_judged():
    words = mode_text("tips", during("slow-io", 300 * MS))
    assert "so far" in words
    assert "supported" not in words
    assert "limited" not in words


def test_a_run_that_was_stopped_leaves_no_tip_waiting_for_more():
    going_on = during("slow-io", 300 * MS)
    assert "nothing to be seen here so far" in mode_text("tips", going_on)
    words = mode_text("tips", dataclasses.replace(going_on, cut_off="was stopped"))
    assert "so far;" not in words
    assert "this run says nothing of it" in words


def test_visitors_who_are_all_taken_in_but_wait_much_longer_than_a_lone_one_limit_the_advice():
    quick = after("slow-io").targets[1]
    (told,) = evidence(concurrency, [quick])
    assert told.supports is True
    (told,) = evidence(concurrency, [replace(quick, service_s=quick.service_s / 4)])
    assert told.supports is False
    assert "a lone request or more" in told.words


def test_threads_that_are_not_the_views_are_not_blamed_on_it():
    blocking = next(target for target in after("blocked-loop").targets if target.name == "blocking")
    (told,) = evidence(threads, [blocking])
    assert told.supports is None
    assert "not for its view" in told.words


def test_a_line_before_a_held_loop_wants_workers_and_one_before_computing_cores():
    sight = after("blocked-loop")
    blocking = next(target for target in sight.targets if target.name == "blocking")
    (told,) = evidence(queue, [in_line(blocking, blocked=100.0)])
    assert told.supports is False
    assert "for a loop that was held: more workers would help, threads would not" in told.words
    (told,) = evidence(queue, [in_line(blocking, running=100.0)])
    assert told.supports is False
    assert "more workers help only as far as there are cores" in told.words


def in_line(target: TargetResult, **states_ms: float) -> TargetResult:
    """Half of its mean visit was spent in line."""
    mean = target.latency_ms.mean
    known = dict.fromkeys(target.states_ms, 0.0) | {"queued": mean / 2} | states_ms
    return replace(target, states_ms=known, queue_ms=target.latency_ms)


def test_one_slot_is_one_slot():
    sync = after("slow-io").targets[0]
    (told,) = evidence(queue, [replace(sync, workers=1, law=None)])
    assert told.words.endswith("before 1 worker")


def test_every_scenario_of_the_catalog_has_all_modes():
    for each in load_catalog().scenarios:
        for mode in NAMES[1:]:
            assert mode_text(mode, ModeContext(each, None, (), 80))


def test_compare_tells_before_a_run_what_a_visitor_holds():
    words = mode_text("compare", before("slow-io"))
    assert "a worker, and there are 2" in words
    assert "no worker" in words
    assert "gunicorn-sync · WSGI" in words
