"""Moving, going back and digits: by whatever keys hands know, one step at a time, and no run is lost by it."""

from __future__ import annotations

from typing import Any

import pytest
from made_app import MadeApp, recorded_race
from made_result import made_result
from seen_screen import WIDE, after_a_run, bar, chosen, text_of
from test_recents import kept
from textual import events

from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.screens.duration_notice import DurationNotice
from asgi_vs_wsgi.tui.screens.help import HelpScreen
from asgi_vs_wsgi.tui.screens.run_form import RunForm
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.note_view import Note
from asgi_vs_wsgi.tui.widgets.scenario_list import OWN, ScenarioList
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

pytestmark = pytest.mark.anyio


# ---- letters move where something is moved in


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_in_the_list_letters_and_arrows_choose_a_scenario(down: str, up: str):
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press(down)
        assert chosen(made) == "blocked-loop"
        await pilot.press(up)
        assert chosen(made) == "slow-io"
        await pilot.press("G")
        assert chosen(made) == "cpu-bound"
        await pilot.press("g", "ctrl+d")
        assert chosen(made) == "cpu-bound"
        await pilot.press("ctrl+u")
        assert chosen(made) == OWN


@pytest.mark.parametrize("size", [(80, 24), WIDE, (200, 60)])
async def test_after_a_run_keys_that_move_never_take_it_off_the_screen(size):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        await after_a_run(made, pilot)
        for key in ("j", "k", "down", "up", "g", "G", "ctrl+d", "ctrl+u", "h", "l", "pagedown", "pageup"):
            await pilot.press(key, key)
            assert chosen(made) == "slow-io", key
            assert made.screen.playing is made.session.show, key
            assert isinstance(made.screen.focused, LanesView), key


async def test_in_lanes_j_and_k_go_from_lane_to_lane_and_h_and_l_through_time():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("j")
        first = made.screen.main_area.chosen
        assert first is not None
        await pilot.press("down")
        assert made.screen.main_area.chosen != first
        await pilot.press("k")
        assert made.screen.main_area.chosen == first
        at_ns = made.session.show.position_ns
        await pilot.press("h", "h")
        earlier_ns = made.session.show.position_ns
        assert earlier_ns < at_ns
        await pilot.press("l")
        assert earlier_ns < made.session.show.position_ns < at_ns
        assert not isinstance(made.app.screen, DurationNotice)


async def test_in_a_waterfall_letters_choose_rows_and_capital_s_sorts():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("5", "j", "j", "k")
        assert isinstance(made.screen.focused, WaterfallRows)
        assert made.screen.main_area.chosen is not None
        order = made.screen.modes.order
        await pilot.press("S")
        assert made.screen.modes.order != order


async def test_in_a_text_letters_scroll_it_and_the_scenario_stays():
    made = MadeApp(recorded_race(made_result()))
    async with made.app.run_test(size=(80, 24)) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("2")
        await pilot.pause()
        note = made.screen.query_one(Note)
        assert made.screen.focused is note
        await pilot.press("j", "down")
        await made.until(pilot, lambda: note.scroll_offset.y == min(2, note.max_scroll_y))
        await pilot.press("G")
        await made.until(pilot, lambda: note.scroll_offset.y == note.max_scroll_y)
        await pilot.press("g")
        await made.until(pilot, lambda: note.scroll_offset.y == 0)
        assert chosen(made) == "slow-io"


async def test_what_if_keeps_its_letters():
    made = MadeApp(recorded_race(made_result()))
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("9", "h", "W")
        assert (made.screen.modes.knobs.threads, made.screen.modes.knobs.workers) != (1.0, 1.0)


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_the_wheel_scrolls_the_lanes_under_it_and_no_scenario(size):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("z")  # lanes that look alike are one: all of them have room
        pane = made.screen.query(LanesView).last()
        await pilot._post_mouse_events([events.MouseScrollDown], pane, offset=(5, 3))
        await made.until(pilot, lambda: pane.target.pane.scroll > 0)
        assert chosen(made) == "slow-io"
        assert made.screen.playing is made.session.show


