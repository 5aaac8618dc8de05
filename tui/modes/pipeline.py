"""Pipeline: where a request's time goes on its way through the server, stage by stage, and which stage is the neck."""

from __future__ import annotations

from itertools import pairwise

from textual.content import Content

from scenarios.load.visits import DONE
from scenarios.trace.target_trace import TargetTrace
from tui.columns import aligned
from tui.drawing.words import NS_PER_MS
from tui.modes.layout import bar, faint, heading, lines
from tui.modes.sight import Sight
from tui.report_figures import milliseconds

STAGES = ("connecting", "in line", "request handling", "response generation", "transfer")
STYLES = ("$lane-connecting", "$lane-queued", "$lane-blocked", "$lane-running", "$lane-sending")
WHAT = (
    "from the intended start to an open connection",
    "sent, and no worker has begun it",
    "in the application, before its response starts",
    "in the application, from the response's start to its end",
    "after the application's end, to the visitor's last byte",
)


def pipeline(sight: Sight) -> Content:
    """The stages of every target as bars on one scale."""
    if sight.result is None:
        table = aligned([("stage", "what it is"), *zip(STAGES, WHAT, strict=True)], frozenset({0, 1}))
        return lines(
            [heading("The way of a request"), *table, "", sight.nothing_yet("With a run: the mean time in each stage.")]
        )
    stages = {trace.facts.name: mean_stages_ms(trace) for trace in sight.traces}
    most = max((max(times) for times in stages.values() if times), default=0)
    room = max(10, min(60, sight.width - 34))
    parts: list[Content | str] = []
    for name, times in stages.items():
        parts.append(heading(name))
        if times is None:
            parts += [faint("nobody was served, or nothing was looked into"), ""]
            continue
        for stage, style, time_ms in zip(STAGES, STYLES, times, strict=True):
            parts.append(
                Content.assemble(f"  {stage:<20}", bar(time_ms, most, room, style), f" {milliseconds(time_ms)}")
            )
        neck = max(range(len(STAGES)), key=times.__getitem__)
        share = times[neck] / sum(times) if sum(times) else 0
        parts += [Content.assemble("  The bottleneck: ", (STAGES[neck], "bold"), f", {share:.0%} of a visit."), ""]
    parts.append(faint("Means over the visitors who were served; the stages of a target add up to its mean latency."))
    return lines(parts)


def mean_stages_ms(trace: TargetTrace) -> list[float] | None:
    """The five means in the order of STAGES, None where nobody was served or no worker was looked into."""
    sums, served = [0] * len(STAGES), 0
    visits = trace.visits
    for row, outcome in enumerate(visits.outcome):
        handling = trace.handling(row)
        if outcome != DONE or handling is None:
            continue
        end_ns = min(handling.end_ns or visits.done_ns[row], visits.done_ns[row])
        started_ns = min(handling.response_start_ns or end_ns, end_ns)
        marks = (
            visits.intended_ns[row],
            visits.sent_ns[row],
            handling.begin_ns,
            started_ns,
            end_ns,
            visits.done_ns[row],
        )
        for stage, (from_ns, to_ns) in enumerate(pairwise(marks)):
            sums[stage] += to_ns - from_ns
        served += 1
    return [each / served / NS_PER_MS for each in sums] if served else None
