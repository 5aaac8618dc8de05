"""A recording as it is shown: a playhead for each target that trails what is recorded, and never jumps back.

    recorded   |==================================>        grows while the run lasts
    shown      |========>                                  moves at a speed that suits the eye

Knows nothing of the screen, and takes the time as an argument.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter, TargetScore
from asgi_vs_wsgi.scenarios.simulation.law_prediction import likely_makespan_ns
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.drawing.events import Event, Moments, happened
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.plain_text import Seen
from asgi_vs_wsgi.tui.drawing.waterfall import WaterfallOrder
from asgi_vs_wsgi.tui.playback.speed import neighbour, speed_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
    from asgi_vs_wsgi.tui.playback.recording import Recording


class TargetPlayback:
    """One target: its trace, its rows and its playhead (nanoseconds since its first visitor)."""

    def __init__(self, trace: TargetTrace) -> None:
        self.trace = trace
        self.beside: list[TargetFacts] = [trace.facts]
        """All targets that are shown together."""
        self.book = LaneLayout(trace)
        self.keeper = ScoreCounter(trace)
        self.pane = Pane(self.book)
        self.moments = Moments(trace)
        self.order = WaterfallOrder(trace)
        self.ledger = ProgressiveFigures(trace)
        self.start_ns = 0
        """Absolute time of the first visitor, 0 before."""
        self.recorded_ns = 0
        self.position_ns = 0.0
        self._whole = False
        self.closed = False
        """Whether no more will be recorded, whole or not."""

    def update_rows(self, rows: set[int], live_ns: int) -> None:
        """There is news of these visitors; the recording goes until `live_ns` (absolute)."""
        self.book.update_rows(rows)
        self.keeper.update_rows(rows)
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

    @property
    def ended(self) -> bool:
        """Whether the playhead has shown how the last of its visitors ended."""
        return bool(self.over_ns) and self.at_end

    def event_beside(self, at_ns: int, direction: int) -> Event | None:
        """The event after a moment of this target's clock, or the one before."""
        beside = self.moments.after if direction > 0 else self.moments.before
        moment = beside(self.start_ns + at_ns)
        return moment if moment and moment.at_ns - self.start_ns <= self.recorded_ns else None

    def happened(self) -> list[tuple[int, str]]:
        """What was done to its server up to the playhead, in nanoseconds since its first visitor."""
        return [(at_ns - self.start_ns, word) for at_ns, word in happened(self.trace) if at_ns < self.playhead_ns]

    def score(self) -> TargetScore:
        """At the playhead."""
        return self.keeper.score(self.playhead_ns)

    def seen(self) -> Seen:
        """What the sentence says something about."""
        return Seen(self.book, self.playhead_ns, self.score(), self.over_ns if self.at_end else 0)


HEAD_START_NS = 300_000_000
"""So much is recorded before the playhead starts: enough to choose a scale that lasts."""


_GLIDE_S = 0.5
"""How long the playhead takes to get used to another speed."""


_MOST_FRAME_S = 0.25
"""A frame that comes late does not make the playhead leap."""


