"""A sentence rests on a condition: of runs of every odd sort, whatever is said on the screen and in the report is so.

The conditions are worked out here anew, from what the visitors met, and not by what the product uses.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import replace as changed
from functools import cache
from statistics import median

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_odd_runs import OddRun, end_otherwise, figures_of, made_scenario, odd_run
from made_result import made_result
from made_traces import MS, on_loops, on_threads
from msgspec.structs import replace
from saved_runs import seen

from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, FAILED
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.plain_text import score_text, sentence
from asgi_vs_wsgi.tui.drawing.visitor_story import story, story_in_short
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.playback.playback import TargetPlayback
from asgi_vs_wsgi.tui.report.run_report import report
from asgi_vs_wsgi.tui.widgets.results_table import whole

SEEDS = st.integers(0, 80)
"""So many odd runs: what is said of each is worked out once for all tests here."""
SAYS_QUICK = 56
"""Hardly another of these runs calls refusals quick."""
odd = settings(max_examples=25, deadline=None)
MODES = [name for name in NAMES if name != "watch"]


@cache
def told(seed: int) -> tuple[OddRun, dict[str, str]]:
    """The run, and what is said of it by place."""
    run = odd_run(seed)
    words = {
        mode: mode_words(mode, run.sight, knobs=WhatIfFactors(), answers=[0], score=(0, 0)).plain for mode in MODES
    }
    one_column = changed(run.sight, width=50)
    words["code"] = mode_words("code", one_column, knobs=WhatIfFactors(), answers=[], score=(0, 0)).plain
    words["report"] = "\n".join(report(run.experiment, run.outcome, 120))
    words["board"] = whole(run.result, 120).plain
    words["verdict"] = run.result.verdict.words
    words["stories"] = "\n".join(_stories(run))
    return run, words


def _stories(run: OddRun):
    for trace in run.outcome.traces:
        late_ns = max(trace.visits.done_ns) + MS
        for row in range(len(trace.visits)):
            yield story(trace, row, late_ns)
            yield story_in_short(trace, row, late_ns)
        for worker in trace.workers.values():
            yield WorkerStory(trace, worker).words(late_ns)


def without_page(trace: TargetTrace, rows=None) -> list[int]:
    """Rows of those who came, did not leave, and got no 2xx."""
    visits = trace.visits
    every = range(len(visits)) if rows is None else rows
    return [
        row
        for row in every
        if visits.outcome[row] != CANCELLED and not (visits.outcome[row] == DONE and visits.status[row] // 100 == 2)
    ]


def spoilt(run: OddRun, name: str) -> bool:
    """Whether the figures of a target are not those of everybody, or not the server's own."""
    trace, target = run.trace(name), next(each for each in run.result.targets if each.name == name)
    died_or_lost = any(worker.died_ns or worker.lost for worker in trace.workers.values())
    return bool(without_page(trace)) or died_or_lost or target.driver.limited


@odd
@given(SEEDS)
def test_no_tip_is_supported_by_a_server_that_left_visitors_without_a_page(seed):
    run, words = told(seed)
    tip, unaffected = "", "Never hold the event loop"
    for line in words["tips"].splitlines():
        if line and not line.startswith(" "):
            tip = line
        found = re.match(r"  \+ supported (\S+):", line)
        if found and not tip.startswith(unaffected):
            assert not spoilt(run, found[1]), f"{tip}\n{line}"


@odd
@given(SEEDS)
def test_no_view_is_a_gain_whose_own_visitors_went_without_a_page(seed):
    run, words = told(seed)
    for view, text in _views(words["code"]).items():
        for line in text.splitlines():
            if line.startswith("+ ") and "Performance gain" in line:
                named = [target for target in run.experiment.targets if line.startswith(f"+ {target.name}")]
                target = (named or [each for each in run.experiment.targets if f"{each.name} (" in text])[0]
                trace = run.trace(target.name)
                assert not without_page(trace, _asked_for(trace, target, view)), (view, line)


def test_a_view_is_a_gain_whose_visitors_were_all_served_beside_one_that_was_not():
    run = odd_run(5)
    assert len(run.outcome.traces[1].classes) == 1
    trace = on_loops(8)
    trace.classes, trace.class_of = ("ordinary", "other"), array("H", [row % 2 for row in range(8)])
    known = made_scenario(("ordinary", "other"))
    trace.facts = replace(trace.facts, view=known.toml.targets[1].view)
    for row in range(1, 8, 2):
        end_otherwise(trace, row, "closed", 5 * MS)
    result = figures_of(trace, known.toml.targets[1])
    sight = ModeContext(known, replace(run.result, targets=[result]), [seen(trace)], 60)
    blocks = _views(mode_words("code", sight, knobs=WhatIfFactors(), answers=[], score=(0, 0)).plain)
    assert "+ “ordinary” visitors: Performance gain:" in blocks["async_page"]
    assert "+ " not in blocks["sync_page"]
    assert "4 of 4 visitors had no page: 4 had the connection closed before an answer" in " ".join(
        blocks["sync_page"].split()
    )


