"""A scenario as it is saved with a run: a replay must not depend on ours."""

from __future__ import annotations

from msgspec import Struct

from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.storage.secrets import without_secrets


class SavedScenario(Struct, frozen=True):
    """The scenario's folder, as text."""

    name: str
    toml: str
    views: str
    lesson: str


def saved_scenario(scenario: Scenario) -> SavedScenario:
    """The texts that ran: as they were read before the run, whatever has become of the folder since."""
    return SavedScenario(scenario.name, without_secrets(scenario.toml_text), scenario.views_py, scenario.lesson_md)
