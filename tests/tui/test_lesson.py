"""The lesson answers what is asked before a run: it comes with the run's end, and earlier for who asks for it."""

from __future__ import annotations

import re

import pytest
from made_app import MadeApp, recorded_race
from made_catalog import made_catalog
from msgspec import UNSET
from msgspec.structs import replace
from saved_runs import FOLDER
from seen_screen import choose, text_of, words

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results.browser import BrowserFacts
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.widgets.notes import ANY_QUESTION, card, invitation, watch_for

pytestmark = pytest.mark.anyio
LARGE = (200, 60)
TELLING = "the lanes of the two workers are full"


async def test_before_a_run_the_lesson_is_held_back_beside_the_picture_and_on_a_card():
    made = MadeApp()
    async with made.app.run_test(size=LARGE) as pilot:
        await pilot.pause()
        assert TELLING not in text_of(made)
        assert "y reads the lesson, which tells the answer." in text_of(made)
        await choose(made, pilot, "blocked-loop")
        assert TELLING not in text_of(made)
        assert "y reads the lesson, which tells the answer." in words(made, "#words")


async def test_what_to_watch_for_is_told_when_the_run_has_been_shown_and_not_before(result):
    made = MadeApp(recorded_race(result))
    async with made.app.run_test(size=LARGE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 5)
        assert TELLING not in text_of(made)
        await made.to_the_end(pilot)
        assert "Next: y lesson" in text_of(made)
        await pilot.press("escape")  # back at the list it has been run all the same
        await pilot.pause()
        assert "which tells the answer" not in text_of(made)


@pytest.mark.parametrize("size", [(120, 36), LARGE])
@pytest.mark.parametrize("as_written", [True, False])
async def test_beside_a_run_with_other_settings_a_lesson_says_that_it_does_not_speak_of_that(result, size, as_written):
    ran = result if as_written else replace(result, parameters={"io_ms": 300})
    made = MadeApp(recorded_race(ran))
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.to_the_end(pilot)
        await made.until(pilot, lambda: "Next: y lesson" in text_of(made))
        assert ("changed settings" in text_of(made).splitlines()[0]) is not as_written
        if size == LARGE:
            await pilot.press("v")  # the lesson beside the lanes
            await made.until(pilot, lambda: TELLING in text_of(made))
            assert ("It speaks of the scenario" in text_of(made)) is not as_written
        else:
            assert as_written or TELLING not in text_of(made)


def as_its_folder_said_then(run: SavedRun) -> SavedRun:
    toml = run.scenario.toml.replace("default = 200", "default = 300")
    assert toml != run.scenario.toml
    result = replace(run.result, parameters={"io_ms": 300})
    return replace(run, scenario=replace(run.scenario, toml=toml), result=result)


def of_own_project(run: SavedRun) -> SavedRun:
    toml = re.sub(r"^summary = .*$", f'summary = "{OWN_PROJECT}: shop"', run.scenario.toml, flags=re.MULTILINE)
    result = replace(run.result, load=replace(run.result.load, requests=176))
    return replace(run, scenario=replace(run.scenario, toml=toml), result=result)


def beside_a_browser(run: SavedRun) -> SavedRun:
    facts = BrowserFacts("Chrome/1", "/chrome", 32)
    load = replace(run.result.load, arrivals="closed", requests=None, concurrency=32)
    return replace(run, result=replace(run.result, load=load, browser=facts))


def with_other_visitors(run: SavedRun) -> SavedRun:
    return replace(run, result=replace(run.result, load=replace(run.result.load, requests=176)))


@pytest.mark.parametrize(
    ("changed", "is_changed"),
    [
        (as_its_folder_said_then, False),
        (of_own_project, False),
        (beside_a_browser, False),
        (with_other_visitors, True),
    ],
)
async def test_an_opened_run_is_compared_with_its_own_scenario_and_one_of_an_own_project_with_none(changed, is_changed):
    made = MadeApp()
    async with made.app.run_test(size=LARGE) as pilot:
        made.screen.runs.open(changed(read_run(FOLDER / "slow-io.avw")))
        await made.until(pilot, lambda: made.session.result is not None)
        await made.to_the_end(pilot)
        assert ("changed settings" in text_of(made).splitlines()[0]) is is_changed


async def test_y_reads_the_whole_lesson_before_a_run_and_esc_closes_it():
    made = MadeApp()
    async with made.app.run_test(size=LARGE) as pilot:
        await pilot.press("y")
        await pilot.pause()
        assert TELLING in text_of(made)
        assert "gives the event loop back" in text_of(made)
        await pilot.press("escape")
        assert made.app.screen is made.screen


@pytest.mark.parametrize(("size", "longer"), [((80, 24), True), ((120, 28), True), (LARGE, False)])
async def test_a_lesson_that_is_longer_than_its_box_says_that_it_goes_on_until_its_end_is_seen(size, longer):
    made = MadeApp(catalog=load_catalog())
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("y")
        await made.until(pilot, lambda: "esc closes" in text_of(made))
        await made.until(pilot, lambda: ("it goes on" in text_of(made)) is longer)
        await pilot.press("end")
        await made.until(pilot, lambda: "it goes on" not in text_of(made))
        assert "esc closes" in text_of(made)


def test_no_page_before_a_run_has_a_line_of_a_lesson_or_another_question_than_the_scenarios_own():
    for scenario in load_catalog().scenarios:
        assert watch_for(scenario).plain
        for page in (card(scenario).plain, invitation(scenario).plain):
            assert "What to watch for" not in page
            assert ANY_QUESTION not in page
            assert scenario.toml.predict.question.replace("`", "").replace("*", "") in page


def test_a_scenario_without_a_prediction_asks_what_can_be_asked_of_any():
    (scenario, *_) = made_catalog().scenarios
    silent = replace(scenario, toml=replace(scenario.toml, predict=UNSET))
    assert ANY_QUESTION in invitation(silent).plain
