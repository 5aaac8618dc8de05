"""What What-if asks the simulator, answered by a thread: the screen goes on, and a newer question ends the older one.

    ask ──► calibrated from the run, once ──► few replications ──► all of them, lanes ──► the knee
                                                    └── told ────────────┴── told ──────────┘

Knows nothing of the screen: whoever asks looks at `answer`, and `tell` is called when that is another.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.simulation import (
    SimulationOptions,
    checked_options,
    refuse_options,
    run_load,
)
from asgi_vs_wsgi.scenarios.planning.what_if import knee_load, what_if_options
from asgi_vs_wsgi.scenarios.run.visit_plan import as_recorded, planned_visits
from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration, calibrate
from asgi_vs_wsgi.scenarios.simulation.crowd import Source
from asgi_vs_wsgi.scenarios.simulation.what_if_answer import Foreseen, Knee, first_answer, knee, whole_answer
from asgi_vs_wsgi.scenarios.wording import named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
    from asgi_vs_wsgi.scenarios.simulation.replications import Coming
    from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

HERE = "the run that is shown"
MEASURES_THEM = "m measures them"


class Subject(NamedTuple):
    """A measured run that is asked about."""

    run: RunResult
    scenario: Scenario
    traces: Sequence[TargetTrace]
    measured: str | None = None
    """When."""

    def is_that_of(self, other: Subject | None) -> bool:
        """By what was read, and not by what is in it: runs are large."""
        same = other is not None and self.run is other.run and len(self.traces) == len(other.traces)
        return same and all(one is two for one, two in zip(self.traces, other.traces, strict=True))  # type: ignore[union-attr]  # `same` says so


@dataclass(frozen=True)
class Answer:
    """What is known so far for one setting of the knobs."""

    chosen: WhatIfFactors
    options: SimulationOptions
    load: Load | None = None
    """Who comes; None until that is worked out, or where it is refused."""
    targets: tuple[Foreseen, ...] = ()
    knees: tuple[Knee, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    """Target of the run to why nothing is simulated from it."""
    refusal: str = ""
    """Why nothing at all is."""
    never: bool = False
    """Whether that is so whatever the knobs are."""
    doing: str = ""
    """What the simulator is at; "" when it is done."""


class Calibrations:
    """Of one subject, by target: each is made once, whoever asks first, while the others wait for it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: dict[str, Calibration | str] = {}
        """Or why there is none."""


def calibrate_all(subject: Subject, of: Calibrations, tell: Callable[[str], object]) -> None:
    """Those that are not known yet; what `tell` raises ends it, as where another question has come. BadInput where
    nothing of the run can be calibrated from."""
    for trace in subject.traces:
        name = trace.facts.name
        with of.lock:
            tell(f"calibrating {name}")
            if name not in of.known:
                try:
                    of.known[name] = calibrate(trace, subject.run, Source(HERE, subject.measured))
                except BadInput as error:
                    of.known[name] = error.one_line()
    if not any(isinstance(known, Calibration) for known in of.known.values()):
        raise BadInput("; ".join(known for known in of.known.values() if isinstance(known, str)))


class _SupersededError(Exception):
    """Somebody has asked something else meanwhile."""


class BackgroundSimulation:
    """One screen's simulator."""

    def __init__(self) -> None:
        self.tell: Callable[[], object] = lambda: None
        """Called by the thread when the answer is another."""
        self._lock = Lock()
        self.subject: Subject | None = None
        """The run that was asked last."""
        self.calibrations = Calibrations()
        self._answer: Answer | None = None

    @property
    def busy(self) -> bool:
        """Whether more will be known of what was asked last."""
        return self._answer is not None and bool(self._answer.doing)

    def ask(self, subject: Subject, chosen: WhatIfFactors) -> Answer:
        """What is known of it now; the rest comes from a thread."""
        if subject.is_that_of(self.subject) and self._answer is not None and self._answer.chosen == chosen:
            return self._answer
        if not subject.is_that_of(self.subject):
            self.subject, self.calibrations = subject, Calibrations()
        options = what_if_options(chosen, subject.run, [trace.facts for trace in subject.traces])
        with self._lock:
            begun = self._answer = Answer(chosen, options, doing="calibrating from this run")
        work = _Work(subject, begun, self.calibrations, self._take)
        Thread(target=work.work, name="what-if", daemon=True).start()
        return begun

    def _take(self, before: Answer, after: Answer) -> None:
        """Raises where another question was asked meanwhile."""
        with self._lock:
            if self._answer is not before:
                raise _SupersededError
            self._answer = after
        if before != after:
            self.tell()