def _views(words: str) -> dict[str, str]:
    """Blocks of the code mode by view, which stand one below the other."""
    blocks: dict[str, str] = {}
    name = ""
    for line in words.splitlines():
        if found := re.match(r"(\w+)  on ", line):
            name = found[1]
        if name:
            blocks[name] = blocks.get(name, "") + line + "\n"
    return blocks


def _asked_for(trace: TargetTrace, target, view: str) -> list[int]:
    names = [name for name in trace.classes if target.views.get(name, target.view) == view]
    return [row for name in names for row in trace.rows_of(name)]


@odd
@given(SEEDS)
def test_nobody_is_best_or_done_first_who_did_not_serve_everybody(seed):
    run, words = told(seed)
    if winner := run.result.verdict.winner:
        assert not without_page(run.trace(winner))
    for found in re.finditer(r"(\S+) was done first", words["board"]):
        assert all(not without_page(trace) for trace in run.outcome.traces), found[0]
        assert not any(target.driver.limited for target in run.result.targets)


@odd
@given(SEEDS)
@example(SAYS_QUICK)
def test_refusals_are_called_quick_only_where_they_were_quicker_than_the_pages(seed):
    run, words = told(seed)
    everything = "\n".join(words.values())
    if "quick refusals" not in everything:
        assert seed != SAYS_QUICK
        return
    for name in re.findall(r"no verdict: (\S+): ", words["verdict"]):
        visits = run.trace(name).visits
        took = {row: visits.done_ns[row] - visits.intended_ns[row] for row in range(len(visits))}
        gone = without_page(run.trace(name))
        served = [row for row in took if row not in gone and visits.outcome[row] == DONE]
        assert served
        assert median(took[row] for row in gone) < median(took[row] for row in served)
        assert "timed out" not in words["verdict"]


@odd
@given(SEEDS)
def test_how_many_had_no_page_is_counted(seed):
    run, words = told(seed)
    for target in run.result.targets:
        trace = run.trace(target.name)
        gone = len(without_page(trace))
        of = re.findall(rf"{target.name}: (\d+) of (\d+) visitors? had no page", words["board"])
        assert set(of) == ({(str(gone), str(len(trace.visits)))} if gone else set())
        assert sum(each.requests for each in target.not_served) == gone


@odd
@given(SEEDS)
def test_a_first_byte_is_judged_only_where_everybody_was_served_and_no_paint_is_claimed(seed):
    run, words = told(seed)
    assert "of LCP" not in words["vitals"]
    for target in run.result.targets:
        line = next(line for line in words["vitals"].splitlines() if line.startswith(f"{target.name} "))
        if re.search(r" (good|poor|needs improvement) ", line):
            assert not spoilt(run, target.name)


@odd
@given(SEEDS)
def test_one_of_anything_is_one_and_no_figure_has_more_digits_than_were_measured(seed):
    _, words = told(seed)
    nouns = "visitors|requests|workers|threads|events|rounds|measurements|lanes|points|hops|turns|others"
    for place, text in words.items():
        assert not re.findall(rf"(?<![\d.,×/] )(?<![\d.,×/x])\b1 (?:{nouns})\b", text), place
        assert not re.findall(r"\d\.\d{4,}|\de\+\d", text), place
        assert "nan" not in text.split(), place


@odd
@given(SEEDS)
def test_the_sentence_of_the_end_tells_who_served_how_many(seed):
    run, _ = told(seed)
    shows = [_shown(trace) for trace in run.outcome.traces]
    for trace in run.outcome.traces:
        gone = without_page(trace)
        words = sentence([show.seen() for show in shows])[0]
        if gone:
            served = sum(
                trace.visits.outcome[r] == DONE and trace.visits.status[r] // 100 == 2 for r in range(len(trace.visits))
            )
            assert f"{trace.facts.name} " in words
            assert f"(served {served} of {len(trace.visits)}" in words


def _shown(trace: TargetTrace) -> TargetPlayback:
    show = TargetPlayback(trace)
    show.update_rows(set(range(len(trace.visits))), 0)
    show.close()
    show.position_ns = float(show.recorded_ns)
    return show


