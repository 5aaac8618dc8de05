"""What What-if predicts, measured: `M` just that; `S` opens the form of a sizing, then the box with its answer.

form ─► SizeWanted ─► box: searched, told ─► M ─► how long it takes ─► the best two, live, beside what was PREDICTED
  └────── again ──────────┘
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.tui.screens.duration_notice import measure_lines, size_lines
from asgi_vs_wsgi.tui.screens.run_control import WHAT_IF

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.modes.what_if_simulated import Promise
    from asgi_vs_wsgi.tui.playback.background_sizing import SizePromise
    from asgi_vs_wsgi.tui.screens.keys import RunHost
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.screens.run_control import RunControl
    from asgi_vs_wsgi.tui.screens.run_values import Values
    from asgi_vs_wsgi.tui.screens.size_form import SizeWanted

NOT_LISTED = "its scenario is not in the list any more"
OF_OWN_PROJECT = "a run of your own project begins with its form: put the targets that are told into it"


class SizeControl:
    """A part of the screen. What it needs is imported when somebody wants it: the first screen does not wait for it."""

    COMMANDS: ClassVar = frozenset({"size", "measure_this"})

    def __init__(self, host: RunHost, runs: RunControl, modes: Modes) -> None:
        self._host, self._runs, self._modes = host, runs, modes
        self._values: Values = {}
        """What was asked for before."""

    def may(self, command: str) -> bool:
        """Where What-if has something to simulate from; what is measured has to be in the list."""
        if not self._modes.obeys(command):
            return False
        return self._runs.may("run") if command == "measure_this" else self._modes.simulation.subject is not None

    def measure_this(self) -> None:
        """What What-if has predicted, live, once it was told how long that takes."""
        if (scenario := self._runs.scenario) and (promise := self._modes.predicts):
            begin = partial(self._keep, promise, scenario)
            self._runs.plan("Measure this", partial(measure_lines, promise, scenario), begin)

    def _keep(self, promise: Promise | SizePromise, scenario: Scenario) -> None:
        self._runs.begin(scenario.name, lambda _: promise.options(scenario), WHAT_IF)
        self._modes.promise = promise

    def size(self) -> None:
        """Ask what is to be held."""
        from asgi_vs_wsgi.tui.screens.size_form import SizeForm

        if scenario := self._runs.scenario:
            self._host.ask(SizeForm(scenario.toml.title, self._values), self._search)

    def _search(self, wanted: SizeWanted | None) -> None:
        from asgi_vs_wsgi.tui.playback.background_sizing import BackgroundSizing
        from asgi_vs_wsgi.tui.screens.size_form import SizeBox

        subject = self._modes.simulation.subject
        if wanted is None or subject is None:
            return
        self._values = wanted.values
        scenario = subject.scenario
        not_live = "" if self._runs.in_list(scenario.name) else NOT_LISTED
        if is_own_project(scenario):
            not_live = OF_OWN_PROJECT
        search = BackgroundSizing(subject, wanted.options, self._modes.simulation.calibrations, not_live)
        self._host.ask(SizeBox(scenario.toml.title, search), self._end)

    def _end(self, chosen: SizePromise | str | None) -> None:
        """To the form once more, or to the live run."""
        if isinstance(chosen, str):
            self.size()
        elif chosen is not None and (scenario := self._runs.scenario):
            begin = partial(self._keep, chosen, scenario)
            self._runs.plan(f"Measure {chosen.of}", partial(size_lines, chosen), begin)
