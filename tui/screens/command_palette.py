"""The command palette: every action that does something now, and a run of every scenario."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType

from asgi_vs_wsgi.scenarios.scenario_files.listing import summary
from asgi_vs_wsgi.tui.screens.watch import WatchScreen
from asgi_vs_wsgi.tui.user_data import THEME_WORDS, THEMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.fuzzy import Matcher

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
        for scenario in screen.runs.catalog.scenarios:
            yield f"Run {scenario.toml.title}", summary(scenario.toml), partial(screen.runs.run_scenario, scenario.name)
        for theme in THEMES:
            yield f"Theme {theme}", THEME_WORDS[theme], partial(self.app.run_action, f"choose_theme('{theme}')")

    async def discover(self) -> Hits:
        """Everything, before a word is typed."""
        for words, tooltip, command in self._entries():
            yield DiscoveryHit(Content(words), command, words, Content(tooltip))  # type: ignore[arg-type]

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for words, tooltip, command in self._entries():
            if (score := matcher.match(words)) > 0:
                shown, about = _highlighted(matcher, words), Content(tooltip)
                yield Hit(score, shown, command, words, about)  # type: ignore[arg-type]


def _highlighted(matcher: Matcher, words: str) -> Content:
    """As `matcher.highlight` does, which takes words for markup: a title may hold brackets, and so may a summary."""
    _, offsets = matcher.fuzzy_search.match(matcher.query, words)
    content = Content(words)
    for at in offsets:
        if not words[at].isspace():
            content = content.stylize(matcher.match_style, at, at + 1)
    return content
