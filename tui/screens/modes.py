"""Which mode is on, what it needs to remember, and its keys."""

from __future__ import annotations

from textual.binding import Binding
from textual.content import Content

from scenarios.catalog import Catalog
from scenarios.definition import Scenario
from tui.modes import NAMES, TOOLTIPS
from tui.modes.quiz import LETTERS, choices_now, score_of
from tui.modes.sight import Sight
from tui.modes.what_if import KEYS, WhatIf
from tui.modes.words import mode_words
from tui.quiz_book import QuizBook

MODE_ACTIONS = frozenset({"answer", "forget_answers", "knob", "page"})


def _hidden(key: str, action: str, words: str) -> Binding:
    return Binding(key, action, words, show=False, tooltip=words)


MODE_BINDINGS = [
    *(_hidden(str(at + 1), f"mode('{name}')", f"{name.capitalize()}: {TOOLTIPS[at]}") for at, name in enumerate(NAMES)),
    _hidden("pagedown", "page(1)", "Scroll down"),
    _hidden("pageup", "page(-1)", "Scroll up"),
    *(_hidden(letter, f"answer({at})", f"Quiz: answer {letter}") for at, letter in enumerate(LETTERS)),
    _hidden("x", "forget_answers", "Quiz: forget all answers"),
    *(_hidden(key, f"knob('{name}',-1)", f"What-if: half as many {name}") for key, name in KEYS),
    *(_hidden(key.upper(), f"knob('{name}',1)", f"What-if: twice as many {name}") for key, name in KEYS),
]


class Modes:
    """Words are worked out anew only when something that they depend on has changed."""

    def __init__(self, book: QuizBook) -> None:
        self.mode = NAMES[0]
        self.knobs = WhatIf()
        self.book = book
        self._key: object = None
        self._words = Content()

    def obeys(self, action: str) -> bool:
        """Whether a key of MODE_ACTIONS would do something in the mode that is on."""
        if action == "knob":
            return self.mode == "what-if"
        return self.mode != NAMES[0] if action == "page" else self.mode == "quiz"

    def words(self, sight: Sight, catalog: Catalog) -> Content:
        """Of the mode that is on."""
        answers = self.book.of(sight.scenario.name)
        ended = sum(len(trace.visits) - trace.visits.done_ns.count(0) for trace in sight.traces)
        key = (self.mode, sight.scenario.name, id(sight.result), ended, sight.width, self.knobs, tuple(answers))
        if key != self._key:
            self._key = key
            score = score_of(catalog, self.book.all)
            self._words = mode_words(self.mode, sight, knobs=self.knobs, answers=answers, score=score)
        return self._words

    def answer(self, scenario: Scenario, choice: int) -> None:
        """Give an answer to the next question, if it has that choice."""
        if choice < choices_now(scenario, self.book.of(scenario.name)):
            self.book.give(scenario.name, choice)
