"""The modes' words: of every mode, before, during and after a run; every figure is the result's."""

from __future__ import annotations

import dataclasses
import re

import pytest
from msgspec.structs import replace
from saved_runs import RUNS, after, before, during, saved_run

from asgi_vs_wsgi.scenarios.analysis.advice import concurrency, queue, threads
from asgi_vs_wsgi.scenarios.analysis.time_spent import gain
from asgi_vs_wsgi.scenarios.analysis.web_vitals import GOOD_TTFB_MS
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.project_answer import ProjectAnswer
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors, predict, prediction_basis
from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.tui.modes import NAMES, TOOLTIPS
from asgi_vs_wsgi.tui.modes.gain_text import gain_text
from asgi_vs_wsgi.tui.modes.law_text import exact
from asgi_vs_wsgi.tui.modes.layout import prose
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.tip_evidence import evidence
from asgi_vs_wsgi.tui.modes.tips import TIPS
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.modes.what_if import observed
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.target_tables import over_whom

MS = 1_000_000
WIDTHS = (46, 74, 86, 164)
LEAST_WATCHING = 74
SCORE = (1, 2)
MOMENT = {"slow-io": 1_000 * MS, "blocked-loop": 1_000 * MS, "streaming": 500 * MS}
WORDED = [name for name in NAMES if name not in ("watch", "waterfall")]


def text(mode: str, seen: ModeContext, knobs: WhatIfFactors | None = None, answers=()) -> str:
    return mode_words(mode, seen, knobs=knobs or WhatIfFactors(), answers=answers, score=SCORE).plain


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
        words = text(mode, sight)
        assert len(words) > 40
        assert max(map(len, words.splitlines())) <= width


def test_the_modes_are_nine_and_say_nine_different_things():
    assert len(NAMES) == len(TOOLTIPS) == 9
    assert len({text(mode, after("slow-io")) for mode in WORDED}) == 7


@pytest.mark.parametrize("mode", ["code", "compare", "pipeline", "vitals", "tips"])
def test_during_a_run_a_mode_says_how_far_it_has_come(mode):
    words = " ".join(text(mode, during("slow-io", 1_000 * MS)).split())
    assert "So far, at 1.00 s: served gunicorn-sync 8 of 32, uvicorn 32 of 32." in words
    assert "So far" not in text(mode, after("slow-io"))


@pytest.mark.parametrize("name", RUNS)
def test_compare_has_the_results_own_figures(name):
    result, _ = saved_run(name)
    words = " ".join(text("compare", after(name)).split())
    for target in result.targets:
        assert re.search(f"p95 (latency )?{milliseconds(target.latency_ms.p95)}", words)
        assert f"{target.in_flight.max_per_worker} in one worker, {target.in_flight.max} in all" in words
    assert result.verdict.words in words


def test_compare_draws_the_ladder_and_its_figures_where_one_was_measured():
    result, _ = saved_run("slow-io")
    words = text("compare", after("slow-io"))
    assert all(milliseconds(point.p95_ms) in words for point in result.ladder)
    assert "●" in words
    assert "l measures it" in text("compare", after("blocked-loop"))


def test_compare_tells_the_rounds_and_their_spread():
    result, _ = saved_run("slow-io")
    values = [one.p95_ms for one in result.rounds if one.target == "uvicorn"]
    rows = text("compare", after("slow-io")).partition("\nRounds\n")[2].splitlines()
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
    assert "waited  gunicorn-sync" in text("compare", after("slow-io"))


def _distribution(name: str) -> list[str]:
    words = text("compare", after(name)).partition("How long visitors waited, and how many\n")[2]
    return [line for line in words.splitlines() if " – " in line and line.split()[1] == "–"]


@pytest.mark.parametrize(("name", "stage"), [("slow-io", "in line"), ("streaming", "response generation")])
def test_the_pipeline_names_the_stage_that_takes_most(name, stage):
    assert f"most of a visit is {stage}:" in text("pipeline", after(name))


