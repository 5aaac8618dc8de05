"""Gathers what is new for the screen: a Watcher of the run that answers each Ask with one News."""

from __future__ import annotations

import logging
from time import monotonic_ns
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.lab.protocol import Failure, RecordingStarted, Update
from asgi_vs_wsgi.scenarios.lab.trace_delta import TraceCursor
from asgi_vs_wsgi.scenarios.run.observer import Progress

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.errors import LabError
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.tournament.standings import Tournament
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

_log = logging.getLogger(__name__)


class UpdatePublisher:
    """Keeps only cursors into the traces, which the run owns: nothing is copied before it is asked for."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._opened: RecordingStarted | None = None
        self._feeders: list[TraceCursor] = []
        self._result: RunResult | None = None
        self._failure: Failure | None = None
        self._tournament: Tournament | None = None
        self._counts = (0, 0)
        """What is done, and of how much, where that counts."""
        self.notice = ""
        """Something that went wrong beside the run."""
        self.so_far: Outcome | None = None
        """What was measured of a run that was stopped."""
        self._scenario = ""
        self._rounds = 1
        self.running = False
        self.keeping = False
        """Whether what was measured is being kept."""

    def begin(self, scenario: str, rounds: int) -> None:
        """A new run; what is left of the last one is not news any more."""
        self.__init__()  # type: ignore[misc]
        self._scenario, self._rounds, self.running = scenario, rounds, True

    def progress(self, progress: Progress) -> None:
        """Watcher: the newest progress is the one that counts."""
        _log.info("%s: %s", progress.phase, progress.words)
        self._progress = progress
        self._counts = progress.done, progress.total

    def ready(self, target: str, pid: int) -> None:
        """Watcher: a worker has said hello."""
        self._progress = Progress("starting", f"{target}: worker {pid} is ready")

    def recording(self, traces: list[TargetTrace], round_number: int) -> None:
        """Watcher: these traces are what the screen shows from now on; round 0 is the choice of median rounds."""
        self._feeders = [TraceCursor(index, trace) for index, trace in enumerate(traces)]
        self._opened = RecordingStarted(
            self._scenario,
            round_number,
            self._rounds,
            [trace.facts for trace in traces],
            [len(trace.visits.outcome) for trace in traces],
            [trace.visits.first_id for trace in traces],
            *_kinds(traces),
        )

    def cut_off(self, outcome: Outcome) -> None:
        """Watcher: it was stopped."""
        self.so_far = outcome

    def finished(self, result: RunResult) -> None:
        """The run is over."""
        self._result, self.running = result, False

    def ranking(self, tournament: Tournament) -> None:
        """A tournament has come this far."""
        self._tournament = tournament

    def ranked(self, tournament: Tournament) -> None:
        """A tournament is over."""
        self._tournament, self.running = tournament, False

    def failed(self, error: LabError) -> None:
        """The run could not be run."""
        _log.warning("failed: %s\n%s", error.one_line(), error.detail)
        self._failure = Failure(error.what, error.detail, error.hint)
        self._progress, self.running = Progress("failed", error.what), False

    def stopped(self) -> None:
        """The user stopped it."""
        self._progress, self.running = Progress("stopped", "stopped; what was recorded stays", *self._counts), False

    def news(self) -> Update:
        """What is new since the last call."""
        feeds = [feed for feeder in self._feeders if (feed := feeder.feed())]
        news = Update(
            monotonic_ns(),
            self._progress,
            self._opened,
            feeds,
            self._result,
            self._failure,
            self._tournament,
            self.running,
            self.notice,
            self.keeping,
        )
        self.notice = ""
        self._progress = self._opened = self._result = self._failure = self._tournament = None
        return news


def _kinds(traces: list[TargetTrace]) -> tuple[tuple[str, ...], list[bytes]]:
    """Who comes is planned before anybody does, and the same for every target."""
    classes = traces[0].classes if traces else ("all",)
    return classes, [trace.class_of.tobytes() for trace in traces] if len(classes) > 1 else []
