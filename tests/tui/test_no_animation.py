"""`--no-animation`: what is recorded is shown at once, in few frames; nothing plays."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from made_traces import MS
from saved_runs import FOLDER

from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.terminal.tty import may_animate
from asgi_vs_wsgi.tui.widgets.ruler import EdgeLine

pytestmark = pytest.mark.anyio


def still(news=()) -> MadeApp:
    return MadeApp(news, animated=False)


async def test_a_run_is_shown_as_far_as_it_is_recorded_and_its_figures_come_when_it_is_over(result):
    made = still(recorded_race(result))
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("enter")
        await made.until(pilot, lambda: made.session.show and made.session.show.position_ns)
        for target in made.session.show.targets:
            assert target.position_ns == target.recorded_ns
        await made.all_told(pilot)
        assert made.session.result_due == result


async def test_while_it_is_recorded_the_lanes_are_drawn_twice_a_second(result, monkeypatch):
    made = still(recorded_race(result))
    drawn = 0

    def count() -> None:
        nonlocal drawn
        drawn += 1

    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("enter")
        await made.until(pilot, lambda: made.session.show)
        monkeypatch.setattr(made.screen, "redraw", count)
        for tick in range(1, 31):
            made.clock.now_s = 100 + tick / 30
            made.screen.session._all_told = False
            made.screen.frames.frame()
        assert drawn <= 3


async def test_keys_that_would_play_are_not_offered_and_those_that_step_work():
    made = still()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.open(read_run(FOLDER / "slow-io.avw"))
        await made.all_told(pilot)
        await made.until(pilot, lambda: made.session.show.at_end)
        assert not any(made.screen.check_action(name, ()) for name in ("again", "speed", "pause", "to_end"))
        await pilot.press("left")
        await made.until(pilot, lambda: not made.session.show.at_end)
        assert made.session.show.position_ns > 100 * MS
        await pilot.press("space")
        await made.until(pilot, lambda: made.session.show.at_end)
        words = str(made.screen.query_one("#head", EdgeLine).render())
        assert "shown to its end" in words


@pytest.mark.parametrize(("value", "may"), [("none", False), ("NONE", False), ("full", True), ("", True)])
def test_what_says_it_to_all_of_textuals_programs_says_it_to_ours(value: str, *, may: bool, monkeypatch):
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", value)
    assert may_animate() == may
