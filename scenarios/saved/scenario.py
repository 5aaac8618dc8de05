"""A scenario as it is saved with a run: a replay must not depend on ours."""

from __future__ import annotations

from msgspec import Struct

from scenarios.definition import Scenario


class SavedScenario(Struct, frozen=True):
    """The scenario's folder, as text."""

    name: str
    toml: str
    views: str
    lesson: str


def saved_scenario(scenario: Scenario) -> SavedScenario:
    """The folder as it is now."""
    folder = scenario.folder
    toml, views = (folder / "scenario.toml").read_text(), (folder / "views.py").read_text()
    return SavedScenario(scenario.name, toml, views, scenario.lesson_md)
