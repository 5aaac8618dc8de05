"""The modes on the screen: keys, scrolling, sorting, and what is told when."""

from __future__ import annotations

import pytest
from made_app import MadeApp
from made_modes import on_screen
from saved_runs import RUNS, saved_run, scenario
from seen_screen import mode_says as words
from seen_screen import text_of

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.planning.load import has_ladder, ladder_steps
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.quiz import questions
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.widgets.main_area import MainArea
from asgi_vs_wsgi.tui.widgets.note_view import Note
from asgi_vs_wsgi.tui.widgets.ruler import LegendLine
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

pytestmark = pytest.mark.anyio


def lines(made: MadeApp) -> list[str]:
    """What the waterfall shows."""
    rows = made.screen.query_one(WaterfallRows)
    return [rows.render_line(y).text for y in range(rows.size.height)]


@pytest.mark.parametrize("name", RUNS)
async def test_a_replay_has_the_figures_of_the_saved_result_in_its_modes(name):
    result, _ = saved_run(name)
    async with on_screen(name) as (made, pilot):
        await pilot.press("3")
        told = " ".join(words(made).split())
        assert result.verdict.words in told
        assert all(milliseconds(target.latency_ms.p95) in told for target in result.targets)
        await pilot.press("6")
        assert all(milliseconds(target.ttfb_ms.p75) in words(made) for target in result.targets)


async def test_while_a_run_is_shown_no_mode_tells_its_end():
    result, _ = saved_run("slow-io")
    async with on_screen("slow-io", seconds=1.0) as (made, pilot):
        for key in "234678":  # what-if may well predict the same figure
            await pilot.press(key)
            assert milliseconds(result.targets[0].latency_ms.p95) not in words(made)
            assert "Verdict" not in words(made)


async def test_the_knobs_of_what_if_are_back_at_1_when_another_run_is_opened():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("9", "W")
        assert "workers 2 → 4" in words(made).replace("\u00a0", " ")
        made.screen.runs.watch_replay()
        await pilot.pause()
        assert "workers 2 " in words(made).replace("\u00a0", " ")


async def test_the_waterfall_shows_all_targets_at_once_and_scrolls_to_the_rest():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("5")
        await pilot.pause()
        rows = made.screen.query_one(WaterfallRows)
        shown = lines(made)
        titles = [at for at, line in enumerate(shown) if line.startswith(("WSGI", "ASGI"))]
        assert len(titles) == 2
        assert all(shown[at + 1].split()[0] == "1" for at in titles)
        in_view = [sum(line.rstrip().endswith(" s") and not line.startswith(("W", "A")) for line in shown)]
        assert f"… {32 - in_view[0] // 2} more" in "".join(shown)
        await pilot.press("end")
        assert [line.split()[0] for line in lines(made)[titles[1] - 2 : titles[1] - 1]] == ["32"]
        assert "above" in lines(made)[titles[1] - 1]
        await pilot.press("home", "pagedown")
        assert lines(made)[1].split()[0] == str(1 + rows.places.blocks[0].shown)


async def test_k_sorts_the_waterfall_and_nothing_else():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("S")
        assert made.screen.modes.order == "arrival"
        await pilot.press("5", "S", "S")
        assert made.screen.modes.order == "duration"
        of_one = lines(made)[1 : lines(made).index(next(line for line in lines(made) if line.startswith("ASGI")))]
        took = [float(line.split()[-2]) for line in of_one if line.rstrip().endswith(" s")]
        assert took == sorted(took, reverse=True)


async def test_k_is_not_taken_where_there_is_no_run_to_be_sorted():
    made = MadeApp(catalog=Catalog((scenario("slow-io"),), {}))
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5", "S")
        assert made.screen.modes.order == "arrival"


@pytest.mark.parametrize("size", ["80x24", "120x36"])
@pytest.mark.parametrize("sorts", range(4))
async def test_a_chosen_visitor_is_in_view_in_whatever_order_beside_its_own_story(size, sorts):
    async with on_screen("slow-io", size) as (made, pilot):
        await pilot.press("5", *["S"] * sorts)
        for keys in ("n", "pp"):  # the first, and past nobody the last
            await pilot.press(*keys)
            await pilot.pause()
            assert made.screen.query_one(MainArea).tells_story
            assert any("▸" in line for line in lines(made))


async def test_who_was_scrolled_away_from_is_left_there_when_the_window_changes():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("5", "n", "end")
        await pilot.resize_terminal(80, 26)
        await pilot.pause()
        assert not any("▸" in line for line in lines(made))


async def test_a_row_of_the_waterfall_tells_the_story_of_its_visitor():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("5")
        await pilot.pause()
        await pilot.press("down", "down", "down")
        assert made.screen.query_one(MainArea).chosen[1] == 3
        await pilot.click(WaterfallRows, offset=(3, 4))
        assert made.screen.query_one(MainArea).chosen[1] == 4
        await pilot.press("1")
        assert made.screen.query_one(MainArea).chosen[1] == 4


async def test_figures_that_go_on_do_not_scroll_a_mode_back():
    async with on_screen("streaming", seconds=0.5) as (made, pilot):
        await pilot.press("7", "pagedown")
        note = made.screen.query_one(Note)
        assert note.scroll_y > 0
        made.session.show.to_end()
        made.screen.redraw()
        await pilot.pause()
        assert note.scroll_y > 0
        await pilot.press("4")
        assert note.scroll_y == 0


async def test_the_legend_of_the_lanes_is_there_only_where_lanes_are():
    async with on_screen("slow-io") as (made, pilot):
        shown = {}
        for place, name in enumerate(NAMES, 1):
            await pilot.press(str(place))
            await pilot.pause()
            shown[name] = made.screen.query_one(LegendLine).region.area > 0
        assert {name for name, area in shown.items() if area} == {"watch", "what-if"}