# ---- tab


async def test_tab_goes_round_all_panes_and_back_and_the_focus_is_seen():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        panes = [made.screen.query_one(ScenarioList), *made.screen.query(LanesView)]
        seen = []
        for _ in panes:
            focused = made.screen.focused
            assert focused is not None
            rims = {pane.styles.border_top[1] for pane in panes if pane is not focused}
            assert focused.styles.border_top[1] not in rims
            seen.append(focused)
            await pilot.press("tab")
            await pilot.pause()
        assert set(seen) == set(panes)
        assert made.screen.focused is seen[0]
        await pilot.press("shift+tab")
        assert made.screen.focused is seen[-1]


# ---- esc


async def test_esc_goes_back_one_step_at_a_time_and_no_further_than_the_list():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("5", "n", "slash", "escape", "n", "5")
        assert made.screen.main_area.chosen is not None
        show = made.session.show
        steps = []
        for _ in range(4):
            await pilot.press("escape")
            await pilot.pause()
            steps.append(
                (made.screen.main_area.chosen is None, made.screen.modes.mode, made.screen.focus_control.in_list)
            )
        assert [step[0] for step in steps] == [True] * 4
        assert [step[1] for step in steps] == ["waterfall", "watch", "watch", "watch"]
        assert steps[-1][2]
        assert made.session.show is show
        assert made.screen.playing is show


async def test_while_something_runs_esc_lets_go_of_a_visitor_before_it_stops_the_run():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.until(pilot, lambda: made.session.phase is Phase.RECORDING)
        made.hold_frames()
        made.screen.redraw()
        made.screen.main_area.choose(made.session.show.targets[0], 1)
        made.screen.redraw()
        assert "esc clear" in bar(made)
        assert "esc stop" not in bar(made)
        await pilot.press("escape")
        assert made.screen.main_area.chosen is None
        assert made.link.stops == 0
        assert "esc stop" in bar(made)
        await pilot.press("escape")
        assert made.link.stops == 1


async def test_from_another_scenarios_words_esc_goes_back_to_the_run():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("escape", "down")
        await pilot.pause()
        assert made.screen.playing is None
        assert "esc the run" in bar(made)
        await pilot.press("escape")
        await pilot.pause()
        assert chosen(made) == "slow-io"
        assert made.screen.playing is made.session.show


# ---- digits are modes, also in what lies over the screen


@pytest.mark.parametrize("keys", [("y",), ("question_mark",), ("o",), ("t",), ("o", "question_mark")], ids="-".join)
async def test_a_digit_closes_a_box_in_which_nothing_is_typed_and_chooses_the_mode(keys: tuple[str, ...]):
    kept(1)
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        for key in keys:
            below = made.app.screen
            await pilot.press(key)
            await made.until(pilot, lambda below=below: made.app.screen is not below)
        await pilot.press("3")
        await made.until(pilot, lambda: made.app.screen is made.screen)
        assert made.screen.modes.mode == "compare"
        assert not made.session.running


async def test_where_words_to_find_are_typed_digits_are_letters():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("question_mark", "slash", "3")
        await made.until(pilot, lambda: "/3" in text_of(made))
        assert isinstance(made.app.screen, HelpScreen)
        assert made.screen.modes.mode == "watch"


async def test_in_a_form_digits_are_letters_and_help_over_it_leaves_it_as_it_is():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("x")
        await made.until(pilot, lambda: isinstance(made.app.screen, RunForm))
        form: Any = made.app.screen
        assert isinstance(form, RunForm)
        form.query_one("#field-requests").focus()
        await pilot.press("end", "3")
        await made.until(pilot, lambda: form.values["requests"].endswith("3"))
        await pilot.press("f1")
        await made.until(pilot, lambda: isinstance(made.app.screen, HelpScreen))
        await pilot.press("3")
        await pilot.pause()
        assert form in made.app.screen_stack
        assert made.screen.modes.mode == "watch"
