"""The user's own project, then the scenarios, in groups; a broken folder is listed with what is wrong with it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets.option_list import Option

from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT, group
from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.tui.widgets.filtered_list import FilteredList
from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.catalog import Catalog


OWN = "/own-project"
"""The option of the user's own project: no folder, and so no scenario, has such a name."""
WHILE_TYPING = "letters narrow the list   enter takes the scenario   esc clears"


class ScenarioList(FilteredList):
    """Option ids are scenario names, but for OWN."""

    HELP = """\
Up and down, or k and j, choose a scenario, enter runs it; / narrows the list to what is typed. A run that is shown \
stays: esc goes back to it. Each scenario is a folder with its data, its Django views and its lesson; \
`--scenarios DIR` adds folders of your own. The first entry is your own Django project: enter opens its form.
"""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(*_options(catalog), id="list", compact=True)
        self.entitle("")
        self._told = ""
        """What the border says of those out of view."""
        self.gives_way = False
        """Whether the page keys are for what is shown beside it."""

    def on_resize(self) -> None:
        """More or fewer of them are in view."""
        self._tell_rest()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Others are in view."""
        super().watch_scroll_y(old_value, new_value)
        self._tell_rest()

    def _tell_rest(self) -> None:
        """That the list goes on, and where."""
        above, below = round(self.scroll_y), round(self.max_scroll_y - self.scroll_y)
        told = [f"{sign} {lines} more" for sign, lines in (("↑", above), ("↓", below)) if lines > 0]
        words = " · ".join(told)
        if words != self._told:
            self._told = words
            self.border_subtitle = Content(words)

    def entitle(self, narrowed_by: str) -> None:
        """What is typed stands in the place of the title, and what ends it in that of the keys."""
        self.border_title = Content(narrowed_by or "Scenarios")
        if self.is_attached:
            self.screen.query_one(KeyBar).tell_instead(WHILE_TYPING if narrowed_by else "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that is not obeyed here goes on to the screen."""
        if self.gives_way and action in ("page_up", "page_down", "half_page"):
            return False
        return super().check_action(action, parameters)


def _options(catalog: Catalog) -> Iterator[Option]:
    yield _heading("yours")
    yield Option(Content(f" {OWN_PROJECT}"), id=OWN)
    for name, scenarios in groupby(catalog.scenarios, key=group):
        yield _heading(name or "more")
        for scenario in scenarios:
            yield Option(Content(f" {scenario.toml.title}"), id=scenario.name)
    if catalog.broken:
        yield _heading("broken folders")
        for name in catalog.broken:
            yield Option(Content.assemble((" ✕ ", "$error"), printable(name)), id=name)


def _heading(words: str) -> Option:
    return Option(Content.styled(words[:1].upper() + words[1:], "bold $faint"), disabled=True)