class Playback:
    """All targets of one recording, shown together."""

    def __init__(self, recording: Recording, *, animated: bool = True) -> None:
        self.recording = recording
        self.targets = [TargetPlayback(trace) for trace in recording.traces]
        for target in self.targets:
            target.beside = [each.trace.facts for each in self.targets]
        self.speed = speed_for(0, 0)
        self.chosen = False
        """Whether the user has chosen the speed."""
        self.paused = False
        self.live = True
        """Whether the lab still records."""
        self.replayed = False
        """Whether it was read from a saved run, rather than recorded before one's eyes."""
        self.simulated = False
        """Whether no server has run: then it was not recorded either."""
        self.measured: str | None = None
        """When, of a saved run that knows it."""
        self.animated = animated
        """Whether the playhead moves, rather than jumps to what is recorded."""
        self.extent_ns = 0
        """How far the shared axis has to go."""
        self.event = ""
        """What happens where the playhead was put by stepping from event to event."""
        self.hold_at_ns: int | None = None
        """Where the playhead is to stop, while it plays on to that moment."""
        self._pace = float(self.speed)

    def update_rows(self, feeds: Sequence[tuple[int, set[int]]], live_ns: int) -> None:
        """News of visitors, by target."""
        fed = dict(feeds)
        for index, target in enumerate(self.targets):
            if index in fed:
                target.update_rows(fed[index], live_ns)
            elif self.live:
                target.record_until(live_ns)
        self._look_ahead()

    def close(self, *, whole: bool) -> None:
        """The lab records no more; `whole` if the run came to its end."""
        self.live = False
        for target in self.targets:
            target.closed = True
        if whole:
            for target in self.targets:
                target.close()
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Choose the scale and, unless the user has, the speed."""
        recorded = max((target.recorded_ns for target in self.targets), default=0)
        likely = max((likely_makespan_ns(target.trace) for target in self.targets if not target.over_ns), default=0)
        if not self.live or all(target.over_ns for target in self.targets):
            self.extent_ns = recorded
        elif max(recorded, likely) > self.extent_ns:
            self.extent_ns = _round_up(max(recorded, likely))
        if not self.chosen:
            over = [target.over_ns for target in self.targets if target.over_ns]
            guesses = [
                likely_makespan_ns(target.trace) or target.recorded_ns for target in self.targets if target.start_ns
            ]
            self.speed = speed_for(min(over or guesses, default=0), max(recorded, likely))

    def advance(self, elapsed_s: float) -> bool:
        """Let so much time of the person before the screen pass; returns whether a playhead moved."""
        elapsed_s = min(elapsed_s, _MOST_FRAME_S)
        self._pace += (float(self.speed) - self._pace) * min(1.0, elapsed_s / _GLIDE_S)
        if self.paused:
            return False
        if not self.animated:
            return self._catch_up()
        self.event = ""
        moved = [self._move(target, self._pace * elapsed_s * 1e9) for target in self.targets]
        if self.hold_at_ns is not None and self.position_ns >= self.hold_at_ns:
            self.go_to(self.hold_at_ns)
        return any(moved)

    def _catch_up(self) -> bool:
        behind = not all(target.at_end for target in self.targets)
        if behind:
            self.to_end()
        return behind

    def _move(self, target: TargetPlayback, by_ns: float) -> bool:
        if self.live and not target.over_ns and target.recorded_ns < HEAD_START_NS:
            return False
        before = target.position_ns
        target.position_ns = max(before, min(before + by_ns, target.recorded_ns))
        return target.position_ns != before

    @property
    def at_end(self) -> bool:
        """Whether everything has been shown and nothing more will come."""
        return not self.live and all(target.at_end for target in self.targets)

    @property
    def begun(self) -> bool:
        """Whether any visitor has come to any target."""
        return any(target.start_ns for target in self.targets)

    @property
    def keeps_up(self) -> bool:
        """Whether what is shown is what happens now: nothing can be shown before it is recorded."""
        return self.live and (self.speed >= 1 or not self.animated)

    @property
    def position_ns(self) -> int:
        """Of the playhead that is furthest."""
        return max((round(target.position_ns) for target in self.targets), default=0)

    def happened(self) -> list[tuple[int, str]]:
        """What was done to servers, and has been shown."""
        return [each for target in self.targets for each in target.happened()]

    def again(self) -> None:
        """From the start, at a speed chosen anew, all targets together."""
        for target in self.targets:
            target.position_ns = 0.0
        self.paused, self.chosen, self.hold_at_ns = False, False, None
        self._look_ahead()
        self._pace = float(self.speed)

    def to_end(self) -> None:
        """Show all that is recorded."""
        self.event, self.hold_at_ns = "", None
        for target in self.targets:
            target.position_ns = float(target.recorded_ns)

    def step(self, by_ns: int) -> None:
        """Stop, and look a little earlier or later."""
        self.go_to(self.position_ns + by_ns)

    def go_to(self, at_ns: int) -> None:
        """Stop, and look at a moment of every target's clock, as far as it is recorded."""
        self.paused, self.event, self.hold_at_ns = True, "", None
        for target in self.targets:
            target.position_ns = float(max(0, min(at_ns, target.recorded_ns)))

    def play_to(self, at_ns: int) -> None:
        """Go on from here and hold at that moment; at once where it is over already, or nothing moves."""
        if not self.animated or at_ns <= self.position_ns:
            self.go_to(at_ns)
        else:
            self.paused, self.hold_at_ns = False, at_ns

    def step_event(self, direction: int) -> bool:
        """To the next event of any visitor anywhere, or to the one before; False where there is none.

        The playhead stops a nanosecond after it: what has just begun is seen.
        """
        at_ns = self.position_ns - 1
        found = [
            (moment.at_ns - target.start_ns, target, moment)
            for target in self.targets
            if target.start_ns and (moment := target.event_beside(at_ns, direction))
        ]
        if not found:
            return False
        when_ns, target, moment = (min if direction > 0 else max)(found, key=itemgetter(0))
        self.go_to(when_ns + 1)
        self.event = f"{named(target.trace.facts.name)}: {moment.words}"
        return True

    def work_ahead(self) -> Iterator[None]:
        """What drawing any moment, and its figures, needs of the recording, in steps of microseconds."""
        for target in self.targets:
            yield from target.book.work_ahead()
        for target in self.targets:
            yield from target.ledger.work_ahead()

    def change_speed(self, steps: int) -> None:
        """Faster or slower; from now on the speed is the user's."""
        self.speed, self.chosen = neighbour(self.speed, steps), True


def _round_up(time_ns: int) -> int:
    """To a round figure: the axis grows in few steps, and not much further than it must."""
    step: int = 10 ** (len(str(time_ns)) - 1)
    return next(
        step * tenths // 10 for tenths in (10, 15, 20, 25, 30, 40, 50, 60, 80, 100) if step * tenths >= 10 * time_ns
    )
