"""Reads a saved run for the screen, some slices a frame, and then works out ahead what a jump into it would need.

A saved run as the screen takes it: its scenario, and its recording, opened in slices of a frame.

Nothing is shown of it before all of it is there, which for 20,000 visitors takes less than a second; the screen
says how far it is.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.gc_pause import free_last_run, gc_paused
from asgi_vs_wsgi.scenarios.lab.protocol import RecordingStarted
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.scenario_files.reader import BrokenFolder, checked_toml
from asgi_vs_wsgi.server_targets.servers import server_specs
from asgi_vs_wsgi.tui.playback.playback import Playback
from asgi_vs_wsgi.tui.playback.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.storage.saved_scenario import SavedScenario
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.playback.speed import Clock


RECORDS, VISITORS = 8000, 1000
"""In a slice: some milliseconds each."""


def scenario_of(texts: SavedScenario) -> Scenario | None:
    """The scenario as it was when the run was saved; None for one that this version cannot read any more."""
    folder = Path(texts.name)
    try:
        toml = checked_toml(folder / "scenario.toml", texts.toml, {product.name: product for product in server_specs()})
    except BrokenFolder:
        return None
    return Scenario(texts.name, folder, toml, texts.lesson, texts.views)


class RunLoader:
    """A saved run on its way to the screen; `show` is whole when `go_on` has said so."""

    def __init__(self, saved: SavedRun) -> None:
        traces = saved.undecoded()
        self.saved = saved
        self.show = Playback(Recording(_opened(saved, traces), traces))
        self.show.replayed = True
        self.show.simulated = bool(saved.result.simulated)
        self.show.measured = saved.clock.local if saved.clock else None
        self.done = 0
        self.total = sum(1 + sum(map(len, trace.raw.values())) // 32 + len(trace.visits) for trace in traces)
        """Of the same kind as `done`; for telling how far it is."""
        self._recorded_until_ns = saved.stopped.at_ns if saved.stopped else 0
        """A run that was stopped goes on until then, whoever had ended; any other until everybody has."""
        self._slices = self._all_slices()

    def go_on(self) -> bool:
        """One more slice; returns whether that was the last."""
        self.done += next(self._slices, 0)
        if self.done < self.total:
            return False
        self.show.close(whole=self.saved.has_figures)
        return True

    def _all_slices(self) -> Iterator[int]:
        """Records first: whoever is placed on a lane is placed with all that is known."""
        for index, trace in enumerate(self.show.recording.traces):
            while trace.decode(RECORDS):
                yield RECORDS
            rows = _in_order(trace)
            for at in range(0, len(rows), VISITORS):
                self.show.update_rows([(index, set(rows[at : at + VISITORS]))], self._recorded_until_ns)
                yield len(rows[at : at + VISITORS])
        yield self.total


def opened(saved: SavedRun) -> Playback:
    """All slices at once."""
    opening = RunLoader(saved)
    while not opening.go_on():
        pass
    return opening.show


def _in_order(trace: TargetTrace) -> list[int]:
    """Visitors as they got into a worker: lanes are filled in that order."""
    begun = [(handling.begin_ns if (handling := trace.handling(row)) else 0) for row in range(len(trace.visits))]
    return sorted(range(len(begun)), key=begun.__getitem__)


def _opened(saved: SavedRun, traces: list[TargetTrace]) -> RecordingStarted:
    return RecordingStarted(
        saved.scenario.name,
        round=1,
        rounds=1,
        targets=[trace.facts for trace in traces],
        planned=[len(trace.visits) for trace in traces],
        first_ids=[trace.visits.first_id for trace in traces],
    )


OPENING_S = 0.25
"""At a time, for reading a saved run: nobody waits longer for the answer to a key."""


AHEAD_S = 0.008
"""Of each frame, for what a jump into an opened run would have to work out: the frame is still drawn in time."""


class BackgroundLoader:
    """One saved run after another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.opening: RunLoader | None = None
        """A saved run that is being read."""
        self._ahead: Iterator[None] | None = None
        """What is worked out for the saved run that has just been opened, before somebody asks for it."""
        self.ahead_cpu_s = 0.0
        """What that has taken of a core: it is no part of what drawing costs."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self.opening is None and self._ahead is None

    @property
    def works_ahead(self) -> bool:
        """Whether figures of the run that has just been opened are still worked out."""
        return self._ahead is not None

    def forget(self) -> None:
        """Whatever was read is not looked at any more."""
        self.opening = self._ahead = None

    def sweep(self) -> None:
        """The run before is full of circles."""
        free_last_run()

    def begin(self, saved: SavedRun) -> None:
        """Read this from now on."""
        self.opening = RunLoader(saved)

    def read_on(self) -> RunLoader | None:
        """For part of a frame; the opening, once it is whole."""
        end_s = self._clock() + OPENING_S
        with gc_paused():
            while self._clock() < end_s:
                if opening := self._slice():
                    self._ahead = opening.show.work_ahead()
                    return opening
        return None

    def read_all(self) -> RunLoader:
        """At once."""
        while not (opening := self._slice()):
            pass
        return opening

    def _slice(self) -> RunLoader | None:
        opening = self.opening
        if opening is None or not opening.go_on():
            return None
        self.opening = None
        return opening

    def work_ahead(self) -> None:
        """For a small part of a frame."""
        end_s, cpu_s, steps = self._clock() + AHEAD_S, time.thread_time(), self._ahead
        with gc_paused():
            while steps is not None and self._clock() < end_s:
                steps = self._ahead = steps if next(steps, False) is None else None
        self.ahead_cpu_s += time.thread_time() - cpu_s