async def test_where_visitors_come_at_a_rate_what_if_has_no_lanes_and_no_legend_before_it_can_simulate():
    async with on_screen("connections", seconds=0.5) as (made, pilot):
        await pilot.press("9")
        await pilot.pause()
        assert made.screen.query_one(LegendLine).region.area == 0
        made.session.show.to_end()
        made.screen.frames.ask()
        await made.until(pilot, lambda: made.screen.query_one(LegendLine).region.area)


async def test_the_legend_is_whole_on_a_small_terminal():
    async with on_screen("blocked-loop", "80x24") as (made, pilot):
        await pilot.press("1")
        await pilot.pause()
        region = made.screen.query_one(LegendLine).region
        line = made.screen._compositor.render_strips()[region.y].text
        assert line.rstrip().endswith("┄ answered")


async def test_the_header_tells_the_settings_of_the_run_and_not_those_of_the_folder():
    async with on_screen("slow-io") as (made, pilot):
        result, _ = saved_run("slow-io")
        assert "200 ms" in str(made.screen.query_one("#head").render())
        made.session.result = type(result)(
            **{field: getattr(result, field) for field in result.__struct_fields__} | {"parameters": {"io_ms": 400}}
        )
        made.screen.redraw()
        await pilot.pause()
        assert "400 ms" in str(made.screen.query_one("#head").render())


async def test_l_measures_the_ladder_and_shows_compare():
    made = MadeApp(catalog=Catalog((scenario("slow-io"), scenario("fast-and-slow")), {}))
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("l", "enter")
        await pilot.pause()
        assert made.screen.modes.mode == "compare"
        assert made.link.started[-1].ladder == (1, 2, 4, 8, 16, 32)
        assert not made.link.started[-1].race
        await made.all_told(pilot)
        await pilot.press("escape", "down", "l")
        assert len(made.link.started) == 1


def test_a_ladder_reaches_the_scenarios_own_number_of_visitors():
    for name, top in (("slow-io", 32), ("streaming", 8), ("hello-world", 8), ("thread-explosion", 64)):
        assert ladder_steps(scenario(name).toml.load)[-1] == top
    assert not has_ladder(scenario("fast-and-slow").toml.load)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
@pytest.mark.parametrize("name", RUNS)
async def test_the_nine_modes_are_nine_different_pictures_and_none_is_empty(name, size):
    async with on_screen(name, size) as (made, pilot):
        stages = []
        for place in range(1, 10):
            await pilot.press(str(place))
            await pilot.pause()
            region = made.screen.query_one(MainArea).region
            strips = made.screen._compositor.render_strips()[region.y : region.bottom]
            stages.append("\n".join(strip.text[region.x :].rstrip() for strip in strips))
        assert len(set(stages)) == 9
        assert all(len(stage.split()) > 20 for stage in stages)


async def test_the_quiz_goes_from_question_to_question_by_keyboard():
    asked = questions(scenario("slow-io"))
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("8", "c")  # the run was recorded when its guess had no right answer yet
        assert "None is marked as right" in words(made)
        await pilot.press("d", "c")  # a second answer to the same question is none
        assert made.screen.modes.book.given_to("slow-io") == [2]
        for question in asked[1:]:
            await pilot.press("n")
            assert question.question[:30] in words(made)
            await pilot.press("abcd"[question.right])
            assert "✓ Right." in words(made)
            assert question.why[question.right][:20] in " ".join(words(made).split())
        await pilot.press("n")
        assert all(each.question[:30] in " ".join(words(made).split()) for each in asked)
        await pilot.press("p")
        assert asked[-1].question[:30] in words(made)
        await pilot.press("x")
        assert made.screen.modes.book.all == {}
        assert asked[0].question[:30] in words(made)


async def test_the_quiz_and_the_knobs_work_with_the_mouse():
    async with on_screen("slow-io", "120x36") as (made, pilot):
        await pilot.press("8")
        await click(made, pilot, "b  on both")
        assert made.screen.modes.book.given_to("slow-io") == [1]
        await click(made, pilot, "n goes on")
        assert questions(scenario("slow-io"))[1].question[:30] in words(made)
        await click(made, pilot, "1 guessed")
        assert "Your guess" in words(made)
        await pilot.press("9")
        await click(made, pilot, "W")
        assert "workers 2 → 4" in words(made).replace("\u00a0", " ")


async def click(made: MadeApp, pilot, text: str) -> None:
    """On the first place where it stands."""
    await pilot.pause()
    rows = text_of(made).splitlines()
    y = next(at for at, row in enumerate(rows) if text in row)
    await pilot.click(offset=(rows[y].index(text), y))
    await pilot.pause()


@pytest.mark.parametrize("size", ["120x36", "80x24"])
async def test_the_legend_joins_its_words_with_those_of_the_rows_where_there_is_room(size):
    async with on_screen("blocked-loop", size) as (made, _pilot):
        told = str(made.screen.query_one(LegendLine).render())
        assert ("awaiting (set aside)" in told) is (size == "120x36")
        assert ("stalled (held up)" in told) is (size == "120x36")


async def test_the_legend_tells_of_no_sign_that_is_not_on_the_screen():
    async with on_screen("slow-io") as (made, _pilot):
        assert "┄" not in str(made.screen.query_one(LegendLine).render())
    async with on_screen("blocked-loop", "120x36") as (made, pilot):
        assert "answered, not ended yet" in str(made.screen.query_one(LegendLine).render())
        await pilot.press("0")
        made.screen.frames.frame()
        made.screen.redraw()
        assert "┄" not in str(made.screen.query_one(LegendLine).render())
