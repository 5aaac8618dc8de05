"""What a lesson names, as something to press: other scenarios by their titles, and what it tells to try.

(see CPU bound [A])            a click, or A where the lesson is read alone, chooses that scenario
try --target gthread:2x16 [B]  opens the form of `x` with it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.cause import cause_of
from asgi_vs_wsgi.scenarios.scenario_files.lesson_text import Named, kind_of, named_in, where_otherwise
from asgi_vs_wsgi.tui.modes.layout import GO_TO, LINK, clickable
from asgi_vs_wsgi.tui.modes.tips import LETTERS
from asgi_vs_wsgi.tui.report.findings import WHY
from asgi_vs_wsgi.tui.text.inline_markup import as_code, render_inline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        """When the lesson does not apply, in its own words, and the scenario of that; None where it names none."""

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

        When it does not apply is left out last: who reads the sentence alone takes it for the rule. Who is first then
        the run does not tell, and so it is not said.
        """
        found = cause_of(result, scenario.views_py)
        if found is None:
            return []
        sentence = Content.assemble((WHY, "bold $accent")) + render_inline(f"{found.words}.")
        parts = [_key("y", "lesson", "lesson"), _key("2", "code", "mode", "code"), _key("9", "what if", *WHAT_IF)]
        if scenario.name in self.titles:  # a saved run may be of one that is not here any more
            parts.append(_key("x", "other settings", TRY))
            if found.kind == "none" and any(target.driver.limited for target in result.targets):
                parts.insert(0, _key("m", "measure again", "measure"))
        asked = Content(" ") + _key("9", "what if more workers?", *WHAT_IF)
        if self.otherwise is None:
            return [_joined(sentence, _next(parts)), sentence + asked, sentence]
        when = f" (“{self.otherwise.when}”)" if self.otherwise.when else ""
        see = self.to_scenario(self.otherwise.scenario)
        wholes = [
            _joined(sentence, _next([*parts, Content(f"when it does not apply{words}: see ") + see]))
            for words in dict.fromkeys((when, ""))
        ]
        limited = sentence + Content(" When it does not apply: see ") + see + Content(".")
        return [*wholes, limited + asked, limited, sentence]

    def to_scenario(self, name: str) -> Content:
        """Its title, to be pressed."""
        return self.link(Named(name, is_scenario=True), self.titles[name])


def _next(parts: Sequence[Content]) -> Content:
    return Content.styled("Next: ", "bold $accent") + Content(" · ").join(parts)


def _joined(*paragraphs: Content) -> Content:
    return Content("\n").join(paragraphs)


def _key(key: str, words: str, command: str, *about: str) -> Content:
    return clickable(Content.assemble((key, "bold $accent"), f" {words}"), command, *about)