def test_there_is_no_figure_for_inp():
    words = text("vitals", after("slow-io"))
    assert "INP" in words
    assert not any(
        "INP" in line and line.lstrip().startswith(("INP", "gunicorn", "uvicorn")) for line in words.splitlines()
    )


def test_vitals_judges_the_first_byte_by_its_guide_value():
    result, _ = saved_run("slow-io")
    words = text("vitals", after("slow-io"))
    for target in result.targets:
        row = next(line for line in words.splitlines() if line.startswith(target.name))
        assert milliseconds(target.ttfb_ms.p75) in row
        assert ("good" in row) == (target.ttfb_ms.p75 <= GOOD_TTFB_MS)


def test_code_marks_the_line_that_was_blamed_with_its_time():
    result, _ = saved_run("slow-io")
    (blame,) = [each for each in result.targets[0].blame if each.state == "blocked" and "views.py" in each.where]
    marked = [line.strip() for line in text("code", after("slow-io")).splitlines() if "▲" in line]
    assert marked == [f"▐ ▲ blocked {milliseconds(blame.ms)} over 32 visitors"]


def test_code_shows_what_a_view_calls_and_what_held_it_elsewhere():
    words = text("code", after("streaming"))
    assert "def _pieces() -> Iterator[str]:" in words
    assert "wsgi-async: blocked" in words


def test_code_calls_a_view_a_gain_or_a_cost_as_it_was_measured():
    words = text("code", after("blocked-loop"))
    assert "− Performance cost: visitors were" in words
    assert "+ Performance gain: visitors were awaiting" in words


def test_code_puts_the_views_side_by_side_where_there_is_room():
    def first_line(width: int) -> str:
        return next(line for line in text("code", before("slow-io", width)).splitlines() if "sync_page  on" in line)

    assert "async_page" in first_line(164)
    assert "async_page" not in first_line(74)


def test_code_has_the_bare_callables_of_hello_world():
    words = text("code", before("hello-world"))
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
        ("blocked-loop", "await whatever waits", "+ supported “blocking”: not done here, and"),
    ],
)
def test_a_tip_is_supported_or_limited_by_what_this_run_measured(name, tip, says):
    told = text("tips", after(name, 140)).partition(tip)[2].split("\n\n")[0]
    assert says in " ".join(told.split()) or says in told


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
    words = text("tips", during("slow-io", 300 * MS))
    assert "so far" in words
    assert "supported" not in words
    assert "limited" not in words


def test_a_run_that_was_stopped_leaves_no_tip_waiting_for_more():
    going_on = during("slow-io", 300 * MS)
    assert "nothing to be seen here so far" in text("tips", going_on)
    words = text("tips", dataclasses.replace(going_on, cut_off="was stopped"))
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


def test_what_if_names_the_knobs_that_change_nothing():
    assert "Twice or half the threads changes nothing in this run." in text("what-if", after("slow-io"))
    more = text("what-if", after("slow-io"), WhatIfFactors().changed("threads", 2))
    assert "threads 1 → 4" in more.replace("\u00a0", " ")
    assert "thread" not in more.partition("PREDICTED")[2].partition("MEASURED")[0]


def test_what_if_with_nothing_changed_predicts_what_the_law_did():
    result, _ = saved_run("slow-io")
    words = text("what-if", after("slow-io"))
    for target in result.targets:
        assert f"PREDICTED  {seconds(target.law.predicted_makespan_s)} " in words
        assert f"MEASURED   {seconds(target.law.measured_makespan_s)} " in words


def test_what_if_draws_the_line_that_it_predicts():
    words = text("what-if", after("slow-io"))
    predicted, measured = (words.partition(label)[2].partition("worker 1")[0] for label in ("PREDICTED", "MEASURED"))
    assert "most 30" in predicted
    assert "most 31" in measured


def test_what_if_takes_the_cores_of_the_machine_on_which_it_was_run():
    sight = after("slow-io")
    assert sight.cores == sight.result.environment["cores"]


