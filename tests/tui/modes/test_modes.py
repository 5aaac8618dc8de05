"""The modes' words: of every mode, before and after a run; every figure is the result's."""

from __future__ import annotations

import pytest
from made_result import made_result
from made_traces import on_loops, on_threads

from scenarios.analysis.laws import LAWS
from scenarios.catalog import load_catalog
from scenarios.load.visits import DONE
from tui.modes import NAMES, TOOLTIPS
from tui.modes.pipeline import mean_stages_ms
from tui.modes.quiz import choices_now, questions, score_of
from tui.modes.sight import Sight
from tui.modes.what_if import WhatIf
from tui.modes.words import mode_words
from tui.quiz_book import QuizBook
from tui.report_figures import milliseconds

SCENARIO = load_catalog().find("slow-io")
SCORE = (1, 2)


def sight(*, run: bool, width: int = 90) -> Sight:
    traces = [on_threads(8), on_loops(8)] if run else []
    return Sight(SCENARIO, made_result() if run else None, traces, width)


def text(mode: str, seen: Sight, knobs: WhatIf | None = None, answers=()) -> str:
    return mode_words(mode, seen, knobs=knobs or WhatIf(), answers=answers, score=SCORE).plain


@pytest.mark.parametrize("width", [30, 76, 160])
@pytest.mark.parametrize("run", [False, True])
@pytest.mark.parametrize("mode", NAMES[1:])
def test_every_mode_says_something_before_and_after_a_run_in_any_width(mode, run, width):
    assert len(text(mode, sight(run=run, width=width))) > 40


def test_the_modes_are_nine_and_say_nine_different_things():
    assert len(NAMES) == len(TOOLTIPS) == 9
    assert len({text(mode, sight(run=True)) for mode in NAMES[1:]}) == 8


def test_compare_has_the_results_own_figures():
    words = text("compare", sight(run=True))
    for target in made_result().targets:
        assert milliseconds(target.latency_ms.p95) in words
    assert made_result().verdict.words in words


def test_the_stages_of_the_pipeline_add_up_to_the_mean_latency():
    for trace in (on_threads(8), on_loops(8)):
        visits = trace.visits
        latencies = [
            visits.done_ns[row] - visits.intended_ns[row] for row, how in enumerate(visits.outcome) if how == DONE
        ]
        assert sum(mean_stages_ms(trace)) == pytest.approx(sum(latencies) / len(latencies) / 1e6)


def test_waterfall_has_a_row_for_every_visitor_who_was_served():
    seen = sight(run=True)
    rows = [line for line in text("waterfall", seen).splitlines() if line[:6].strip().isdigit()]
    assert len(rows) == sum(trace.visits.outcome.count(DONE) for trace in seen.traces)


def test_there_is_no_figure_for_inp():
    words = text("vitals", sight(run=True))
    assert "INP" in words
    assert not any(line.startswith("INP") for line in words.splitlines())


def test_code_shows_the_views_that_the_targets_run():
    words = text("code", sight(run=False))
    assert "def sync_page" in words
    assert "async def async_page" in words


def test_what_if_with_nothing_changed_predicts_what_the_law_did():
    for target in made_result().targets:
        assert target.law.name in LAWS
    words = text("what-if", sight(run=True))
    assert "predicted" in words
    assert text("what-if", sight(run=True), WhatIf().changed("visitors", 1)) != words


def test_a_knob_has_an_end_on_both_sides():
    assert WhatIf().changed("workers", 100).workers == 64
    assert WhatIf().changed("wait", -100).wait == 1 / 64


def test_the_explanations_come_with_the_answer_and_not_before():
    before = text("quiz", sight(run=False), answers=[0])
    after = text("quiz", sight(run=False), answers=[0, 2])
    why = SCENARIO.toml.quiz[0].why[2][:40]
    assert why not in before
    assert why in after


def test_the_run_answers_the_prediction():
    words = text("quiz", sight(run=True), answers=[0])
    assert "Measured:" in words
    assert all(target.name in words for target in made_result().targets)


def test_answers_are_kept_counted_and_forgotten(tmp_path):
    book = QuizBook(tmp_path / "deep" / "quiz.json")
    for answer in (0, 2, 1):
        book.give("slow-io", answer)
    again = QuizBook(tmp_path / "deep" / "quiz.json")
    assert again.of("slow-io") == [0, 2, 1]
    assert score_of(load_catalog(), again.all) == (1, 2)
    again.reset()
    assert QuizBook(tmp_path / "deep" / "quiz.json").of("slow-io") == []


@pytest.mark.parametrize("content", [b"", b"not json", b'{"slow-io": "x"}', b"\xff\xfe"])
def test_a_file_of_answers_that_cannot_be_read_is_begun_anew(tmp_path, content):
    (tmp_path / "quiz.json").write_bytes(content)
    assert QuizBook(tmp_path / "quiz.json").of("slow-io") == []


def test_every_scenario_of_the_catalog_has_all_modes():
    for scenario in load_catalog().scenarios:
        seen = Sight(scenario, None, (), 80)
        assert choices_now(scenario, []) == len(questions(scenario)[0].answers)
        for mode in NAMES[1:]:
            assert text(mode, seen)
