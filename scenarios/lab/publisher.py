"""Gathers what is new for the screen: a Watcher of the run that answers each Ask with one News.

What is new of one target's trace since the last time it was asked.
"""

from __future__ import annotations

import logging
from array import array
from time import monotonic_ns
from typing import TYPE_CHECKING, TypeVar

from asgi_vs_wsgi.scenarios.lab.protocol import Failure, RecordingStarted, TraceDelta, Update, VisitRow
from asgi_vs_wsgi.scenarios.load.http_messages import MOST_OF_ONE
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate
from asgi_vs_wsgi.scenarios.wording import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asgi_vs_wsgi.scenarios.errors import LabError
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.tournament.standings import Tournament
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


Words = TypeVar("Words")

MOST_RECORD_BYTES = 1 << 20
MOST_ROWS = 4000
"""In one feed: a backlog is handed over in several frames, so that no frame takes long to draw."""


class TraceCursor:
    """Cursors into one growing trace."""

    def __init__(self, index: int, trace: TargetTrace) -> None:
        self._index = index
        self._trace = trace
        self._read: dict[int, int] = {}
        self._locations: dict[int, int] = {}
        self._raised: dict[int, int] = {}
        self._lost: dict[int, int] = {}
        self._died: set[int] = set()
        self._known: set[int] = set()
        self._fates: dict[int, Fate] = {}
        self._events = 0
        self._begun = 0
        self._unsent: set[int] = set()
        self._finished = 0
        self._service_told = False
        self._pieces = 0

    def feed(self) -> TraceDelta | None:
        """The news, None when there is none."""
        trace = self._trace
        rows = self._new_rows()
        records = {pid: self._new_records(pid) for pid in trace.workers if self._has_new_records(pid)}
        locations = _new_words({pid: worker.locations for pid, worker in trace.workers.items()}, self._locations)
        raised = _new_words({pid: worker.raised for pid, worker in trace.workers.items()}, self._raised)
        lost = {pid: worker.lost for pid, worker in trace.workers.items() if worker.lost != self._lost.get(pid, 0)}
        died = {pid: w.died_ns for pid, w in trace.workers.items() if w.died_ns and pid not in self._died}
        new = {pid: worker for pid, worker in trace.workers.items() if pid not in self._known}
        kernels = {pid: (w.shows_calls, w.reads_lines, w.sees_awaits) for pid, w in new.items()}
        fates = {pid: w.fate for pid, w in trace.workers.items() if w.fate != self._fates.get(pid, Fate())}
        events = trace.events[self._events :]
        self._events += len(events)
        self._fates.update(fates)
        self._known.update(kernels)
        self._lost.update(lost)
        self._died.update(died)
        service = trace.service_ns and not self._service_told
        self._service_told = bool(trace.service_ns)
        pieces = self._new_pieces(row[0] for row in rows)
        if not (
            rows or records or locations or raised or lost or died or service or kernels or pieces or fates or events
        ):
            return None
        begun = {row[0]: begun_ns for row in rows if (begun_ns := trace.visits.send_start_ns[row[0]])}
        return TraceDelta(
            self._index,
            rows,
            records,
            locations,
            lost,
            died,
            trace.service_ns,
            trace.service_cpu_ns,
            kernels,
            begun,
            raised,
            pieces,
            fates,
            events,
        )

    def _has_new_records(self, pid: int) -> bool:
        return pid not in self._read or self._read[pid] < len(self._trace.raw[pid])

    def _new_records(self, pid: int) -> bytes:
        start = self._read.get(pid, 0)
        records = bytes(memoryview(self._trace.raw[pid])[start : start + MOST_RECORD_BYTES])
        self._read[pid] = start + len(records)
        return records

    def _new_rows(self) -> list[VisitRow]:
        """Visits that have come to be sent, or to an end, since the last time."""
        visits = self._trace.visits
        begun = list(visits.started[self._begun : self._begun + MOST_ROWS])
        self._begun += len(begun)
        self._unsent.update(begun)
        sent = [row for row in self._unsent if visits.sent_ns[row] or visits.outcome[row]]
        self._unsent.difference_update(sent)
        finished = list(visits.finished[self._finished : self._finished + MOST_ROWS])
        self._finished += len(finished)
        return [self._row(row) for row in dict.fromkeys([*begun, *sent, *finished])]

    def _new_pieces(self, visits: Iterable[int]) -> dict[int, tuple[int, bytes]]:
        """Of each answer of which there is news, all that is known of its pieces; in the end how many there were."""
        pieces = self._trace.visits.pieces
        rows = pieces.log[self._pieces : self._pieces + MOST_ROWS]
        self._pieces += len(rows)
        rows.extend(row for row in visits if pieces.count(row) > MOST_OF_ONE)
        return {row: (pieces.count(row), array("q", pieces.times_ns(row)).tobytes()) for row in rows}

    def _row(self, row: int) -> VisitRow:
        v = self._trace.visits
        return (
            row,
            v.intended_ns[row],
            v.connect_start_ns[row],
            v.connected_ns[row],
            v.sent_ns[row],
            v.first_byte_ns[row],
            v.done_ns[row],
            v.status[row],
            v.bytes_received[row],
            v.outcome[row],
            v.error[row],
        )


def _new_words(known: Mapping[int, dict[int, Words]], told: dict[int, int]) -> dict[int, dict[int, Words]]:
    """Of each worker what its records refer to by number, where some is new; `told`: how many were told before."""
    new = {
        pid: {number: words[number] for number in list(words)[told.get(pid, 0) :]}
        for pid, words in known.items()
        if told.get(pid, 0) < len(words)
    }
    told.update({pid: len(known[pid]) for pid in new})
    return new


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
        self._progress = Progress("starting", f"{named(target)}: worker {pid} is ready")

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
