"""What a test sees of the app's screen, and how it chooses a scenario."""

from __future__ import annotations

from made_app import MadeApp
from rich.style import Style
from textual.widgets import Static

from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

WIDE = (120, 36)


def words(made: MadeApp, selector: str) -> str:
    widget = made.screen.query_one(selector)
    return str(widget.render())


def mode_says(made: MadeApp) -> str:
    """All of what a mode says, in view or not: what stays above, and what scrolls."""
    above, rest = made.screen.query_one("#invitation", Static), made.screen.query_one("#words", Static)
    return "\n".join([*[str(above.content)] * bool(above.display), str(rest.content)])


def text_of(made: MadeApp) -> str:
    """The screen in front, as one would read it aloud."""
    strips = made.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def styles_of(made: MadeApp) -> set[Style | None]:
    """All that the screen in front is painted with."""
    return {segment.style for strip in made.app.screen._compositor.render_strips() for segment in strip}


def said(made: MadeApp) -> str:
    return " ".join(note.message for note in made.app._notifications)


def chosen(made: MadeApp) -> str:
    """Which scenario is highlighted in the list."""
    option = made.screen.query_one(ScenarioList).highlighted_option
    return str(option.id) if option else ""


def listed(made: MadeApp) -> list[str | None]:
    """Which scenarios the list has now."""
    return [option.id for option in made.screen.query_one(ScenarioList).options if option.id]


def bar(made: MadeApp) -> str:
    """The line of keys."""
    return str(made.screen.query_one(KeyBar).render())


async def after_a_run(made: MadeApp, pilot) -> None:
    await pilot.press("enter")
    await made.to_the_end(pilot)


async def choose(made: MadeApp, pilot, name: str) -> None:
    await pilot.press("escape")
    scenarios = made.screen.query_one(ScenarioList)
    scenarios.highlighted = scenarios.get_option_index(name)
    await pilot.pause()


async def until_settled(made: MadeApp, pilot) -> str:
    """The text once it stays the same: the first layouts follow one another."""
    shown = ""
    while shown != (now := text_of(made)):
        shown = now
        await pilot.pause(0.1)
    return shown
