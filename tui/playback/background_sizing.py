"""Sizing asked for on the screen: searched by a thread, told as it goes on, and what is PREDICTED of the best two.

The same search as `size`, of the run that What-if is about and with the calibrations that this has made already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.sizing import (
    Sized,
    SizeOptions,
    confirmations,
    live_load,
    live_options,
    predict_live,
    refuse_unconfirmable,
    search,
)
from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
from asgi_vs_wsgi.tui.playback.background_simulation import calibrate_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario
    from asgi_vs_wsgi.scenarios.planning.simulation import Wanted
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.results.simulation import CalibrationResult, Configuration, Confirmation, Sizing
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.playback.background_simulation import Calibrations, Subject


class SizePromise(NamedTuple):
    """What was predicted of the best two before they were run live."""

    subject: Subject
    """The run that was asked."""
    sized: Sized
    load: Load
    live: Options
    predicted: list[TargetResult]

    @property
    def of(self) -> str:
        """What is run live, in words."""
        return "the best two" if len(self.live.targets) > 1 else "it"

    def options(self, scenario: Scenario) -> Options:
        """Of that live run."""
        return self.live

    def beside(self, measured: Sequence[TargetResult], traces: Sequence[TargetTrace]) -> list[Confirmation]:
        """What was then measured; as many as there are by now."""
        return confirmations(self.sized, self.load, self.predicted, measured, traces)


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

    def _teller(self, words: str) -> Callable[[float], None]:
        return lambda part: self._told(doing=f"{words}: {part:.0%}")

    def _search(self) -> None:
        run, scenario, traces, _ = self._subject
        left: list[str] = []

        def calibrated(wanted: Sequence[Wanted]) -> Mapping[str, Calibration]:
            calibrate_all(self._subject, self._calibrations, lambda words: self._told(doing=words))
            every = self._calibrations.known.items()
            left.extend(f"{name}: {why}" for name, why in every if isinstance(why, str))
            known = {name: each for name, each in every if isinstance(each, Calibration)}
            if not any(each.of.name in known for each in wanted):
                raise BadInput("; ".join(left))
            return known

        facts = [trace.facts for trace in traces]
        sized = search(self._asked_for, run, scenario, facts, calibrated, left.append, self._teller)
        self._told(
            found=tuple(sized.found),
            sizing=sized.told,
            calibrations=tuple(each.calibration.told for each in sized.asked),
            not_sized=tuple(left),
        )
        if not self.answer.not_live and sized.found[0].holds:
            self._promise(sized)
        self._told(doing="")

    def _promise(self, sized: Sized) -> None:
        run, scenario, _, _ = self._subject
        try:
            refuse_unconfirmable(self._asked_for.options, scenario, run.parameters)
            load = live_load(sized.goal, self._asked_for, run)
        except BadInput as error:
            self._told(not_live=error.one_line())
            return
        predicted = predict_live(sized, scenario, load, self._teller)
        options = live_options(sized, load, run, self._asked_for, scenario)
        self._told(promise=SizePromise(self._subject, sized, load, options, predicted))