def test_what_if_cannot_predict_what_was_never_timed():
    words = text("what-if", before("slow-io"))
    assert "ceil(N / w) · S" in words
    assert "PREDICTED" not in words


def test_what_if_uses_the_law_of_the_servers_kind_where_the_scenario_names_none_and_it_held(monkeypatch):
    sight = after("slow-io")
    for each in sight.seen:
        monkeypatch.setattr(each.trace, "facts", replace(each.trace.facts, law=None))
    words = " ".join(text("what-if", sight).split())
    assert "PREDICTED" in words
    assert "the law of its kind" in words
    slower = [replace(target, makespan_s=target.makespan_s * 2) for target in sight.result.targets]
    words = " ".join(text("what-if", dataclasses.replace(sight, result=replace(sight.result, targets=slower))).split())
    assert "PREDICTED" not in words
    assert "It does not hold here, so nothing is predicted." in words
    assert "No knob changes anything in this run." in words


def test_what_if_predicts_nothing_from_a_law_that_too_few_visitors_could_tell():
    """Two visitors of two workers: nobody takes turns, whatever the server."""
    words = " ".join(text("what-if", after("streaming")).split())
    assert "PREDICTED" not in words
    assert "too short to tell from" in words

    sight = after("slow-io")
    short = replace(sight.result.targets[0].law, holds=None, reason="too short to tell: under 150 ms …")
    targets = [replace(sight.result.targets[0], law=short), sight.result.targets[1]]
    words = " ".join(text("what-if", dataclasses.replace(sight, result=replace(sight.result, targets=targets))).split())
    assert "one-per-worker: too short to tell: under 150 ms …" in words


def test_what_if_predicts_from_the_shortest_stay_where_nobody_was_timed_alone():
    sight = after("slow-io")
    for each in sight.seen:
        each.trace.service_ns, kept = 0, each.trace.service_ns
        words = " ".join(text("what-if", sight).split())
        each.trace.service_ns = kept
        assert "PREDICTED" in words
        assert "the shortest stay in a worker" in words


@pytest.mark.parametrize(
    ("name", "why"), [("gone-client", "several kinds (impatient, patient)"), ("hello-world", "8 at a time")]
)
def test_what_if_says_why_nothing_can_be_predicted(name, why):
    words = " ".join(text("what-if", before(name)).split())
    assert "Nothing can be predicted here." in words
    assert why in words


