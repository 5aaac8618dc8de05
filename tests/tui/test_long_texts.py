"""A text of any length is answered as quickly as one that can be read: what is shown of it has a bound, and says so."""

from __future__ import annotations

from pathlib import Path
from time import thread_time

import pytest
from made_app import MadeApp
from made_catalog import made_catalog
from msgspec.structs import replace
from seen_screen import text_of, until_settled

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.model.scenario import MOST_CODE_BYTES, Scenario
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.wording import thousands
from asgi_vs_wsgi.tui.modes.code import LONGEST_LINE, MOST_LINES
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.widgets.notes import LONGEST_LESSON, card, lesson, watch_for

PARAGRAPH = "Some *words* of a `lesson` that go on and on until the line ends somewhere near here.\n" * 5 + "\n"
FEW_TIMES = 5


def with_lesson(text: str) -> Scenario:
    return replace(made_catalog().scenarios[0], lesson_md=text)


def cost_s(scenario: Scenario) -> float:
    """Of all that is shown of a lesson, laid out as Textual does it; the best of three."""
    costs = []
    for _ in range(3):
        begun_s = thread_time()
        for words in (lesson(scenario), watch_for(scenario), card(scenario)):
            words.wrap(100)
        costs.append(thread_time() - begun_s)
    return min(costs)


LONG = {
    "10 MB": "# X\n\n## What to watch for\n\n" + PARAGRAPH * 23_000,
    "one line": "word " * 2_000_000,
    "one word": "x" * 10_000_000,
    "lines": "a\n" * 1_000_000,
    "paragraphs": "a\n\n" * 1_000_000,
    "empty lines": "\n" * 10_000_000,
    "wide signs": "同期" * 2_000_000,
    "orders": "\x1b[2J" * 2_000_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_a_lesson_of_10_mb_costs_no_more_than_some_times_one_of_100_kb(text: str):
    short = with_lesson("# X\n\n## What to watch for\n\n" + PARAGRAPH * 230)
    assert cost_s(with_lesson(text)) < FEW_TIMES * cost_s(short)


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_what_is_not_shown_of_a_lesson_is_told_with_its_place(text: str):
    scenario = with_lesson(text)
    *_, last = lesson(scenario).plain.split("\n")
    more, _, where = last.partition(" letters more are in ")
    assert where == str(Path(scenario.folder) / "lesson.md")
    assert len(text) - LONGEST_LESSON <= int(more.replace(" ", "")) < len(text)


@pytest.mark.parametrize("text", ["", "\n", "# Only a heading", "## \r\n\r\nwords\r\n", "a" * LONGEST_LESSON])
def test_a_lesson_that_is_shown_whole_says_nothing_of_a_rest(text: str):
    assert "letters more" not in lesson(with_lesson(text)).plain
    watch_for(with_lesson(text))


def test_paragraphs_are_paragraphs_whatever_ends_their_lines():
    lessons = [
        lesson(with_lesson(end.join(["# X", "", "## A", "", "one", "two", "", "- b", ""])))
        for end in ("\n", "\r\n", "\r")
    ]
    assert lessons[0].plain == lessons[1].plain == lessons[2].plain
    assert "one two" in lessons[0].plain


def code_of(views: str) -> str:
    scenario = replace(made_catalog().scenarios[0], views_py=views)
    return mode_words(
        "code", ModeContext(scenario, None, (), 80), knobs=WhatIfFactors(), answers=(), score=(0, 0)
    ).plain


VIEW = "def sync_page(request):\n    {body}\n\n\nasync def async_page(request):\n    pass\n"


def test_of_a_view_and_of_a_line_that_are_too_long_the_beginning_is_shown_and_the_rest_counted():
    body = "x = 1\n    " * (MOST_LINES + 100)
    assert f"… and {101:,} lines more" in code_of(VIEW.format(body=body.rstrip()))
    line = f"x = '{'a b ' * LONGEST_LINE}'"
    shown = " ".join(code_of(VIEW.format(body=line)).split())
    assert f"… and {thousands(len(line) + 4 - LONGEST_LINE)} letters more" in shown


def test_code_of_10_mb_in_a_saved_run_costs_no_more_than_code_that_is_shown():
    short, long = VIEW.format(body="pass"), VIEW.format(body="pass") + "x = 1\n" * 1_700_000
    costs = []
    for views in (short, long):
        begun_s = thread_time()
        words = code_of(views)
        costs.append(thread_time() - begun_s)
    assert "views.py is too long to be shown" in words
    assert len(long) > 10 * MOST_CODE_BYTES
    assert costs[1] < FEW_TIMES * costs[0]


@pytest.mark.anyio
async def test_a_lesson_of_10_mb_opens_and_closes_as_any_other():
    made = MadeApp(catalog=Catalog((with_lesson(LONG["10 MB"]),), {}))
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("y")
        assert "of a lesson that go on" in " ".join((await until_settled(made, pilot)).split())
        made.app.screen.query_one("#lesson-text").scroll_end(animate=False)
        assert "letters more are in" in await until_settled(made, pilot)
        await pilot.press("escape")
        await until_settled(made, pilot)
        assert "letters more" not in text_of(made)
