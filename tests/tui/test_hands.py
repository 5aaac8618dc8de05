"""Moving, filtering and going back: by whatever keys hands know, one step at a time, and no run is lost by it."""

from __future__ import annotations

from typing import Any

import pytest
from made_app import MadeApp, recorded_race
from made_result import made_result
from seen_screen import WIDE, text_of
from test_recents import kept
from textual import events
from textual.widgets import Static

from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.screens.command_palette import LabCommands
from asgi_vs_wsgi.tui.screens.duration_notice import DurationNotice
from asgi_vs_wsgi.tui.screens.help import HelpScreen
from asgi_vs_wsgi.tui.screens.run_form import RunForm
from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.note_view import Note
from asgi_vs_wsgi.tui.widgets.scenario_list import OWN, ScenarioList
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

pytestmark = pytest.mark.anyio


def chosen(made: MadeApp) -> str:
    option = made.screen.query_one(ScenarioList).highlighted_option
    return str(option.id) if option else ""


def listed(made: MadeApp) -> list[str | None]:
    return [option.id for option in made.screen.query_one(ScenarioList).options if option.id]


def bar(made: MadeApp) -> str:
    return str(made.screen.query_one(KeyBar).render())


async def after_a_run(made: MadeApp, pilot) -> None:
    await pilot.press("enter")
    await made.to_the_end(pilot)


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


# ---- / filters


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_typing_narrows_the_list_and_enter_takes_the_scenario_without_running_it(size):
    made = MadeApp()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("slash", *"loop")
        assert listed(made) == ["blocked-loop"]
        await pilot.pause()
        assert "/loop" in text_of(made)
        assert "esc clears" in bar(made)
        assert "quit" not in bar(made)
        await pilot.press("enter")
        assert len(listed(made)) == 4
        assert "enter run" in bar(made)
        assert chosen(made) == "blocked-loop"
        assert made.session.phase is Phase.STILL


async def test_letters_that_are_keys_are_letters_while_somebody_types():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("slash", *"cpu", "space", *"bq", "backspace")
        assert made.app.is_running
        assert listed(made) == ["cpu-bound"]
        await pilot.press("x")
        assert listed(made) == []
        await pilot.press("escape")
        assert (len(listed(made)), chosen(made)) == (4, "slow-io")


def in_one_piece(made: MadeApp, typed: str) -> None:
    """As a paste, or a slow line, brings it: no key waits until the one before has been obeyed."""
    for sign in typed:
        made.app.post_message(events.Key("slash" if sign == "/" else sign, sign))


@pytest.mark.parametrize("size", [(80, 24), WIDE])
@pytest.mark.parametrize("shown", ["list", "run", "run and list"])
async def test_what_comes_in_one_piece_with_a_slash_is_typed_and_no_command(size, shown: str):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        if shown != "list":
            await after_a_run(made, pilot)
        if shown == "run and list":
            await pilot.press("escape")
        await pilot.pause()
        in_one_piece(made, "/cp/")
        await made.until(pilot, lambda: "/cp/" in text_of(made))
        assert made.app.screen is made.screen


@pytest.mark.parametrize(("key", "words"), [("o", "Recent runs"), ("question_mark", "Help")])
async def test_in_boxes_over_the_screen_it_is_typed_too(key: str, words: str):
    kept(1)
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press(key)
        await made.until(pilot, lambda: words in text_of(made))
        in_one_piece(made, "/oq/")
        await made.until(pilot, lambda: "/oq/" in text_of(made))


async def test_the_list_comes_back_to_be_filtered_after_a_run_and_esc_leads_back_to_that():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("slash", *"cpu")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).display
        await pilot.press("escape")
        await pilot.pause()
        assert made.screen.playing is made.session.show


async def test_recent_runs_are_narrowed_and_the_right_one_is_opened():
    kept(1, 2)
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("o", "slash", *"no such run")
        await pilot.pause()
        assert made.app.screen.query_one("#runs").options == []  # type: ignore[attr-defined]
        await pilot.press(*["backspace"] * 11, *"slow")
        assert len(made.app.screen.query_one("#runs").options) == 2  # type: ignore[attr-defined]
        await pilot.press("enter", "j", "enter")
        await made.all_told(pilot)
        assert made.session.phase is Phase.OVER


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_is_searched_for_a_word(key: str):
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press(key, "slash", *"INSTALLED")
        assert isinstance(made.app.screen, HelpScreen)
        text = str(made.app.screen_stack[-1].query_one(Static).content)
        assert "rank every installed server" in text
        assert "Zoom in" not in text
        await pilot.press("enter", "escape")
        assert "Zoom in" in str(made.app.screen_stack[-1].query_one(Static).content)
        await pilot.press("escape")
        assert made.app.screen is made.screen


async def test_the_palette_finds_scenarios_recent_runs_themes_and_commands():
    kept(1)
    made = MadeApp()
    async with made.app.run_test(size=WIDE):
        palette = LabCommands(made.screen)
        await palette.startup()
        found = [words for words, _, _ in palette._entries()]
        for begins in (
            "Run Blocked loop",
            "Open Slow I/O, measure of ",
            "Theme lab-light",
            "Tournament (t)",
            "Present (f5)",
        ):
            assert any(words.startswith(begins) for words in found), begins
        opened = next(command for words, _, command in palette._entries() if words.startswith("Open Slow"))
        opened()
        assert made.session.options is not None


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
