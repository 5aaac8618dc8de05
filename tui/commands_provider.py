"""The command palette: every action that does something now, and a run of every scenario."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from scenarios.summary import summary
from tui.screens.watch import WatchScreen

Entry = tuple[str, str, IgnoreReturnCallbackType]


class LabCommands(Provider):
    """Knows the screen's bindings and the catalog."""

    def _entries(self) -> Iterator[Entry]:
        screen = self.screen
        if not isinstance(screen, WatchScreen):
            return
        for binding in screen.BINDINGS:
            if isinstance(binding, Binding) and screen.check_action(binding.action, ()):
                words = f"{binding.description.capitalize()} ({binding.key_display or binding.key})"
                yield words, binding.tooltip, partial(screen.run_action, binding.action)
        for scenario in screen.catalog.scenarios:
            yield f"Run {scenario.toml.title}", summary(scenario.toml), partial(screen.run_scenario, scenario.name)
        for theme in ("lab-dark", "lab-light"):
            yield f"Theme {theme}", "Change all colours", partial(self.app.run_action, f"choose_theme('{theme}')")

    async def discover(self) -> Hits:
        """Everything, before a word is typed."""
        for words, tooltip, command in self._entries():
            yield DiscoveryHit(words, command, help=tooltip)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for words, tooltip, command in self._entries():
            if (score := matcher.match(words)) > 0:
                yield Hit(score, matcher.highlight(words), command, help=tooltip)
