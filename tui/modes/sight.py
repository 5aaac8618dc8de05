"""What a mode looks at: a scenario and, once something runs, its traces up to the playhead; in the end its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from textual.content import Content

from scenarios.analysis.environment import cores
from scenarios.definition import Scenario
from scenarios.limits import REQUESTS
from scenarios.result import RunResult, TargetResult
from scenarios.trace.target_trace import TargetTrace
from tui.drawing.lane_book import LaneBook
from tui.drawing.words import NS_PER_S, nanoseconds
from tui.modes.layout import prose
from tui.modes.ledger import Ledger


class Seen(NamedTuple):
    """One target's trace, its figures so far, and until when it is looked at (absolute; 0 before its first visitor)."""

    ledger: Ledger
    playhead_ns: int
    book: LaneBook
    """Its lanes."""

    @property
    def trace(self) -> TargetTrace:
        """What was recorded."""
        return self.ledger.trace


@dataclass(frozen=True)
class Sight:
    """`result` is None before the end of a run; `seen` is empty before its beginning."""

    scenario: Scenario
    result: RunResult | None
    seen: Sequence[Seen]
    width: int
    """Columns to write in."""
    position_ns: int = 0
    """Of the playhead, since the first visitor."""
    doing: str = ""
    """What the lab does now, in words."""
    height: int = 20
    """Lines that are seen without scrolling."""

    @cached_property
    def targets(self) -> list[TargetResult]:
        """The figures of each target: the result's, or those so far; none before the first visitor."""
        if self.result is not None:
            return self.result.targets
        return [each.ledger.target(each.playhead_ns) for each in self.started]

    @property
    def started(self) -> list[Seen]:
        """The targets that have had a visitor."""
        return [each for each in self.seen if each.playhead_ns]

    @property
    def metric(self) -> str:
        """The figure that the scenario's verdict is about."""
        return self.scenario.toml.verdict.metric

    def until_ns(self, seen: Seen) -> int:
        """Until when a target is looked at; with the result come all visits, wherever its playhead is."""
        return max(seen.trace.visits.done_ns, default=0) if self.result else seen.playhead_ns

    def elapsed_s(self, target: TargetResult) -> float | None:
        """How long a target's run took, or has taken so far."""
        if target.makespan_s is not None:
            return target.makespan_s
        seen = next((each for each in self.started if each.trace.facts.name == target.name), None)
        return seen.ledger.elapsed_ns(seen.playhead_ns) / NS_PER_S if seen else None

    @property
    def cores(self) -> int:
        """Of the machine on which it was run."""
        known = self.result.environment.get("cores") if self.result else None
        return known if isinstance(known, int) else cores()

    @property
    def nothing(self) -> bool:
        """Whether there is no run to look at."""
        return not self.targets

    def nothing_yet(self, what: str) -> list[Content]:
        """What will be here, and how to get it."""
        how = Content.assemble(("Enter", "bold $accent"), " runs it, ", ("m", "bold $accent"), " measures it.")
        return [*prose(Content.styled(what, "$faint"), self.width), Content(), how]

    def so_far(self, missing: str) -> list[Content]:
        """While a run is shown: how far it has come, and what only its end can tell; nothing once it is over."""
        if self.result is not None or self.nothing:
            return []
        served = ", ".join(f"{each.name} {_served(each)}" for each in self.targets)
        words = f"So far, at {nanoseconds(self.position_ns)}: served {served}. {missing}"
        return [*prose(Content.styled(words, "$accent"), self.width), Content()]


def served_words(sight: Sight) -> list[Content]:
    """Once a run is over: of whom the figures are, where not everybody was served."""
    some = [each for each in sight.targets if each.requests.completed < each.requests.planned]
    if sight.result is None or not some:
        return []
    counts = ", ".join(f"{each.name} {each.requests.completed} of {each.requests.planned}" for each in some)
    return prose(Content.styled(f"Of those who were served: {counts}.", "$faint"), sight.width)


def _served(target: TargetResult) -> str:
    counts = target.requests
    lost = counts.failed + counts.dropped + counts.cancelled
    of = f" of {counts.planned}" if counts.planned < REQUESTS.high else ""  # a plan may end with its time
    return f"{counts.completed}{of}" + (f" ({lost} were not)" if lost else "")
