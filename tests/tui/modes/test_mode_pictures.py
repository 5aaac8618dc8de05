"""Every mode as a picture, from a run that was saved: before, in its middle, and at its end."""

from __future__ import annotations

import pytest
from made_app import MadeApp
from made_modes import SIZES, replayed, show_at
from saved_runs import RUNS, scenario

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.tui.modes import NAMES

KEYS = {name: str(place) for place, name in enumerate(NAMES, 1)}


def picture(snap_compare, made: MadeApp, size: str, *keys: str, seconds: float | None = None) -> bool:
    async def run(pilot) -> None:
        await show_at(made, pilot, seconds)
        await pilot.press(*keys)
        made.screen.redraw()
        await pilot.pause()

    return snap_compare(made.app, terminal_size=SIZES[size], run_before=run)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
@pytest.mark.parametrize("mode", NAMES)
def test_after(snap_compare, mode, size):
    assert picture(snap_compare, replayed("slow-io"), size, KEYS[mode])


@pytest.mark.parametrize("mode", NAMES)
def test_during(snap_compare, mode):
    assert picture(snap_compare, replayed("slow-io"), "80x24", KEYS[mode], seconds=1.0)


@pytest.mark.parametrize("mode", NAMES[1:])
def test_before(snap_compare, mode):
    made = MadeApp(catalog=Catalog((scenario("slow-io"),), {}))
    assert snap_compare(made.app, terminal_size=SIZES["80x24"], press=[KEYS[mode]])


@pytest.mark.parametrize("name", RUNS[1:])
@pytest.mark.parametrize("mode", ["code", "waterfall"])
def test_other_scenarios(snap_compare, mode, name):
    assert picture(snap_compare, replayed(name), "120x36", KEYS[mode])


def test_code_side_by_side(snap_compare):
    assert picture(snap_compare, replayed("slow-io"), "200x60", KEYS["code"])


def test_a_chosen_visitor(snap_compare):
    assert picture(snap_compare, replayed("slow-io"), "80x24", "n", "n", "n")


def test_a_chosen_visitor_in_the_waterfall(snap_compare):
    assert picture(snap_compare, replayed("slow-io"), "80x24", KEYS["waterfall"], "down", "down", "S", "S")


def test_what_if_there_were_twice_the_workers(snap_compare):
    assert picture(snap_compare, replayed("slow-io"), "120x36", KEYS["what-if"], "W")
