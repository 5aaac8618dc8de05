"""The command palette: every action that does something now, scenarios, recent runs, opened files and themes."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT, summary
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.tui.screens.watch import WatchScreen
from asgi_vs_wsgi.tui.user_data import THEME_WORDS, THEMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.fuzzy import Matcher

    from asgi_vs_wsgi.scenarios.storage.history_entry import HistoryEntry

"""Begins the name of a theme that has colours for lanes."""
Entry = tuple[str, str, IgnoreReturnCallbackType]


class LabCommands(Provider):
    """Knows the screen's bindings, the catalog, and what was kept."""

    _recent: Sequence[HistoryEntry] = ()

    async def startup(self) -> None:
        """Cards are read once, when the palette is opened."""
        with suppress(BadInput, OSError):
            self._recent = RunHistory(user_history()).cards()[0]

    def _entries(self) -> Iterator[Entry]:
        screen = self.screen
        if not isinstance(screen, WatchScreen):
            return
        ask_for_project = screen.own_project.own_project
        yield f"{OWN_PROJECT}…", "Would ASGI help it? Look, try, run", ask_for_project
        for binding in screen.BINDINGS:
            if not isinstance(binding, Binding) or binding.id == "own_project":
                continue
            if screen.check_action(binding.action, ()):
                words = f"{binding.description.capitalize()} ({binding.key_display or binding.key.partition(',')[0]})"
                yield words, binding.tooltip, partial(screen.run_action, binding.action)
        for scenario in screen.runs.catalog.scenarios:
            yield f"Run {scenario.toml.title}", summary(scenario.toml), partial(screen.runs.run_scenario, scenario.name)
        for place in range(len(screen.playlist.files)):
            yield f"Show {screen.playlist.words(place)}", "An opened file", partial(screen.playlist.go_to, place)
        if (export := getattr(self.app, "may_export", None)) and export():
            yield (
                "Export this run…",
                "For DevTools, Perfetto, pandas and others",
                partial(self.app.run_action, "export"),
            )
        for card in self._recent:
            when = time.strftime("%d %b %H:%M", time.localtime(card.kept_s))
            yield f"Open {card.title}, {card.mode} of {when}", "A recent run", partial(self._open, card)
        for theme in THEMES:
            yield f"Theme {theme}", THEME_WORDS[theme], partial(self.app.run_action, f"choose_theme('{theme}')")

    def _open(self, card: HistoryEntry) -> None:
        open_recent = getattr(self.app, "open_recent", None)
        if open_recent is not None:
            open_recent(card)

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
