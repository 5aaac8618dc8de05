"""What there is for a mode to tell of: from the session, and from what is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.verdict import has_settings, ran_as_written, runs_as_written
from asgi_vs_wsgi.scenarios.planning.load import beside_load
from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
    from asgi_vs_wsgi.tui.modes.registry import ModeWords
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.mode_control import Modes


class ModeSights:
    """What there is for a mode to tell of, from the session and from what is looked at."""

    def __init__(self, host: Host, session: Session, catalog: Callable[[], Catalog]) -> None:
        self._host, self._session, self._catalog = host, session, catalog

    def sight(self, modes: Modes, room: tuple[int, int]) -> ModeContext | None:
        """For so many columns and lines; None for a broken folder."""
        session, show, scenario = self._session, self._host.told_of, self._host.scenario
        if scenario is None:
            return None
        doing = session.progress.words if show and session.running and session.progress else ""
        cut_off = session.cut_off if self._host.playing else ""
        return modes.sight(scenario, show, self.result(), room, doing, cut_off, self._catalog().titles)

    def is_as_written(self, ranking: KeptTournament | None = None) -> bool:
        """Whether what is looked at has the settings that the scenario's texts speak of: those that its folder says.

        Of a run that was opened: that its folder said then. Of one's own project no text speaks of any. Who comes
        beside a browser is as many as its command says, where nobody says otherwise.
        """
        scenario, result = self._host.scenario, self.result()
        if scenario is None or is_own_project(scenario):
            return True
        toml = self._written(scenario).toml
        if ranking is not None:  # whose targets are other servers anyway
            return has_settings(toml, ranking.parameters, ranking.load)
        if result is None:
            return runs_as_written(toml, scenario.toml)
        if result.browser is not None:
            toml = replace(toml, load=replace(beside_load(toml.load, None), duration_s=None))
        return ran_as_written(toml, result)

    def _written(self, scenario: Scenario) -> Scenario:
        if scenario is self._session.own_scenario:
            return scenario
        return next((each for each in self._catalog().scenarios if each.name == scenario.name), scenario)

    def result(self) -> RunResult | None:
        """Of the run, or of the picture of one, that is looked at, once it may be told."""
        if self._host.playing:
            return self._session.result_due
        return self._session.still_result if self._host.told_of else None

    @property
    def awaits_figures(self) -> bool:
        """See `Session.awaits_figures`."""
        return self._session.awaits_figures

    def words(self, modes: Modes, sight: ModeContext) -> ModeWords:
        """What the mode says of it."""
        return modes.words(sight, self._catalog())
