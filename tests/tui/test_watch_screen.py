"""The Watch screen: what it offers, what its keys do, what it says when things go well or wrong."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from made_app import MadeApp, recorded_race
from msgspec.structs import replace
from saved_runs import FOLDER
from textual.widgets import Static

from scenarios.catalog import Catalog, load_catalog
from scenarios.lab.messages import Failure, News, Progress
from scenarios.result import CheckResult
from scenarios.saved.reading import read_run
from tui.exports.fonts import FOLDERS_VARIABLE, NoFont, fonts_for
from tui.screens.help import HelpScreen
from tui.session import Phase
from tui.widgets.edge_line import EdgeLine
from tui.widgets.key_bar import KeyBar
from tui.widgets.lanes_view import LanesView
from tui.widgets.result_board import ResultBoard
from tui.widgets.scenario_list import ScenarioList
from tui.widgets.stage import Note

pytestmark = pytest.mark.anyio
WIDE = (120, 36)


def words(made: MadeApp, selector: str) -> str:
    widget = made.screen.query_one(selector)
    return str(widget.render())


def text_of(made: MadeApp) -> str:
    """The screen as one would read it aloud."""
    return "\n".join("".join(segment.text for segment in strip) for strip in made.screen._compositor.render_strips())


async def test_the_first_screen_has_the_list_a_labelled_picture_and_a_question():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        text = text_of(made)
        assert "Slow I/O" in text
        assert "recorded earlier" in text
        assert "Enter to run. Which finishes first, and by how much? Not always ASGI:" in text
        assert len(made.screen.query(LanesView)) == 2
        assert "32/32 done" in text
        assert made.link.asked == 0


async def test_before_a_run_nothing_happens_at_all():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert made.screen.resting


async def test_enter_runs_a_race_where_that_is_fair_and_a_measurement_where_not():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        unfair = next(scenario for scenario in made.screen.catalog.scenarios if not scenario.toml.race)
        await choose(made, pilot, unfair.name)
        await pilot.press("enter")
        await made.all_told(pilot)
        started = [(options.scenario, options.race) for options in made.link.started]
        assert started == [("slow-io", True), (unfair.name, False)]


async def choose(made: MadeApp, pilot, name: str) -> None:
    scenarios = made.screen.query_one(ScenarioList)
    scenarios.highlighted = scenarios.get_option_index(name)
    await pilot.press("escape")
    await pilot.pause()


@pytest.mark.parametrize("key", ["enter", "m", "t"])
async def test_after_a_run_the_highlight_says_what_is_shown_and_run(key: str):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("down")
        await pilot.pause()
        chosen = made.screen.query_one(ScenarioList).highlighted_option.id
        assert chosen != "slow-io"
        assert made.screen.scenario.name == chosen
        assert "What is compared" in words(made, "#words")
        await pilot.press(key)
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["slow-io", chosen]


async def test_the_run_comes_back_with_its_place_in_the_list():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("down", "up")
        await pilot.pause()
        assert made.screen.playing is made.session.show


async def test_where_the_list_is_folded_away_the_arrows_move_no_hidden_cursor():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("down", "down")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).highlighted_option.id == "slow-io"
        assert made.screen.playing is made.session.show
        await pilot.press("enter")
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["slow-io", "slow-io"]


async def test_a_scenario_that_is_run_by_name_is_highlighted():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        made.screen.run_scenario("blocked-loop")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).highlighted_option.id == "blocked-loop"
        assert not made.screen._browsing


async def test_m_measures_in_rounds():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("m")
        await made.all_told(pilot)
        assert made.link.started[0].rounds == 3
        assert not made.link.started[0].race


async def test_progress_is_always_in_view():
    news = [News(0, Progress("starting", "starting gunicorn-sync and uvicorn"), running=True) for _ in range(3)]
    made = MadeApp([*news, *[News(0, running=True)] * 500])
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        for _ in range(6):
            await pilot.pause(0)
            made.screen.frame()
        await pilot.pause()
        assert "starting gunicorn-sync and uvicorn" in text_of(made)
        assert "Starting gunicorn-sync and uvicorn" in words(made, "#words")


async def test_the_run_is_shown_slowly_and_says_so():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 3)
        assert re.search(r"recorded live · shown at 1/6 · 0\.[45]\d s", words(made, "#head"))
        assert re.search(r"in line: gunicorn-sync \d+, uvicorn 0", words(made, "#status"))
        assert re.search(r"set aside: uvicorn \d+", words(made, "#status"))
        assert not made.screen.query_one(ResultBoard).display


async def test_lanes_out_of_view_are_counted_on_the_border_and_workers_keep_their_names():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 3)
        assert re.search(r"╰─ [1-9]\d* more lanes.* ─.*done", text_of(made))
        assert "w1 +" not in text_of(made)


async def test_the_figures_come_when_everything_has_been_shown(result):
    made = MadeApp(recorded_race(result))
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        board = words(made, "#board")
        assert "uvicorn is 14 times better: 0.23 s against 3.23 s (median of 3 rounds)" in board
        assert "one-per-worker" in board
        assert "3.20 s" in board
        assert board.count("holds") == 2
        assert made.screen.query_one(ResultBoard).display
        assert made.screen.resting


async def test_the_board_counts_checks_and_names_those_that_do_not_hold(result):
    fine = CheckResult("stays in its thread", "hops_per_request", "== 0", 0, True)
    broken = CheckResult("never leaves its loop", "hops_per_request", "== 0", 2.0, False)
    first, second = result.targets
    targets = [replace(first, checks=[fine]), replace(second, checks=[fine, broken])]
    made = MadeApp(recorded_race(replace(result, targets=targets)))
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        board = words(made, "#board")
        assert "1/1 hold" in board
        assert "1/2 hold" in board
        assert f"does not hold: {second.name}: never leaves its loop (hops_per_request == 0; measured 2)" in board


async def test_after_the_end_the_clock_rests_and_nothing_is_asked():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        asked = made.link.asked
        assert made.screen.resting
        await pilot.press("r")
        assert not made.screen.resting
        assert made.session.show.position_ns == 0
        assert made.link.asked == asked


async def test_space_holds_the_playhead_and_the_recording_goes_on():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await pilot.pause(0)
        for _ in range(20):
            await pilot.pause(0)
            made.screen.frame()
        await pilot.press("space")
        await made.all_told(pilot)
        assert made.session.show.paused
        assert made.session.show.targets[0].over_ns > 0
        assert made.session.show.position_ns == 0
        await pilot.press("space")
        await made.until_shown(pilot, 2)
        assert made.session.show.position_ns > 0


async def test_keys_step_speed_zoom_and_fit():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        show, view = made.session.show, made.screen.view
        await pilot.press("left")
        assert show.position_ns < show.extent_ns
        at_ns = show.position_ns
        await pilot.press("right")
        assert show.position_ns > at_ns
        await pilot.press("r", "full_stop", "full_stop", "comma")
        assert show.chosen
        await pilot.press("plus", "plus", "minus")
        assert view.zoom == 1
        await pilot.press("f")
        assert view.zoom == 0
        await pilot.press("e")
        assert show.at_end


async def test_escape_stops_a_run_and_then_leads_back_to_the_list():
    made = MadeApp([*recorded_race()[:6], *[News(0, running=True)] * 300])
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        for _ in range(10):
            await pilot.pause(0)
            made.screen.frame()
        assert not made.screen.query_one(ScenarioList).display
        await pilot.press("escape")
        await made.all_told(pilot)
        assert made.link.stops == 1
        assert made.session.phase is Phase.STOPPED
        await pilot.pause()
        assert "stopped" in words(made, "#status")
        await pilot.press("escape")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).display
        assert made.screen.query_one(ScenarioList).has_focus


@pytest.mark.parametrize(("size", "folded"), [((80, 24), True), ((120, 36), False), ((200, 60), False)])
async def test_the_list_folds_away_only_where_there_is_little_room(size, folded):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).display is not folded


async def test_a_failure_says_what_happened_the_servers_last_lines_and_what_to_try():
    failure = Failure("uvicorn did not start: it ended with status 1", "ImportError: no views", "mend what they name")
    made = MadeApp([News(0, Progress("failed", "x"), failure=failure)])
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await pilot.pause()
        text = text_of(made)
        assert all(part in text for part in ("Uvicorn did not start", "ImportError: no views", "Mend what they name"))
        await pilot.press("enter")
        await made.all_told(pilot)
        assert len(made.link.started) == 2


async def test_a_lab_that_dies_is_told_and_can_be_started_again():
    made = MadeApp(recorded_race(), dies_after=8)
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await pilot.pause()
        assert "The lab process was ended by SIGKILL" in text_of(made)
        await pilot.press("enter")
        await made.all_told(pilot)
        assert len(made.link.started) == 2


async def test_a_scenario_that_was_not_run_shows_its_card():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await choose(made, pilot, "blocked-loop")
        assert made.screen.query_one(Note).display
        assert "What is compared" in words(made, "#words")
        await choose(made, pilot, "slow-io")
        assert not made.screen.query_one(Note).display


async def test_a_broken_folder_is_listed_with_its_reason(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    catalog: Catalog = load_catalog((str(tmp_path),))
    made = MadeApp(catalog=catalog)
    async with made.app.run_test(size=WIDE) as pilot:
        await choose(made, pilot, "mine")
        assert "scenario.toml" in words(made, "#words")
        await pilot.press("enter")
        assert made.link.started == []


async def test_the_mouse_chooses_and_runs():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.click(KeyBar, offset=(3, 0))
        await pilot.pause()
        assert made.session.phase is not Phase.STILL
        await made.all_told(pilot)
        await pilot.press("escape")
        row = made.screen.query_one(ScenarioList).get_option_index("blocked-loop")
        await pilot.click(ScenarioList, offset=(6, row + 1))
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["slow-io", "blocked-loop"]


async def test_help_explains_what_has_the_focus():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("question_mark")
        assert isinstance(made.app.screen, HelpScreen)
        assert "choose a scenario" in str(made.app.screen.query_one(Static).content)
        await pilot.press("escape")
        made.screen.query(LanesView).first().focus()
        await pilot.press("question_mark")
        assert "Each row is a place" in str(made.app.screen.query_one(Static).content)


async def test_a_picture_is_saved_beside_and_never_over_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("s", "s")
        await made.app.workers.wait_for_complete()
    names = {path.name for path in tmp_path.iterdir() if path.suffix == ".svg"}
    assert names == {"asgi-vs-wsgi-1.svg", "asgi-vs-wsgi-2.svg"}


def said(made: MadeApp) -> str:
    return " ".join(note.message for note in made.app._notifications)


async def test_a_picture_is_an_svg_and_a_png_where_there_is_a_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    try:
        fonts_for("")
    except NoFont:
        pytest.skip("no monospace font on this machine")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asgi-vs-wsgi-1.png").write_text("another picture")
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("s")
        await made.app.workers.wait_for_complete()
        assert said(made) == f"saved asgi-vs-wsgi-2.svg and asgi-vs-wsgi-2.png in {tmp_path}"
    assert (tmp_path / "asgi-vs-wsgi-2.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "asgi-vs-wsgi-1.png").read_text() == "another picture"


async def test_without_a_font_there_is_an_svg_and_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tmp_path))
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("s")
        await made.app.workers.wait_for_complete()
        assert said(made).startswith(f"saved {tmp_path}/asgi-vs-wsgi-1.svg; no PNG: a PNG needs a monospace font")
        assert "apt-get install" in said(made)
    assert [path.name for path in tmp_path.iterdir()] == ["asgi-vs-wsgi-1.svg"]


async def test_what_was_said_of_one_picture_is_not_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        for _ in range(2):
            await pilot.press("s")
            await made.app.workers.wait_for_complete()
            await pilot.pause()
            assert "saved" in text_of(made)
    assert "saved" not in (tmp_path / "asgi-vs-wsgi-2.svg").read_text()


async def test_a_picture_that_cannot_be_saved_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tui.app.save_picture", _refuse)
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("s")
        await made.app.workers.wait_for_complete()
        assert said(made) == "the picture was not saved: Permission denied"


def _refuse(svg: str, folder: Path) -> Path:
    raise PermissionError(13, "Permission denied")


async def test_every_action_is_in_the_command_palette():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"blocked loop")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["blocked-loop"]


async def test_lanes_scroll_and_keep_their_count_in_view():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        lanes = made.screen.query(LanesView).last()
        lanes.focus()
        before = text_of(made)
        assert "more" in before
        await pilot.press("down", "down", "down")
        await pilot.pause(0.3)
        assert lanes.target.pane.scroll > 0
        assert text_of(made) != before
        assert "more" in text_of(made)


async def until_settled(made: MadeApp, pilot) -> str:
    """The text once it stays the same: the first layouts follow one another."""
    shown = ""
    while shown != (now := text_of(made)):
        shown = now
        await pilot.pause(0.1)
    return shown


@pytest.mark.parametrize("theme", ["lab-light", "nord", "textual-light"])
async def test_lanes_are_drawn_under_any_theme(theme: str):
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        before = await until_settled(made, pilot)
        made.app.theme = theme
        await pilot.pause(0.2)
        assert text_of(made) == before


async def test_no_word_is_clipped_on_a_small_terminal():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        assert "…" not in text_of(made)
        assert all(isinstance(widget, EdgeLine) for widget in made.screen.query("#head, #status"))


KEYS = (
    *("enter", "m", "escape", "space", "r", "e", "left", "right", "comma", "full_stop", "plus", "minus", "f"),
    *("question_mark", "tab", "up", "down", "pageup", "pagedown", "home", "end", "x"),
    *"123456789abcdwWhHvViI",
)


@pytest.mark.parametrize("seed", range(4))
async def test_any_keys_in_any_order_do_no_harm(seed: int, result):
    pick = random.Random(seed)
    made = MadeApp(recorded_race(result))
    size = pick.choice([(80, 24), (120, 36), (200, 60), (30, 8)])
    async with made.app.run_test(size=size) as pilot:
        for _ in range(40):
            await pilot.press(pick.choice(KEYS))
            made.clock.now_s += pick.choice([0.0, 0.03, 0.3, 3.0])
            made.screen.frame()
        if pick.random() < 0.5:
            await pilot.resize_terminal(pick.randint(10, 200), pick.randint(4, 60))
        await pilot.pause()
        assert made.app.is_running


async def test_j_steps_from_event_to_event_and_names_it():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        show = made.session.show
        await pilot.press("0")
        assert show.position_ns == 0
        assert show.paused
        await pilot.press("j", "j")
        first = show.position_ns
        assert re.search(r"(uvicorn|gunicorn-sync): visitor \d+ is (in line|taken up)", words(made, "#status"))
        await pilot.press(*["j"] * 70)
        assert show.position_ns > first
        assert re.search(r": visitor \d+ ", words(made, "#status"))
        await pilot.press(*["J"] * 70)
        assert show.position_ns == first


async def test_the_mouse_moves_the_playhead_on_the_ruler():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        show, ruler = made.session.show, made.screen.query_one("#ruler")
        middle = ruler.size.width // 2
        await pilot.mouse_down(ruler, offset=(middle, 0))
        at_ns = show.position_ns
        assert 0.3 * show.extent_ns < at_ns < 0.6 * show.extent_ns
        await pilot.hover(ruler, offset=(middle + 10, 0))
        assert show.position_ns > at_ns
        await pilot.mouse_up(ruler, offset=(middle - 10, 0))
        assert show.position_ns < at_ns
        assert made.screen.view.held is None
        await pilot.hover(ruler, offset=(middle + 20, 0))
        assert show.position_ns < at_ns


async def test_while_the_mouse_holds_the_playhead_the_stretch_in_view_stays():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("0", "plus", "plus")
        show, ruler, view = made.session.show, made.screen.query_one("#ruler"), made.screen.view
        stretch = view.stretch(show.extent_ns, show.position_ns)
        await pilot.mouse_down(ruler, offset=(30, 0))
        await pilot.hover(ruler, offset=(ruler.size.width - 1, 0))
        assert view.stretch(show.extent_ns, show.position_ns) == stretch
        await pilot.mouse_up(ruler, offset=(ruler.size.width - 1, 0))
        assert view.stretch(show.extent_ns, show.position_ns) != stretch


async def test_beside_the_list_no_key_is_told_that_would_do_nothing():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.open(read_run(FOLDER / "slow-io.avw"))
        await made.all_told(pilot)
        made.screen.redraw()
        assert "e shows the end" in str(made.screen.query_one("#status").render())
        made.screen.action_back()
        assert "e shows the end" not in str(made.screen.query_one("#status").render())
