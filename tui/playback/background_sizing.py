"""Sizing asked for on the screen: searched by a thread, told as it goes on, and what is PREDICTED of the best two.

The same search as `size`, of the run that What-if is about and with the calibrations that this has made already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.simulation import changes, refuse_options, run_load, wanted_targets
from asgi_vs_wsgi.scenarios.planning.sizing import (
    CONFIRMED,
    SizeOptions,
    as_simulation,
    asked_servers,
    best,
    coming_live,
    confirmation,
    live_load,
    live_options,
    refuse_unconfirmable,
)
from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
from asgi_vs_wsgi.scenarios.simulation.simulated_run import simulate_one
from asgi_vs_wsgi.scenarios.simulation.sizing import size
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import refuse_class, refuse_goal, sizing
from asgi_vs_wsgi.tui.playback.background_simulation import calibrate_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.results.simulation import CalibrationResult, Configuration, Confirmation, Sizing
    from asgi_vs_wsgi.scenarios.simulation.sizing_goal import Asked, Goal
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.playback.background_simulation import Calibrations, Subject


class SizePromise(NamedTuple):
    """What was predicted of the best two before they were run live."""

    subject: Subject
    """The run that was asked."""
    goal: Goal
    load: Load
    live: Options
    chosen: list[Configuration]
    predicted: list[TargetResult]

    def options(self, scenario: Scenario) -> Options:
        """Of that live run."""
        return self.live

    def beside(self, measured: Sequence[TargetResult], traces: Sequence[TargetTrace]) -> list[Confirmation]:
        """What was then measured; as many as there are by now."""
        every = zip(self.chosen, self.predicted, measured, traces, strict=False)
        return [confirmation(one, self.goal, self.load, was, now, trace) for one, was, now, trace in every]


@dataclass(frozen=True)
class SizeAnswer:
    """What is known so far."""

    doing: str = "calibrating from this run"
    """What the search is at; "" when it is over."""
    refusal: str = ""
    found: tuple[Configuration, ...] = ()
    sizing: Sizing | None = None
    calibrations: tuple[CalibrationResult, ...] = ()
    not_sized: tuple[str, ...] = ()
    """Targets of which nothing is said, and why."""
    promise: SizePromise | None = None
    not_live: str = ""
    """Why the best two cannot be run live."""


class _StoppedError(Exception):
    """Nobody waits for it any more."""


class BackgroundSizing:
    """One search: whoever has begun it looks at `answer`, and may stop it."""

    def __init__(
        self, subject: Subject, asked_for: SizeOptions, calibrations: Calibrations, not_live: str = ""
    ) -> None:
        """`not_live`: why a run of this scenario cannot be begun here."""
        self._subject, self._asked_for, self._calibrations = subject, asked_for, calibrations
        self._stopped = False
        self.answer = SizeAnswer(not_live=not_live)

    def begin(self) -> None:
        """In a thread of its own."""
        Thread(target=self._work, name="sizing", daemon=True).start()

    def stop(self) -> None:
        """It ends at its next step."""
        self._stopped = True

    def _told(self, **news: object) -> None:
        if self._stopped:
            raise _StoppedError
        self.answer = replace(self.answer, **news)  # type: ignore[arg-type]  # fields of it

    def _work(self) -> None:
        try:
            self._search()
        except BadInput as error:
            self.answer = replace(self.answer, refusal=error.one_line())
        except _StoppedError:
            pass
        finally:
            if self.answer.doing:  # nobody is to wait for what will not come
                broken = "" if self._stopped or self.answer.sizing or self.answer.refusal else "the search broke off"
                self.answer = replace(self.answer, doing="", refusal=self.answer.refusal or broken)

    def _search(self) -> None:
        run, scenario, traces, _ = self._subject
        options = self._asked_for.options
        refuse_options(self._asked_for.of_source, scenario, run_load(run.load))
        calibrate_all(self._subject, self._calibrations, lambda words: self._told(doing=words))
        known = {name: each for name, each in self._calibrations.known.items() if isinstance(each, Calibration)}
        wanted = wanted_targets(options, [trace.facts for trace in traces])
        left: list[str] = [f"{name}: {why}" for name, why in self._calibrations.known.items() if isinstance(why, str)]
        asked = asked_servers(options, wanted, known, changes(options, scenario, run.parameters), left.append)
        if not asked:
            raise BadInput("; ".join(left))
        refuse_class(self._asked_for.of, list(asked[0].calibration.mix))
        goal = self._asked_for.goal(run.load.timeout_s)
        refuse_goal(asked, goal)
        found = size(asked, goal, lambda part: self._told(doing=f"simulating workers and threads: {part:.0%}"))
        self._told(
            found=tuple(found),
            sizing=sizing(asked, goal, found),
            calibrations=tuple(each.calibration.told for each in asked),
            not_sized=tuple(left),
        )
        if not self.answer.not_live and found[0].holds:
            self._promise(asked, goal, found)
        self._told(doing="")

    def _promise(self, asked: list[Asked], goal: Goal, found: list[Configuration]) -> None:
        run, scenario, _, _ = self._subject
        try:
            refuse_unconfirmable(self._asked_for.options, scenario, run.parameters)
            load = live_load(goal, self._asked_for, run)
        except BadInput as error:
            self._told(not_live=error.one_line())
            return
        chosen, predicted = best(found, CONFIRMED), []
        for one in chosen:
            whole, words = as_simulation(asked, one), f"predicting a live run of {one.target}"
            come = coming_live(whole, scenario, load)
            tell = lambda part, words=words: self._told(doing=f"{words}: {part:.0%}")  # noqa: E731 - bound in a loop
            predicted.append(simulate_one(whole, come, load, tell)[0])
        options = live_options(chosen, asked, load, run, self._asked_for, scenario)
        self._told(promise=SizePromise(self._subject, goal, load, options, chosen, predicted))
