"""One target of a recording as it is shown: its trace, its rows, and a playhead on a clock of its own.

The clock starts with the target's first visitor, so that targets measured one after another can be compared on one
axis.
"""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.analysis.progressive.figures_so_far import Ledger
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.events import Moment, Moments
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneBook
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.story.sentence import Seen
from asgi_vs_wsgi.tui.drawing.target_score import Score, ScoreKeeper
from asgi_vs_wsgi.tui.drawing.waterfall.order import WaterfallOrder


class TargetShow:
    """One target: its trace, its rows and its playhead (nanoseconds since its first visitor)."""

    def __init__(self, trace: TargetTrace) -> None:
        self.trace = trace
        self.book = LaneBook(trace)
        self.keeper = ScoreKeeper(trace.visits)
        self.pane = Pane(self.book)
        self.moments = Moments(trace)
        self.order = WaterfallOrder(trace)
        self.ledger = Ledger(trace)
        self.start_ns = 0
        """Absolute time of the first visitor, 0 before."""
        self.recorded_ns = 0
        self.position_ns = 0.0
        self._whole = False

    def take(self, rows: set[int], live_ns: int) -> None:
        """There is news of these visitors; the recording goes until `live_ns` (absolute)."""
        self.book.take(rows)
        self.keeper.take(rows)
        if not self.start_ns:
            intended = [at_ns for row in rows if (at_ns := self.trace.visits.intended_ns[row])]
            self.start_ns = min(intended, default=0)
        self.record_until(live_ns)

    def record_until(self, live_ns: int) -> None:
        """The recording goes on, until everybody has ended."""
        if not self.start_ns:
            return
        ended_ns = max(0, self.keeper.last_end_ns - self.start_ns)
        live_ns -= self.start_ns
        self.recorded_ns = ended_ns if self.complete else max(self.recorded_ns, live_ns, ended_ns)

    @property
    def worker_indexes(self) -> list[int]:
        """The numbers of the workers that have reported."""
        return sorted({worker.index for worker in self.trace.workers.values()})

    @property
    def complete(self) -> bool:
        """Whether everybody has ended, or the lab says that no more will."""
        return self._whole or self.keeper.complete

    def close(self) -> None:
        """The run is whole; who has not ended never will."""
        self._whole = True
        self.record_until(0)

    @property
    def playhead_ns(self) -> int:
        """Absolute; 0 before the first visitor."""
        return self.start_ns + round(self.position_ns) if self.start_ns else 0

    @property
    def over_ns(self) -> int:
        """How long it took, 0 until everybody has ended."""
        return self.recorded_ns if self.complete else 0

    @property
    def at_end(self) -> bool:
        """Whether the playhead has shown everything that is recorded."""
        return round(self.position_ns) >= self.recorded_ns

    def event_beside(self, at_ns: int, direction: int) -> Moment | None:
        """The event after a moment of this target's clock, or the one before."""
        beside = self.moments.after if direction > 0 else self.moments.before
        moment = beside(self.start_ns + at_ns)
        return moment if moment and moment.at_ns - self.start_ns <= self.recorded_ns else None

    def score(self) -> Score:
        """At the playhead."""
        return self.keeper.score(self.playhead_ns)

    def seen(self) -> Seen:
        """What the sentence says something about."""
        return Seen(self.book, self.playhead_ns, self.score(), self.over_ns if self.at_end else 0)