def test_more_visitors_are_shared_as_unevenly_as_they_were_measured():
    sight = after("blocked-loop")
    target = next(each for each in sight.targets if each.name == "blocking")
    seen = next(each for each in sight.seen if each.trace.facts.name == "blocking")
    known = observed(sight, seen, target)
    found = prediction_basis(sight.scenario.toml, known)
    twice = predict(found, known, WhatIfFactors().changed("visitors", 1))  # type: ignore[arg-type]
    assert twice.time_s == pytest.approx(2 * target.law.predicted_makespan_s)
    uneven = replace(target, law=replace(target.law, busiest=target.law.busiest // 2))
    four = predict(found, known._replace(figures=uneven), WhatIfFactors().changed("workers", 2))  # type: ignore[arg-type]
    assert four.premises.busiest >= 3


def test_how_a_law_comes_to_its_time_can_be_worked_out_again():
    result, _ = saved_run("slow-io")
    law = result.targets[0].law
    assert f"32 visitors / 2 workers = 16 turns of {exact(law.service_s)}" in text("what-if", after("slow-io"))
    words = text("what-if", after("slow-io"), WhatIfFactors().changed("workers", 1))
    assert f"32 visitors / 4 workers = 8 turns of {exact(law.service_s)}" in words


def test_the_figures_change_with_the_run():
    wait = WhatIfFactors().changed("wait", 1)
    assert text("what-if", after("slow-io"), wait) != text("what-if", after("slow-io"))
    assert f"{seconds(0.4)}"[:3] in text("what-if", after("slow-io"), wait)


def test_a_knob_has_an_end_on_both_sides():
    assert WhatIfFactors().changed("workers", 100).workers == 64
    assert WhatIfFactors().changed("wait", -100).wait == 1 / 64


def test_every_scenario_of_the_catalog_has_all_modes():
    for each in load_catalog().scenarios:
        for mode in NAMES[1:]:
            assert text(mode, ModeContext(each, None, (), 80))


def test_compare_tells_before_a_run_what_a_visitor_holds():
    words = text("compare", before("slow-io"))
    assert "a worker, and there are 2" in words
    assert "no worker" in words
    assert "gunicorn-sync · WSGI" in words


# ---- a project of the user's own


@pytest.mark.parametrize("name", RUNS)
def test_lines_of_files_of_a_project_are_shown_with_their_own_numbers_and_marks(name):
    """What stands for its views is put together; here the file lies five lines further down in it."""
    sight = after(name, 120)
    views = sight.scenario.views_py
    put = "\n" * 5 + f"# views.py:1-{views.count(chr(10)) + 1}\n{views}"
    moved = dataclasses.replace(sight, scenario=replace(sight.scenario, views_py=put))
    assert text("code", moved) == text("code", sight)
    elsewhere = replace(sight.scenario, views_py=put.replace("# views.py", "# shop/views.py"))
    assert text("code", dataclasses.replace(sight, scenario=elsewhere)) != text("code", sight)


@pytest.mark.parametrize(("beside", "who"), [(True, "threads beside an event loop were"), (False, "a worker was")])
def test_who_was_blocked_while_others_stood_in_line_is_told_as_it_was_measured(beside, who):
    target = saved_run("slow-io")[0].targets[0]
    changed = replace(target, blame=[replace(line, beside_loop=beside) for line in target.blame])
    found = gain(changed)
    assert found
    assert f"while {who} blocked for 99" in gain_text(found, changed, "latency_ms.p95")


def of_own_project(sight: ModeContext) -> ModeContext:
    toml = replace(sight.scenario.toml, summary=f"{OWN_PROJECT}: shop")
    return dataclasses.replace(sight, scenario=replace(sight.scenario, toml=toml))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, " over 32 visitors"),
        ({"beside_loop": True}, " over 32 visitors, in a thread beside the loop"),
        ({"own_thread": True}, " in all, in a thread of the view's own"),
    ],
)
def test_a_time_that_is_a_sum_over_visitors_says_so(changed, words):
    target = saved_run("slow-io")[0].targets[0]
    assert over_whom(target, replace(target.blame[0], **changed)) == words
    several = replace(target, classes=[*target.classes, target.classes[0]])
    assert over_whom(several, target.blame[0]) == " over its visitors together"


def test_beside_what_a_run_says_of_a_project_no_tip_may_say_otherwise():
    sight = of_own_project(after("slow-io", 90))
    assert sight.result is not None
    answer = ProjectAnswer(
        [], [], [], None, 3, ["uvicorn beside gunicorn-sync: \x1b[31mworse\x1b[0m " + "and so on " * 30]
    )
    words = text("tips", dataclasses.replace(sight, result=replace(sight.result, answer=answer)))
    assert words.index("Your project") < words.index("uvicorn beside gunicorn-sync") < words.index("No general advice")
    assert not re.search("supported|limited|measured  ", words)
    assert not any(tip.advice in words for tip in TIPS)
    assert "\x1b" not in words
    assert max(map(len, words.splitlines())) <= 90


@pytest.mark.parametrize("sight", [before("slow-io", 90), during("slow-io", 50_000_000, 90)], ids=["before", "during"])
def test_before_a_project_has_its_answer_tips_say_when_it_comes(sight):
    words = text("tips", of_own_project(sight))
    assert "told at the end of the run" in " ".join(words.split())
    assert not any(tip.advice in words for tip in TIPS)
