"""Pipeline: where a request's time goes on its way through the server, stage by stage, and which stage takes longest.

coming in → in line → request handling → response generation → sending
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.request_figures import STAGES, longest_stage
from asgi_vs_wsgi.scenarios.analysis.time_spent import MOST, longest_inside
from asgi_vs_wsgi.scenarios.trace.states import STATE_WORDS, State
from asgi_vs_wsgi.scenarios.wording import share
from asgi_vs_wsgi.tui.modes.layout import bar, column_count, column_width, faint, lines, prose, side_by_side
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, reserved_lines
from asgi_vs_wsgi.tui.report.figures import milliseconds

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import TargetResult

WHAT = (
    "late, connecting and receiving: from the intended start until the request is sent",
    "sent, and no worker has begun it",
    "in the application, until its response starts",
    "in the application, from the response's start until it is made",
    "the answer is made, and the visitor has not all of it",
)
ARROWS = " → ".join(STAGES)
IN_APPLICATION = (2, 3)
"""Of the stages, those in which a worker has the request."""
STYLES = {STAGES[1]: f"$lane-{State.QUEUED.label}", STAGES[-1]: f"$lane-{State.SENDING.label}"}
"""Of those that are states."""
LABEL = 20
FIGURE = 9
LEAST = 64


def pipeline(sight: ModeContext) -> Content:
    """The stages of every target as bars on one scale."""
    opening = [*prose(Content.styled(ARROWS, "bold"), sight.width), Content()]
    if sight.nothing:
        return lines(
            [
                *opening,
                *_meanings(sight.width),
                Content(),
                *sight.nothing_yet("With a run: the mean time in each stage."),
            ]
        )
    stages = [(seen, seen.ledger.stages_ms(sight.until_ns(seen))) for seen in sight.started]
    most = max((max(times) for _, times in stages if times), default=0.0)
    width = column_width(column_count(len(stages), sight.width, LEAST), sight.width)
    results = {target.name: target for target in sight.targets}
    told = [(results[seen.trace.facts.name], times) for seen, times in stages]
    blocks = [_target(target, times, most, width, over=sight.over) for target, times in told]
    closing = "Means over the visitors who were served; the five stages of a target add up to its mean latency."
    return lines(
        [
            *opening,
            *sight.so_far("Means are over those."),
            *side_by_side(blocks, sight.width, LEAST),
            Content(),
            *reserved_lines(sight),
            *prose(faint(closing), sight.width),
            Content(),
            *_meanings(sight.width),
        ]
    )


def _target(target: TargetResult, times: list[float] | None, most: float, width: int, *, over: bool) -> list[Content]:
    name = (target.name, "bold $primary")
    if times is None:
        nobody = "nobody had a page" if over else "nobody has a page yet"
        why = "no worker was looked into" if target.requests.completed else nobody
        return [Content.assemble(name, (f"  {why}", "$faint"))]
    neck, part = longest_stage(times)
    takes = f"{'' if over else 'so far '}{'most of a visit is ' if part > MOST else 'the longest stage is '}"
    what = f": {share(part)} of it{_mostly(target, neck)}"
    first = f", the first byte after {milliseconds(target.ttfb_ms.mean)}" if target.ttfb_ms else ""
    title = Content.assemble(name, "  ", takes, (STAGES[neck], "bold"), what, (first, "$faint"))
    room = max(8, width - LABEL - FIGURE - 3)
    rows = [
        Content.assemble(
            (f"{'▸' if at == neck else ' '} {stage:<{LABEL}}", "bold" if at == neck else ""),
            (f"{milliseconds(time_ms):>{FIGURE}}"),
            " ",
            bar(time_ms, most, room, STYLES.get(stage, "$figure")),
        )
        for at, (stage, time_ms) in enumerate(zip(STAGES, times, strict=True))
    ]
    return [*prose(title, width), *rows]


def _mostly(target: TargetResult, stage: int) -> str:
    """What a visitor does in the application for most of the time."""
    if stage not in IN_APPLICATION or not target.states_ms:
        return ""
    return f", most of it {STATE_WORDS[longest_inside(target)]}"


def _meanings(width: int) -> list[Content]:
    parts: list[Content] = []
    for stage, what in zip(STAGES, WHAT, strict=True):
        first, *rest = prose(faint(what), width - LABEL - 1)
        parts += [Content(f"{stage:<{LABEL}} ") + first, *(Content(" " * (LABEL + 1)) + line for line in rest)]
    return parts