# ---- a run that is cut off


@pytest.mark.parametrize("mode", MODES)
def test_of_a_run_that_was_stopped_nothing_is_promised(mode):
    run = odd_run(1)
    half = [seen(trace, 20 * MS) for trace in run.outcome.traces]
    going_on = replace_sight(run, half, "")
    stopped = replace_sight(run, half, "was stopped")
    promises = ("come at the end", "comes at the end", "end of the run tells", "end of the run judges", "yet")
    words = mode_words(mode, stopped, knobs=WhatIfFactors(), answers=[], score=(0, 0)).plain
    assert not [promise for promise in promises if promise in words.replace("\n", " ")]
    if mode in ("compare", "tips", "quiz"):
        words = mode_words(mode, going_on, knobs=WhatIfFactors(), answers=[], score=(0, 0)).plain
        assert [promise for promise in promises if promise in words.replace("\n", " ")], "nothing is tested"


def replace_sight(run: OddRun, half, cut_off: str):
    return changed(run.sight, result=None, seen=half, cut_off=cut_off)


# ---- of those without a page, every kind has words of its own


@pytest.mark.parametrize(
    ("end", "after_ms", "said"),
    [
        ("timeout", 8000, "timed out after 8.00 s"),
        ("refused", 1, "found the connection refused after 1.0 ms"),
        ("reset", 5, "had the connection reset after 5.0 ms"),
        ("closed", 5, "had the connection closed before an answer after 5.0 ms"),
        ("503", 2, "answered 503 after 2.0 ms"),
        ("429", 2, "answered 429 after 2.0 ms"),
        ("301", 2, "answered 301 after 2.0 ms"),
    ],
)
def test_each_kind_is_told_apart_by_what_was_counted_and_how_long_it_took(end, after_ms, said):
    from asgi_vs_wsgi.scenarios.analysis.unserved import unserved, unserved_words

    trace = on_loops(6)
    for row in range(2):
        end_otherwise(trace, row, end, after_ms * MS)
    run = odd_run(0)
    target = replace(
        run.result.targets[0],
        requests=replace(
            run.result.targets[0].requests, planned=6, completed=4, failed=2, dropped=0, statuses={"200": 4}
        ),
        not_served=unserved(trace),
    )
    assert unserved_words(target).startswith("2 of 6 visitors had no page: 2 ")
    assert said in unserved_words(target)


def test_a_time_out_of_eight_seconds_is_no_quick_refusal():
    from asgi_vs_wsgi.scenarios.analysis.unserved import turned_away_quickly, unserved

    slow, quick = on_threads(6), on_threads(6)
    end_otherwise(slow, 0, "timeout", 8000 * MS)
    end_otherwise(quick, 0, "503", MS)
    target = made_result().targets[0]
    assert not turned_away_quickly(replace(target, not_served=unserved(slow)))
    assert turned_away_quickly(replace(target, not_served=unserved(quick)))


def test_the_score_on_the_border_tells_answers_that_are_no_page():
    trace = on_threads(4)
    end_otherwise(trace, 0, "429", MS)
    end_otherwise(trace, 1, "timeout", MS)
    keeper = ScoreCounter(trace)
    keeper.update_rows(range(4))
    assert "3/4 done · 1 failed · 1 no page" in score_text(keeper.score(1 << 62))
    assert trace.visits.outcome[1] == FAILED


def test_a_point_of_the_ladder_at_which_visitors_had_no_page_is_marked_and_others_are_not():
    from asgi_vs_wsgi.scenarios.results import LadderPoint
    from asgi_vs_wsgi.tui.modes.ladder_curve import NOT_OF_ALL, ladder
    from asgi_vs_wsgi.tui.report.target_tables import ladder_rows

    result = made_result()
    points = [LadderPoint("uvicorn", 8, 90.0, 95.0, 9.0), LadderPoint("uvicorn", 64, 12.0, 13.0, 9.0, 40)]
    whole_one = replace(result, ladder=points[:1])
    marked = replace(result, ladder=points)
    sight = ModeContext(made_scenario(("all",)), marked, [], 100)
    words = "\n".join(line.plain for line in ladder(sight))
    assert "95 ms  " in words
    assert "13 ms*" in words
    assert NOT_OF_ALL in words
    unmarked = "\n".join(line.plain for line in ladder(changed(sight, result=whole_one)))
    assert "*" not in unmarked
    assert "without a page" in ladder_rows(marked)[0]
    assert "without a page" not in ladder_rows(whole_one)[0]
