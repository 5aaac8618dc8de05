"""Why a run came out so is told at its end, with where to look next; what lessons name leads there."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from made_app import MadeApp, recorded_race
from msgspec import structs
from saved_runs import after, saved_run
from seen_screen import choose, text_of, words
from textual.pilot import Pilot

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import DriverFigures, MachineShare
from asgi_vs_wsgi.scenarios.scenario_files.lesson_text import Otherwise, named_in, where_otherwise
from asgi_vs_wsgi.tui.modes.tips import LETTERS, TIPS, named_scenarios, tips
from asgi_vs_wsgi.tui.widgets.lesson_links import LessonLinks

pytestmark = pytest.mark.anyio
SIZES = [(80, 24), (120, 36), (200, 60)]
CATALOG = load_catalog()
SEE = re.compile(r"\bsee `([A-Za-z0-9_-]+)`")
WHEN = "When it does not apply"
NAMES = {scenario.name for scenario in CATALOG.scenarios}


def made_run() -> MadeApp:
    result, _ = saved_run("slow-io")
    return MadeApp(recorded_race(result), catalog=CATALOG)


@asynccontextmanager
async def run_that_ended(size: tuple[int, int]) -> AsyncIterator[tuple[MadeApp, Pilot[None]]]:
    made = made_run()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        yield made, pilot


def board(made: MadeApp) -> str:
    return " ".join(words(made, "#board").split())


@pytest.mark.parametrize("size", SIZES)
async def test_at_the_end_of_a_run_it_says_why_and_the_key_of_the_lesson_is_in_the_footer(size):
    made = made_run()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 1)
        assert "Why:" not in text_of(made)
        assert "y lesson" in text_of(made)
        await made.to_the_end(pilot)
        assert "Why: each gunicorn-sync worker was blocked 99.3% of the time" in board(made)
        assert "uvicorn had 32 visitors in flight at once, awaiting" in board(made)
        assert "y lesson" in text_of(made)


@pytest.mark.parametrize("size", SIZES)
async def test_lanes_are_unfolded_in_the_place_of_figures_where_there_is_no_room_for_both(size):
    async with run_that_ended(size) as (made, pilot):
        folded = visitors_lanes(made)
        if not made.screen.check_action("press", ("fold",)):
            assert size == SIZES[-1]  # all have room
            return
        await pilot.press("z")
        await pilot.pause()
        await pilot.pause()
        made.screen.redraw()
        assert len(visitors_lanes(made)) > len(folded)
        await pilot.press("z")
        await made.until(pilot, lambda: "Why:" in text_of(made))
        assert visitors_lanes(made) == folded


def visitors_lanes(made: MadeApp) -> list[str]:
    return [line for line in text_of(made).splitlines() if re.search(r" {6,}\d+ {3}\S* *[\d▏▎▍▌▋▊▉█░]", line)]


@pytest.mark.parametrize("size", SIZES)
async def test_when_it_does_not_apply_is_told_by_the_lesson_s_words_however_little_room_there_is(size):
    """Who is first there this run does not tell: no word of "otherwise"."""
    async with run_that_ended(size) as (made, _pilot):
        told = board(made)
        assert re.search(r"hen it does not apply( \(“The page does not wait”\))?: see CPU bound", told)
        assert ("“The page does not wait”" in told) == (size != SIZES[0])
        assert "otherwise" not in told


@pytest.mark.parametrize(("limited", "told"), [(True, 1), (False, 0)])
def test_where_a_run_cannot_tell_because_visitors_were_sent_late_the_key_that_measures_again_is_told(limited, told):
    result, _ = saved_run("slow-io")
    machine, driver = MachineShare(0.7, 0.0), DriverFigures(30.0, 0.2, limited=limited)
    late = [structs.replace(each, machine=machine, driver=driver, states_ms={"late": 2e3}) for each in result.targets]
    scenario = next(each for each in CATALOG.scenarios if each.name == "slow-io")
    whole, *_ = LessonLinks(scenario, CATALOG).why(structs.replace(result, targets=late), scenario)
    assert whole.plain.count("Why: this run cannot tell: visitors of gunicorn-sync and uvicorn were sent late") == told
    assert whole.plain.count("Next: m measure again · y lesson") == told


@pytest.mark.parametrize("scenario", CATALOG.scenarios, ids=lambda each: each.name)
def test_what_is_quoted_of_a_lesson_stands_there_beside_the_scenario_that_it_leads_to(scenario):
    links = LessonLinks(scenario, CATALOG)
    if found := links.otherwise:
        flowing = " ".join(scenario.lesson_md.split("does not apply", 1)[1].split()).replace("`", "")
        bullet = next(each for each in flowing.split("- ") if found.scenario in each)
        assert bullet.startswith(found.when)
        assert "(" not in found.when


@pytest.mark.parametrize("size", SIZES)
async def test_those_who_await_are_in_view_however_little_room_there_is(size):
    """They are the difference; of those in line before a loop there was hardly one."""
    async with run_that_ended(size) as (made, _pilot):
        rows = text_of(made).splitlines()
        assert sum(" in line " in row and "most 31" in row for row in rows) == 1
        assert sum(" awaiting " in row and "most 32" in row for row in rows) == 1


@pytest.mark.parametrize("size", SIZES)
async def test_at_the_end_of_a_run_the_way_to_what_if_is_told_and_not_before(size):
    made = made_run()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 1)
        assert "9 what" not in board(made)
        await made.to_the_end(pilot)
        assert "9 what if" in board(made)
        assert ("9 what-if" in text_of(made).splitlines()[-1]) == (size != SIZES[0])
        await pilot.press("9")
        await made.until(pilot, lambda: made.screen.modes.mode == "what-if")
        assert "9 what-if" not in text_of(made).splitlines()[-1]


async def test_where_it_is_otherwise_is_pressed_and_chosen():
    async with run_that_ended((120, 36)) as (made, pilot):
        lines = text_of(made).splitlines()
        (at,) = (number for number, line in enumerate(lines) if "see CPU bound" in line)
        await pilot.click(offset=(lines[at].index("CPU bound", lines[at].index("see")) + 2, at))
        await made.until(pilot, lambda: made.screen.runs.chosen == "cpu-bound")
        assert "Enter to run" in text_of(made)


@pytest.mark.parametrize("click", [False, True])
@pytest.mark.parametrize("size", SIZES)
async def test_a_scenario_that_a_tip_names_is_told_by_its_title_and_pressed(size, click):
    async with run_that_ended(size) as (made, pilot):
        await pilot.press("7")
        await pilot.pause()
        lines = text_of(made).splitlines()
        at, found = next((at, found) for at, line in enumerate(lines) if (found := LEADS.search(line)))
        if click:
            await pilot.click(offset=(found.start() + 2, at))
        else:
            await pilot.press(found[1])
        await made.until(pilot, lambda: made.screen.runs.chosen == "blocked-loop")
        assert made.screen.modes.mode == "watch"


LEADS = re.compile(r"Blocked loop \[(\w)\]")


def test_every_scenario_that_a_tip_names_is_in_the_catalog_and_has_a_key_of_its_own():
    named = {name for tip in TIPS for name in re.findall(r"`(\D[\w-]+)`", f"{tip.see} {tip.limited}")}
    assert named == {*named_scenarios(NAMES)}
    assert len({*LETTERS}) == len(LETTERS) == len(named)
    assert not any(CATALOG.titles[name] in tip.see for tip in TIPS for name in NAMES)


def test_tips_name_nothing_to_press_that_is_not_there_and_not_the_scenario_that_is_looked_at():
    sight = after("blocked-loop")
    alone = tips(dataclasses.replace(sight, titles={"blocked-loop": "Blocked loop"})).plain
    assert "[" not in alone
    assert "slow-io confirms it" in alone
    whole = tips(dataclasses.replace(sight, titles=CATALOG.titles)).plain
    assert "Slow I/O [A] confirms it" in whole
    assert "Blocked loop [" not in whole


async def test_the_first_screen_leads_where_asgi_is_not_first():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        lines = text_of(made).splitlines()
        (at,) = (number for number, line in enumerate(lines) if "try Hello World." in line)
        await pilot.click(offset=(lines[at].index("try Hello World") + 6, at))
        await made.until(pilot, lambda: made.screen.runs.chosen == "hello-world")


async def test_a_lesson_names_scenarios_by_their_titles_and_a_letter_goes_there():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("y")
        await made.until(pilot, lambda: made.app.screen is not made.screen)
        await pilot.pause()
        text = text_of(made)
        assert "A CPU bound" in text
        assert "B Blocked loop" in text
        assert "cpu-bound" not in text
        await pilot.press("K")  # leads nowhere
        assert made.app.screen is not made.screen
        await pilot.press("B")
        await made.until(pilot, lambda: made.app.screen is made.screen)
        await made.until(pilot, lambda: made.screen.runs.chosen == "blocked-loop")
        assert "What is compared" in text_of(made)


@pytest.mark.parametrize("scenario", CATALOG.scenarios, ids=lambda each: each.name)
def test_every_scenario_that_a_lesson_names_exists_and_none_is_named_by_its_folder_alone(scenario):
    named = {each.text for each in named_in(scenario.lesson_md, NAMES) if each.is_scenario}
    own = {scenario.name, *(target.name for target in scenario.toml.targets)}
    seen = set(SEE.findall(" ".join(scenario.lesson_md.split())))
    assert seen <= NAMES | own
    links = LessonLinks(scenario, CATALOG)
    for name in named - {scenario.name}:
        assert links.titles[name] in links.code(lettered=False)(name).plain
    bare = re.sub(r"`[^`]*`", "", scenario.lesson_md)
    assert not [name for name in NAMES if "-" in name and re.search(rf"\b{name}\b", bare)]


@pytest.mark.parametrize(
    ("lesson", "expected"),
    [
        (
            "# A\n\n## Why\n\nsee `two`\n\n## When it does not apply\n\n- A\n  page. See `one`",
            Otherwise("A page", "one"),
        ),
        ("# A\n\n## Why\n\nsee `two`", None),
        (f"# A\n\n## {WHEN}\n\n- It is `one:1`.\n- It waits (see `two`)", Otherwise("It waits", "two")),
        (f"# A\n\n## {WHEN}\n\nsee `three` and `two`", Otherwise("", "two")),
        (f"# A\n\n## {WHEN}\n\n- {'long ' * 20}: `two`", Otherwise("", "two")),
        (f"# A\n\n## {WHEN}\n\n- A \x1b[31mred page: `two`", Otherwise(r"A \x1b[31mred page", "two")),
        ("", None),
    ],
)
def test_where_it_is_otherwise_is_the_first_scenario_of_that_section(lesson, expected):
    assert where_otherwise(lesson, {"one", "two"}) == expected


async def test_of_a_broken_folder_there_is_no_lesson_and_no_key_for_one(tmp_path):
    (tmp_path / "mine").mkdir()
    made = MadeApp(catalog=load_catalog((str(tmp_path),)))
    async with made.app.run_test(size=(120, 36)) as pilot:
        await choose(made, pilot, "mine")
        assert "y lesson" not in text_of(made)
