"""What a mode looks at: a scenario and, once something runs, its traces up to the playhead; in the end its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.analysis.unserved import reservations, whose_times, with_page, without_page
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS
from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.scenarios.wording import NS_PER_S, named, nanoseconds, number
from asgi_vs_wsgi.tui.modes.layout import prose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout


class TargetView(NamedTuple):
    """One target's trace, its figures so far, and until when it is looked at (absolute; 0 before its first visitor)."""

    ledger: ProgressiveFigures
    playhead_ns: int
    book: LaneLayout
    """Its lanes."""

    @property
    def trace(self) -> TargetTrace:
        """What was recorded."""
        return self.ledger.trace


@dataclass(frozen=True)
class ModeContext:
    """`result` is None before the end of a run; `seen` is empty before its beginning."""

    scenario: Scenario
    result: RunResult | None
    seen: Sequence[TargetView]
    width: int
    """Columns to write in."""
    position_ns: int = 0
    """Of the playhead, since the first visitor."""
    doing: str = ""
    """What the lab does now, in words."""
    height: int = 20
    """Lines that are seen without scrolling."""
    cut_off: str = ""
    """Why no end will come, in words: the run was stopped, or has failed; "" for any other."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of the scenarios that can be gone to, by their names."""
    measured: str | None = None
    """When, of a saved run that knows it."""
    awaits_figures: bool = False
    """Whether figures so far are still worked out, and are not asked for."""

    @cached_property
    def targets(self) -> list[TargetResult]:
        """The figures of each target: the result's, or those so far; none before the first visitor."""
        if self.result is not None:
            return self.result.targets
        if self.awaits_figures:
            return []
        return [each.ledger.target(each.playhead_ns) for each in self.started]

    @property
    def started(self) -> list[TargetView]:
        """The targets that have had a visitor."""
        return [each for each in self.seen if each.playhead_ns]

    @property
    def can_be_run(self) -> bool:
        """Whether its scenario is here: that of a saved run may be gone, and a user's own project has a form."""
        return not self.titles or self.scenario.name in self.titles

    @property
    def metric(self) -> str:
        """The figure that the scenario's verdict is about."""
        return self.scenario.toml.verdict.metric

    def until_ns(self, seen: TargetView) -> int:
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
    def over(self) -> bool:
        """Whether nothing more will come: the run has ended, or was cut off."""
        return self.result is not None or bool(self.cut_off)

    @property
    def may_browse(self) -> bool:
        """Whether a real browser may be asked about it: it can be run as it stands in the list."""
        return self.scenario.name in self.titles and not is_own_project(self.scenario)

    @property
    def nothing(self) -> bool:
        """Whether there is no run to look at."""
        return not (self.targets or self.awaits_figures)

    def nothing_yet(self, what: str) -> list[Content]:
        """What will be here, and how to get it, or what it waits for."""
        if self.doing:
            how = Content.styled(f"Nobody has come yet · {self.doing}", "$accent")
            return [*prose(Content.styled(what, "$faint"), self.width), Content(), *prose(how, self.width)]
        how = Content.assemble(("Enter", "bold $accent"), " runs it, ", ("m", "bold $accent"), " measures it.")
        ended = prose(f"The run {self.cut_off} before anybody came.", self.width) if self.cut_off else []
        return [*prose(Content.styled(what, "$faint"), self.width), Content(), *ended, how]

    def so_far(self, missing: str) -> list[Content]:
        """While a run is shown: how far it has come, and what only its end can tell; nothing once it is over."""
        if self.result is not None or self.nothing:
            return []
        if self.awaits_figures:
            worked_out = Content.styled("The figures so far are being worked out.", "$accent")
            return [*prose(worked_out, self.width), Content()]
        served = ", ".join(f"{named(each.name)} {_served(each)}" for each in self.targets)
        ends = f"The run {self.cut_off}: its end, and with it a verdict, will not come." if self.cut_off else missing
        words = f"So far, at {nanoseconds(self.position_ns)}: served {served}. {ends}"
        return [*prose(Content.styled(words, "$accent"), self.width), Content()]


def reserved_lines(sight: ModeContext) -> list[Content]:
    """Once a run is over: of whom the figures are, and what else must be known before anybody praises them."""
    if sight.result is None:
        return []
    parts: list[Content] = []
    for target in sight.targets:
        if against := list(reservations(target)):
            against += [whose] if (whose := whose_times(target)) else []
            words = Content.assemble((named(target.name), "bold $primary"), (f": {'; '.join(against)}.", "$accent"))
            parts += prose(words, sight.width)
    left = [each for each in sight.targets if each.requests.cancelled]
    if left:
        counts = ", ".join(f"{number(each.requests.cancelled)} of {named(each.name)}" for each in left)
        parts += prose(Content.styled(f"Visitors who left on purpose are in no mean: {counts}.", "$faint"), sight.width)
    return [*parts, Content()] if parts else []


def _served(target: TargetResult) -> str:
    counts = target.requests
    lost = without_page(counts) + counts.cancelled
    of = f" of {counts.planned}" if counts.planned < REQUESTS.high else ""  # a plan may end with its time
    return f"{with_page(counts)}{of}" + (f" ({lost} were not)" if lost else "")
