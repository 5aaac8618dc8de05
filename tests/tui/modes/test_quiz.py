"""The quiz: explanations after the answer, predictions answered by the run, a score that is kept."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace
from saved_runs import after, before, during, saved_run, scenario

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.tui.modes.quiz import choices_now, questions, quiz, score_of
from asgi_vs_wsgi.tui.user_data import QuizAnswers

SCENARIO = scenario("slow-io")


def flowing(sight, answers=(), place=None) -> str:
    return " ".join(quiz(sight, answers, (1, 2), place).plain.split())


def test_the_explanations_come_with_the_answer_and_not_before():
    why = SCENARIO.toml.quiz[0].why[2][:40]
    assert why not in flowing(before("slow-io"), [0], 1)
    assert why in flowing(before("slow-io"), [0, 2], 1)


def test_one_question_is_shown_at_a_time_and_none_ahead_of_the_next():
    first, second, third = (question.question[:30] for question in questions(SCENARIO)[:3])
    for place in (2, 3, 99, None):
        words = flowing(before("slow-io"), [0, 2], place)
        assert third in words
        assert first not in words
        assert second not in words
    assert second in flowing(before("slow-io"), [0, 2], 1)


def test_a_guess_is_shown_again_once_the_run_has_told():
    first, second = (question.question[:30] for question in questions(SCENARIO)[:2])
    assert second in flowing(before("slow-io"), [2])
    assert first in flowing(after("slow-io"), [2])
    assert second in flowing(after("slow-io"), [2], 1)


def test_when_all_is_answered_all_is_shown():
    words = flowing(before("slow-io"), [0, 2, 1, 1])
    assert all(question.question[:30] in words for question in questions(SCENARIO))
    assert "1 guessed 2 right 3 wrong 4 right" in words
    assert "2 of 3 right here" in words


def test_the_run_answers_the_prediction_at_its_end_and_not_before():
    result, _ = saved_run("slow-io")
    words = flowing(after("slow-io"), [0])
    assert all(f"{target.name} {in_words('makespan_s', target.makespan_s)}" in words for target in result.targets)
    assert "The end of the run tells." in flowing(during("slow-io", 1_000_000_000), [0], 0)


def test_the_run_judges_the_guess_and_names_its_figure_in_words():
    assert "✓ Right." in flowing(after("slow-io"), [2])
    assert "1 right" in flowing(after("slow-io"), [2])
    wrong = flowing(after("slow-io"), [0])
    assert "✕ Wrong: it is c." in wrong
    assert "✓c" in wrong
    assert "Measured: makespan" in wrong
    assert "makespan_s" not in wrong


def test_a_run_that_did_not_do_as_the_lesson_says_judges_no_guess():
    sight = after("slow-io")
    first, *others = sight.result.targets
    broken = replace(first, law=replace(first.law, holds=False))
    words = flowing(dataclasses.replace(sight, result=replace(sight.result, targets=[broken, *others])), [0])
    assert "your guess is not judged" in words
    assert "1 guessed" in words
    assert "✓" not in words


def test_before_a_guess_it_is_told_where_the_answer_is():
    assert "Before you run it" in flowing(before("slow-io"))
    assert "the run tells." in flowing(before("slow-io"))
    recorded = flowing(after("slow-io"))
    assert "The run is over; guess all the same" in recorded
    assert "Before" not in recorded
    assert "Before it ends" in flowing(during("slow-io", 1_000_000_000))
    assert "the run has told." in recorded
    assert "✓" not in recorded


def test_the_guess_on_every_scenario_is_judged_but_where_it_depends_on_the_machine():
    unjudged = [each.name for each in load_catalog().scenarios if each.toml.predict and each.toml.predict.right is None]
    assert unjudged == ["hello-world"]


def test_answers_are_kept_and_counted(tmp_path):
    book = QuizAnswers(tmp_path / "deep" / "quiz.json")
    for answer in (0, 2, 1):
        book.give("slow-io", answer)
    again = QuizAnswers(tmp_path / "deep" / "quiz.json")
    assert again.given_to("slow-io") == [0, 2, 1]
    assert score_of(load_catalog(), again.all) == (1, 2)


def test_one_scenario_is_forgotten_or_all_are(tmp_path):
    book = QuizAnswers(tmp_path / "quiz.json")
    for name in ("slow-io", "blocked-loop", "streaming"):
        book.give(name, 1)
    book.forget("slow-io")
    assert QuizAnswers(tmp_path / "quiz.json").all == {"blocked-loop": [1], "streaming": [1]}
    book.forget()
    assert QuizAnswers(tmp_path / "quiz.json").all == {}


@pytest.mark.parametrize("content", [b"", b"not json", b'{"slow-io": "x"}', b"\xff\xfe"])
def test_a_file_of_answers_that_cannot_be_read_is_begun_anew(tmp_path, content):
    (tmp_path / "quiz.json").write_bytes(content)
    assert QuizAnswers(tmp_path / "quiz.json").given_to("slow-io") == []


def test_every_scenario_asks_something():
    for each in load_catalog().scenarios:
        assert choices_now(each, []) == len(questions(each)[0].answers)