class _Work:
    """One question."""

    def __init__(
        self,
        subject: Subject,
        begun: Answer,
        calibrations: Calibrations,
        take: Callable[[Answer, Answer], None],
    ) -> None:
        self._subject, self._answer, self._take = subject, begun, take
        self._calibrations, self._known = calibrations, calibrations.known

    def work(self) -> None:
        """To its end, or to the next question."""
        never = True
        try:
            self._refuse_the_run()
            never = False
            self._simulate()
        except BadInput as error:
            with suppress(_SupersededError):
                self._told(refusal=error.one_line(), never=never, doing="")
        except _SupersededError:
            pass
        finally:
            if self._answer.doing:  # nobody is to wait for what will not come
                with suppress(_SupersededError):
                    self._told(refusal=self._answer.refusal or "the simulator broke off", doing="")

    def _told(self, **news: object) -> None:
        after = replace(self._answer, **news)  # type: ignore[arg-type]  # fields of it
        try:
            self._take(self._answer, after)
        finally:
            self._answer = after

    def _refuse_the_run(self) -> None:
        run, scenario = self._subject.run, self._subject.scenario
        if run.mode == "race":
            raise BadInput("this run is a race, in which the targets shared the machine", hint=MEASURES_THEM)
        refuse_options(SimulationOptions(), scenario, run_load(run.load))
        self._calibrate()

    def _simulate(self) -> None:
        run, scenario, traces, _ = self._subject
        asked = checked_options(self._answer.options, run, scenario, [trace.facts for trace in traces])
        load = asked.load
        refused = {name: known for name, known in self._known.items() if isinstance(known, str)}
        calibrated = {name: known for name, known in self._known.items() if isinstance(known, Calibration)}
        self._told(load=load, refused=refused, doing="simulating")
        chosen = asked.simulations(calibrated)
        come = [self._coming(each, load) for each in chosen]
        found: list[Foreseen] = []
        for each, coming_ in zip(chosen, come, strict=True):
            found.append(first_answer(each, coming_, load, lambda part: self._told()))  # another question may have come
        self._told(targets=tuple(found))
        self._all_replications(chosen, come, load, found)
        self._knees(chosen)
        self._told(doing="")

    def _calibrate(self) -> None:
        calibrate_all(self._subject, self._calibrations, lambda words: self._told(doing=words))

    def _coming(self, each: Simulation, load: Load) -> Coming:
        scenario, traces = self._subject.scenario, self._subject.traces
        plan, classes = planned_visits(as_recorded(scenario, load, traces[0]), load)
        return each.coming(plan, classes)

    def _all_replications(
        self, chosen: Sequence[Simulation], come: Sequence[Coming], load: Load, found: list[Foreseen]
    ) -> None:
        for at, (each, coming_) in enumerate(zip(chosen, come, strict=True)):
            if not found[at].whole:
                words = f"simulating {named(each.target.name)} more often"
                found[at] = whole_answer(each, coming_, load, self._teller(words))
                self._told(targets=tuple(found))

    def _knees(self, chosen: Sequence[Simulation]) -> None:
        load = knee_load(self._subject.run)
        for each in chosen:
            words = f"simulating {named(each.target.name)} at ever higher rates"
            curve = knee(each, lambda rate, each=each: self._coming(each, load(rate)), self._teller(words))  # type: ignore[misc]  # each is bound
            self._told(knees=(*self._answer.knees, curve))

    def _teller(self, words: str) -> Callable[[float], None]:
        return lambda part: self._told(doing=f"{words}: {part:.0%}")
