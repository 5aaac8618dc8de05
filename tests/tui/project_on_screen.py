"""How a test comes to the form of the user's own project, and from there to the box in which its command works."""

from __future__ import annotations

from pathlib import Path

from made_app import MadeApp
from seen_screen import choose, text_of
from textual.widgets import Input

from asgi_vs_wsgi.tui.screens.project_box import ProjectBox
from asgi_vs_wsgi.tui.screens.project_form import ProjectForm, Steps
from asgi_vs_wsgi.tui.widgets.scenario_list import OWN

NOWHERE = Path("/nonexistent")


async def at_entry(made: MadeApp, pilot) -> None:
    await choose(made, pilot, OWN)
    await made.until(pilot, lambda: "Three steps" in text_of(made))


async def form_opened(made: MadeApp, pilot) -> ProjectForm:
    await made.until(pilot, lambda: isinstance(made.app.screen, ProjectForm))
    await pilot.pause()
    assert isinstance(made.app.screen, ProjectForm)
    return made.app.screen


async def begun(made: MadeApp, pilot, folder: Path, step: str) -> ProjectBox:
    """The form filled in with that, and begun."""
    await at_entry(made, pilot)
    await pilot.press("enter")
    form = await form_opened(made, pilot)
    form.query_one("#field-path", Input).value = str(folder)
    form.query_one(Steps).action_choose(step)
    await pilot.press("enter")
    await made.until(pilot, lambda: isinstance(made.app.screen, ProjectBox))
    assert isinstance(made.app.screen, ProjectBox)
    return made.app.screen
