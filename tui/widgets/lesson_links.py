"""What a lesson names, as something to press: other scenarios by their titles, and what it tells to try.

(see CPU bound [A])            a click, or A where the lesson is read alone, chooses that scenario
try --target gthread:2x16 [B]  opens the form of `x` with it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.scenario_files.lesson_text import Named, kind_of, named_in, where_otherwise
from asgi_vs_wsgi.tui.modes.layout import GO_TO, LINK, clickable
from asgi_vs_wsgi.tui.modes.tips import LETTERS
from asgi_vs_wsgi.tui.report.findings import WHY, cause_words
from asgi_vs_wsgi.tui.text.inline_markup import as_code, render_inline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult

WHAT_IF = "mode", "what-if"
"""The screen's command, and its argument."""
TRY = "try_out"
"""The screen's command: the form of `x`."""


class LessonLinks:
    """Of one scenario's lesson, in the order in which they come."""

    def __init__(self, scenario: Scenario, catalog: Catalog) -> None:
        self.titles: Mapping[str, str] = catalog.titles
        others = self.titles.keys() - {scenario.name}
        self._names = others
        self.all = named_in(scenario.lesson_md, others)
        self.otherwise = where_otherwise(scenario.lesson_md, others)
        """A scenario in which it is otherwise; "" where the lesson names none."""

    def words(self, named: Named) -> str:
        """As people read it."""
        return self.titles[named.text] if named.is_scenario else named.text

    def press(self, named: Named) -> tuple[str, str]:
        """The command, and what it is about."""
        return (GO_TO if named.is_scenario else TRY), named.text

    def code(self, *, lettered: bool) -> Callable[[str], Content]:
        """How a piece of code in the lesson is shown; with its letter where that key is obeyed."""

        def shown(text: str) -> Content:
            named = kind_of(text, self._names)
            if named is None or named not in self.all:
                return as_code(text)
            letter = LETTERS[self.all.index(named) :][:1] if lettered else ""
            return self.link(named, f"{self.words(named)}{f' [{letter}]' if letter else ''}")

        return shown

    def link(self, named: Named, words: str) -> Content:
        """A click on it is as good as its key."""
        return clickable(Content.styled(words, LINK), *self.press(named))

    def why(self, result: RunResult, scenario: Scenario) -> list[Content]:
        """One sentence from the measurement, and where to look next; shorter where there is little room.

        Where it is otherwise is left out last: who reads the sentence alone takes it for the rule.
        """
        words = cause_words(result, scenario.views_py).removeprefix(WHY)
        if not words:
            return []
        sentence = Content.assemble((WHY, "bold $accent")) + render_inline(words)
        parts = [_key("y", "lesson", "lesson"), _key("2", "code", "mode", "code"), _key("9", "what if", *WHAT_IF)]
        if scenario.name in self.titles:  # a saved run may be of one that is not here any more
            parts.append(_key("x", "other settings", TRY))
        if self.otherwise:
            parts.append(Content("it is otherwise in ") + self.to_scenario(self.otherwise))
        following = Content.styled("Next: ", "bold $accent") + Content(" · ").join(parts)
        whole, otherwise = Content("\n").join([sentence, following]), Content(" It is otherwise in ")
        asked = Content(" ") + _key("9", "what if more workers?", *WHAT_IF)
        if not self.otherwise:
            return [whole, sentence + asked, sentence]
        limited = sentence + otherwise + self.to_scenario(self.otherwise) + Content(".")
        return [whole, limited + asked, limited, sentence]

    def to_scenario(self, name: str) -> Content:
        """Its title, to be pressed."""
        return self.link(Named(name, is_scenario=True), self.titles[name])


def _key(key: str, words: str, command: str, *about: str) -> Content:
    return clickable(Content.assemble((key, "bold $accent"), f" {words}"), command, *about)
