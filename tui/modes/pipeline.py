"""Pipeline: where a request's time goes on its way through the server, stage by stage, and which stage is the neck.

connecting → in line → request handling → response generation → transfer
"""

from __future__ import annotations

from textual.content import Content

from tui.modes.layout import bar, column_count, column_width, faint, lines, prose, side_by_side
from tui.modes.passed import STAGES
from tui.modes.sight import Seen, Sight
from tui.report_figures import milliseconds

WHAT = (
    "from the intended start until the request is sent",
    "sent, and no worker has begun it",
    "in the application, until its response starts",
    "in the application, from the response's start to its end",
    "after the application's end, until the visitor has the last byte",
)
ARROWS = " → ".join(STAGES)
LABEL = 20
FIGURE = 9
LEAST = 64


def pipeline(sight: Sight) -> Content:
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
    blocks = [_target(seen, times, most, width) for seen, times in stages]
    closing = "Means over the visitors who were served; the five stages of a target add up to its mean latency."
    return lines(
        [
            *opening,
            *sight.so_far("Means are over those."),
            *side_by_side(blocks, sight.width, LEAST),
            Content(),
            *prose(faint(closing), sight.width),
            Content(),
            *_meanings(sight.width),
        ]
    )


def _target(seen: Seen, times: list[float] | None, most: float, width: int) -> list[Content]:
    name = (seen.trace.facts.name, "bold $primary")
    if times is None:
        return [Content.assemble(name), faint("  nobody was served yet, or no worker was looked into")]
    neck = max(range(len(STAGES)), key=times.__getitem__)
    share = times[neck] / sum(times) if sum(times) else 0
    title = Content.assemble(name, "  the bottleneck is ", (STAGES[neck], "bold"), f": {share:.0%} of a visit")
    room = max(8, width - LABEL - FIGURE - 3)
    rows = [
        Content.assemble(
            (f"{'▸' if at == neck else ' '} {stage:<{LABEL}}", "bold" if at == neck else ""),
            (f"{milliseconds(time_ms):>{FIGURE}}"),
            " ",
            bar(time_ms, most, room, "$accent" if at == neck else "$primary"),
        )
        for at, (stage, time_ms) in enumerate(zip(STAGES, times, strict=True))
    ]
    return [*prose(title, width), *rows]


def _meanings(width: int) -> list[Content]:
    parts: list[Content] = []
    for stage, what in zip(STAGES, WHAT, strict=True):
        first, *rest = prose(faint(what), width - LABEL - 1)
        parts += [Content(f"{stage:<{LABEL}} ") + first, *(Content(" " * (LABEL + 1)) + line for line in rest)]
    return parts
