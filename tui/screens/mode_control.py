"""Which of the nine modes is on, and what the keys of each do.

Which mode is on, what it needs to remember, and its words.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from asgi_vs_wsgi.scenarios.planning.load import has_rate
from asgi_vs_wsgi.scenarios.planning.what_if import next_arrivals
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.tui.drawing.waterfall import ORDERS
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.quiz import choices_now, place_of, score_of
from asgi_vs_wsgi.tui.modes.registry import ModeWords, mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView
from asgi_vs_wsgi.tui.modes.what_if_knobs import Numbers, knob_numbers, turned
from asgi_vs_wsgi.tui.modes.what_if_simulated import Promise
from asgi_vs_wsgi.tui.playback.background_simulation import BackgroundSimulation, Subject
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.tui.playback.background_simulation import Answer
    from asgi_vs_wsgi.tui.playback.background_sizing import SizePromise
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.user_data import QuizAnswers


NO_TITLES: Mapping[str, str] = MappingProxyType({})
ONLY_IN = {"knob": "what-if", "order": "waterfall"}
HELD_BACK = "quiz: answers are held back until space"
TOLD_AT_ONCE = "quiz: answers are told at once"


class Modes:
    """Words are worked out anew only when something that they depend on has changed."""

    def __init__(self, book: QuizAnswers) -> None:
        self.mode = NAMES[0]
        self.knobs = WhatIfFactors()
        self.simulation = BackgroundSimulation()
        self.predicted: Answer | None = None
        """Of the simulator, to the knobs as they are; None where nothing was measured."""
        self.promise: Promise | SizePromise | None = None
        """What was predicted of the settings that are measured now."""
        self._numbers: Numbers = {}
        """What the knobs change."""
        self.book = book
        self.order = ORDERS[0]
        self._asked: int | None = None
        """The question that somebody has gone to; None: the one whose turn it is."""
        self._show: Playback | None = None
        self._told_of = ""
        """The scenario that the knobs are about."""
        self._key: object = None
        self._words = ModeWords(Content())
        self._answered = False
        """Whether the question that is shown has its answer, or there is none."""
        self._place = 0
        """The question that is shown."""
        self.holds_back = False
        """Whether an answer is told to be right or wrong only when somebody asks for it: a class talks meanwhile."""
        self._held: int | None = None
        """The question whose answer is held back."""

    def obeys(self, command: str) -> bool:
        """Whether a command of a mode would do something in the mode that is on."""
        if command in ("knob_simulated", "measure_this", "size"):
            return self.mode == "what-if" and self.predicted is not None and not self.predicted.never
        if command in ONLY_IN:
            return self.mode == ONLY_IN[command]
        if command == "answer":
            return self.mode == "quiz" and not self._answered
        if command == "reveal":
            return self.mode == "quiz" and self._held is not None
        return self.mode != NAMES[0] if command == "page" else self.mode == "quiz"

    def draws_lanes(self, scenario: Scenario | None) -> bool:
        """Whether the mode that is on has lanes among its words: by a law, none where visitors come at a rate."""
        if self.mode != "what-if" or scenario is None:
            return False
        return self.simulates or not has_rate(scenario.toml.load)

    @property
    def simulates(self) -> bool:
        """Whether What-if tells what is simulated."""
        return self.mode == "what-if" and self.predicted is not None and not self.predicted.never

    @property
    def predicts(self) -> Promise | None:
        """What is predicted now, for it to be measured."""
        subject = self.simulation.subject
        return Promise(subject, self.predicted) if subject and self.predicted else None

    def _ask_simulator(self, sight: ModeContext) -> Answer | None:
        """What is known by now; nobody is asked before a run is over, or of what is itself simulated."""
        run = sight.result
        if self.mode != "what-if" or run is None or run.simulated or not sight.seen:
            return None
        return self.simulation.ask(
            Subject(run, sight.scenario, [each.trace for each in sight.seen], sight.measured), self.knobs
        )

    def next_order(self) -> None:
        """Of the waterfall."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]

    def sight(
        self,
        scenario: Scenario,
        show: Playback | None,
        result: RunResult | None,
        room: tuple[int, int],
        doing: str,
        cut_off: str = "",
        titles: Mapping[str, str] = NO_TITLES,
    ) -> ModeContext:
        """What there is to look at now; `room` is columns and lines."""
        if scenario.name != self._told_of:
            self._told_of, self.knobs, self._asked, self._held = scenario.name, WhatIfFactors(), None, None
        if show is not self._show:
            self._show, self._asked = show, None
        seen = [TargetView(target.ledger, target.playhead_ns, target.book) for target in (show.targets if show else ())]
        position_ns = show.position_ns if show else 0
        measured = show.measured if show else None
        return ModeContext(scenario, result, seen, room[0], position_ns, doing, room[1], cut_off, titles, measured)

    def words(self, sight: ModeContext, catalog: Catalog) -> ModeWords:
        """Of the mode that is on."""
        answers = self.book.given_to(sight.scenario.name)
        moment = None if sight.result else (sight.doing, sight.cut_off, *(each.playhead_ns for each in sight.seen))
        subject = (self.mode, sight.scenario.name, id(self._show), id(sight.result), moment)
        asked = (tuple(answers), len(self.book.all), self._asked, self._held)
        self.predicted = self._ask_simulator(sight)
        simulated = (id(self.predicted), id(self.promise))
        key = (*subject, sight.width, sight.height, self.knobs, *asked, *simulated)
        if key != self._key:
            self._key = key
            score = score_of(catalog, self.book.all)
            self._words = mode_words(
                self.mode,
                sight,
                knobs=self.knobs,
                answers=answers,
                score=score,
                asked=self._asked,
                held=self._held,
                answer=self.predicted,
                promise=self.promise,
            )
            self._numbers = knob_numbers(sight, at_a_rate=has_rate(sight.scenario.toml.load))
            self._place = place_of(sight, answers, self._asked) if self.mode == "quiz" else 0
            self._answered = self._place < len(answers) or not choices_now(sight.scenario, answers)
        return self._words

    def turn(self, name: str, steps: int) -> None:
        """A knob of What-if, as far as it goes."""
        self.knobs = turned(self.knobs, name, steps, self._numbers)

    def turn_simulated(self, name: str, steps: int, run: RunResult) -> None:
        """A knob of which laws know nothing."""
        if name == "arrivals":
            following = next_arrivals(self.knobs.arrivals, run)
            self.knobs = dataclasses.replace(self.knobs, arrivals=following, visitors=1.0)
        else:
            self.knobs = self.knobs.changed(name, steps)

    def answer(self, scenario: Scenario, choice: int) -> None:
        """Give an answer to the question that is shown, if it has none and that choice; it stays, to be explained."""
        given = self.book.given_to(scenario.name)
        if self._place == len(given) and choice < choices_now(scenario, given):
            self.book.give(scenario.name, choice)
            self._asked = len(given)
            self._held = self._asked if self.holds_back else None

    def go_to_question(self, steps: int) -> None:
        """To one that was answered, to the next, and after the last to all of them."""
        self._asked, self._held = max(0, self._place + steps), None

    def forget_answers(self, scenario: Scenario | None) -> None:
        """Of one scenario, or of all."""
        self.book.forget(scenario.name if scenario else None)
        self._asked = self._held = None

    def reveal(self) -> None:
        """Tell what was held back."""
        self._held = None


class ModeControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset(
        {
            "mode",
            "to_watch",
            "page",
            "order",
            "answer",
            "reveal",
            "hold_back",
            "question",
            "forget_answers",
            "knob",
            "knob_simulated",
        }
    )

    def __init__(self, host: Host, modes: Modes, turned_to: Callable[[str], None], tell: Callable[[str], None]) -> None:
        """`turned_to` is told of the mode that a user has chosen."""
        self._host, self._modes, self._turned_to, self._tell = host, modes, turned_to, tell

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        if command in ("mode", "to_watch"):
            return command == "mode" or self._modes.mode != NAMES[0]
        if command == "page" and self._modes.mode == NAMES[0]:
            return self._host.playing is not None
        there = self._host.scenario if command != "order" else self._host.told_of  # without rows nobody sees the order
        return there is not None and self._modes.obeys(command)

    def mode(self, name: str) -> None:
        """Look at it in another way."""
        self._modes.mode = name
        self._host.redraw()
        self._turned_to(name)

    def to_watch(self) -> None:
        """Back to the lanes."""
        self.mode(NAMES[0])

    def reveal(self) -> None:
        """Tell whether the answer was right."""
        self._modes.reveal()
        self._host.redraw()

    def hold_back(self) -> None:
        """From now on, or no longer."""
        self._modes.holds_back = not self._modes.holds_back
        self._modes.reveal()
        self._tell(HELD_BACK if self._modes.holds_back else TOLD_AT_ONCE)
        self._host.redraw()

    def page(self, direction: int) -> None:
        """Scroll what a mode says."""
        self._host.main_area.page(direction)

    def order(self) -> None:
        """Sort the waterfall in another way."""
        self._modes.next_order()
        self._host.redraw()
        self._host.main_area.query_one(WaterfallRows).show_chosen()

    def answer(self, choice: int) -> None:
        """Answer the next question."""
        if scenario := self._host.scenario:
            self._modes.answer(scenario, choice)
            self._show_question()

    def question(self, steps: int) -> None:
        """Another question of the quiz."""
        self._modes.go_to_question(steps)
        self._show_question()

    def forget_answers(self, of: str) -> None:
        """Start the quiz anew, for this scenario or for all."""
        self._modes.forget_answers(self._host.scenario if of == "one" else None)
        self._show_question()

    def _show_question(self) -> None:
        self._host.redraw()
        self._host.main_area.to_top()

    def knob(self, name: str, steps: int) -> None:
        """Change what would be, in What-if."""
        self._modes.turn(name, steps)
        self._host.redraw()

    def knob_simulated(self, name: str, steps: int) -> None:
        """The same, of what only the simulator knows."""
        if self._modes.simulation.subject is not None:
            self._modes.turn_simulated(name, steps, self._modes.simulation.subject.run)
            self._host.redraw()
