"""What the tests of the face share: makers of recordings are plain modules beside the tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from asgi_vs_wsgi.tui.widgets.ruler import LegendLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType
    from textual.app import App
    from textual.css.model import RuleSet

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def anyio_backend() -> str:
    """Textual runs on asyncio."""
    return "asyncio"


@pytest.fixture
def result():
    """A result with round figures, as a measurement of the default scenario could have."""
    from made_result import made_result

    return made_result()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what these tests would take is the pilot's waiting for idleness: 20 ms, twice after each key.

    What it waits for is Textual's own drawing, which has its pace from a timer: that is quicker here too.
    """
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.004)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 0.0004)
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 0.002)


@pytest.fixture(autouse=True)
def _frames_are_rendered_when_looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of these tests' time was Textual's rendering of every frame, which an app without a terminal drops.

    Here the frames between two looks are rendered as one, when `pilot.press()` and `pilot.pause()` end: what widgets
    show is still rendered, and what they raise still fails the test. Tests of the frames ask for `every_frame`.
    """
    if "every_frame" in request.fixturenames:
        return
    at_once, press, pause = Compositor.render_update, Pilot.press, Pilot.pause

    def later(self: Compositor, full: bool = False, **how: Any) -> RenderableType | None:
        return at_once(self, full, **how) if full else None

    def look(app: App[Any]) -> None:
        if app.is_running:
            at_once(app.screen._compositor, screen_stack=app._background_screens)

    async def pressed(self: Pilot[Any], *keys: str) -> None:
        await press(self, *keys)
        look(self.app)

    async def settled(self: Pilot[Any], delay: float | None = None) -> None:
        await pause(self, delay)
        if delay is None:
            look(self.app)

    monkeypatch.setattr(Compositor, "render_update", later)
    monkeypatch.setattr(Pilot, "press", pressed)
    monkeypatch.setattr(Pilot, "pause", settled)


@pytest.fixture
def every_frame() -> None:
    """What is rendered of each frame is what the test is about."""


@pytest.fixture(autouse=True)
def _what_was_drawn_goes_with_its_test() -> Iterator[None]:
    """Textual keeps the lines of two thousand widgets, by a cache of a method: half a million objects of apps that are
    gone, which each search for garbage would look through."""
    yield
    StylesCache.get_inner_outer.cache_clear()


_PARSED: dict[object, list[RuleSet]] = {}


@pytest.fixture(autouse=True)
def _styles_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each app parses all its styles anew, twice; they are the same in every test."""
    parse = Stylesheet._parse_rules

    def once(self: Stylesheet, *args: object, **named: object) -> list[RuleSet]:
        asked = (*sorted(self._variables.items()), *args, *sorted(named.items()))
        if asked not in _PARSED:
            _PARSED[asked] = parse(self, *args, **named)
        return _PARSED[asked]

    monkeypatch.setattr(Stylesheet, "_parse_rules", once)


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Textual's, of a screen at rest: what a pane draws decides what the legend says, a frame after it has its size."""

    def compare(app: App[Any], *, press: tuple[str, ...] = (), run_before: Any = None, **how: Any) -> bool:
        async def to_rest(pilot: Pilot[Any]) -> None:
            if run_before is not None:
                await run_before(pilot)
            await pilot.press(*press)
            await at_rest(pilot)

        return snap_compare(app, run_before=to_rest, **how)

    return compare


async def at_rest(pilot: Pilot[Any]) -> None:
    """Three looks in a row find every widget where it was, and the same signs explained."""
    looks: list[object] = []
    for _ in range(200):
        await pilot.pause()
        screen = pilot.app.screen
        signs = [str(each.render()) for each in screen.query(LegendLine)]
        looks = [*looks[-2:], [*signs, *(each.region for each in screen.query("*"))]]
        if len(looks) == 3 and looks[0] == looks[1] == looks[2]:
            return
    raise AssertionError("the screen never comes to rest")
