"""Predicted lanes above measured ones, on one scale for all targets."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.simulation.law_prediction import Prediction
from asgi_vs_wsgi.scenarios.simulation.law_trace import MOST_LANES, START_NS, predicted_trace
from asgi_vs_wsgi.scenarios.wording import count, nanoseconds, seconds
from asgi_vs_wsgi.tui.drawing.glyphs import INK, Cell, name_of
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Line, Pane
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.drawing.time_axis import Window, ruler_text
from asgi_vs_wsgi.tui.modes.law_text import MEANINGS, working_out
from asgi_vs_wsgi.tui.modes.layout import faint, prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView

_colours = itemgetter(1, 2)


def drawn_lanes(book: LaneLayout, window: Window, playhead_ns: int, height: int) -> list[Content]:
    """At most so many rows, drawn up to the playhead; above them who was in line, for whom these may leave no room."""
    lines, rest = Pane(book).frame_and_rest(window, playhead_ns, height)
    if all(line.row is not book.line for line in lines) and book.line.counter.peak_told():
        book.line.show(window, playhead_ns)
        lines.insert(0, Line(book.line.label(playhead_ns), book.line))
    drawn = [
        Content.styled(f"{line.label[: GUTTER - 1]:<{GUTTER}}", "$faint") + _cells(line.row.cells) for line in lines
    ]
    return [*drawn, Content.styled(f"{'':<{GUTTER}}{_fitting(rest, window.columns)}", "$faint")] if rest else drawn


def _fitting(rest: str, columns: int) -> str:
    """Without the workers that they are of, where there is no room for them."""
    return rest if len(rest) <= columns else rest.partition(":")[0]


def _cells(cells: Sequence[Cell]) -> Content:
    return Content("").join(
        [
            Content.styled("".join(cell[0] for cell in run), _style(*colours))
            for colours, run in groupby(cells, _colours)
        ]
    )


def _style(paint: int, ground: int) -> str:
    bold = "bold " if paint == INK else ""
    return f"{bold}$lane-{name_of(paint)} on $lane-{name_of(ground)}"


ROWS = (4, 12)
"""Of each picture of lanes, at least and at most; their number depends on the room."""
BESIDE_LANES = 6
"""Lines of a mode that are not those of targets, and of a target that are not lanes: half as many."""


class PredictedLanes(NamedTuple):
    """A target, and its prediction or why there is none."""

    seen: TargetView
    predicted: Prediction | str

    @property
    def time_s(self) -> float | None:
        """The predicted makespan."""
        return self.predicted.time_s if isinstance(self.predicted, Prediction) else None


def foretold_lanes(sight: ModeContext, told: Sequence[PredictedLanes]) -> list[Content]:
    """A pair of pictures for each, and the ruler."""
    extent_ns = max(max(round((one.time_s or 0) * 1e9), _measured_ns(sight, one.seen)) for one in told) or 1
    columns, rows = max(8, sight.width - GUTTER), _rows(sight.height, len(told))
    window = Window(START_NS, START_NS + extent_ns, columns)
    parts: list[Content] = []
    for seen, predicted in told:
        if isinstance(predicted, Prediction):
            parts += _title(seen, predicted, sight.width)
            parts += _predicted(seen, predicted, window, rows, sight.width)
            parts += [*_measured(sight, seen, extent_ns, columns, rows), Content()]
    return [*parts, faint(" " * GUTTER + ruler_text(Window(0, extent_ns, columns)))]


def _rows(height: int, targets: int) -> int:
    """So many of each picture that all of them are in view, where that is possible."""
    room = (height - BESIDE_LANES) // targets - BESIDE_LANES // 2
    return max(ROWS[0], min(ROWS[1], room // 2))


def _title(seen: TargetView, predicted: Prediction, width: int) -> list[Content]:
    law = predicted.basis.law
    of = "" if predicted.basis.named else ", the law of its kind"
    words = (f"   {MEANINGS[law]} ({law}{of})", "$faint")
    return prose(Content.assemble((seen.trace.facts.name, "bold $primary"), words), width)


def told_by_laws(sight: ModeContext, told: Sequence[PredictedLanes]) -> list[Content]:
    """The same without lanes: which law, what it predicts, and what was measured."""
    parts: list[Content] = []
    for seen, predicted in told:
        if isinstance(predicted, Prediction):
            parts += [*_title(seen, predicted, sight.width), *_predicted_title(predicted, sight.width)]
            parts += prose(_measured_title(sight, seen), sight.width)
    return parts


def _predicted_title(predicted: Prediction, width: int) -> list[Content]:
    label = ("PREDICTED", "bold reverse $accent")
    worked_out = (working_out(predicted.basis.law, predicted.premises), "$faint")
    return prose(Content.assemble(label, f"  makespan {seconds(predicted.time_s)}   ", worked_out), width)


def _predicted(seen: TargetView, predicted: Prediction, window: Window, rows: int, width: int) -> list[Content]:
    law, premises, time_s = predicted.basis.law, predicted.premises, predicted.time_s
    title = _predicted_title(predicted, width)
    if premises.requests > MOST_LANES:
        return [*title, faint(f"  more than {MOST_LANES} visitors are not drawn")]
    trace = predicted_trace(law, premises, seen.trace.facts, time_s, in_threads=predicted.in_threads)
    book = LaneLayout(trace)
    book.update_rows(range(len(trace.visits)))
    return [*title, *drawn_lanes(book, window, START_NS + max(1, round(time_s * 1e9)), rows)]


def _measured(sight: ModeContext, seen: TargetView, extent_ns: int, columns: int, rows: int) -> list[Content]:
    start_ns = _start_ns(seen)
    if not start_ns:
        return [Content.assemble(("MEASURED", "bold"), ("  not yet", "$faint"))]
    window = Window(start_ns, start_ns + extent_ns, columns)
    return [_measured_title(sight, seen), *drawn_lanes(seen.book, window, start_ns + _measured_ns(sight, seen), rows)]


def _measured_title(sight: ModeContext, seen: TargetView) -> Content:
    facts = seen.trace.facts
    time = nanoseconds(_measured_ns(sight, seen)) + ("" if sight.result else " so far")
    threads = f" × {count(facts.threads, 'thread')}" if facts.threads > 1 else ""
    words = f"{count(len(seen.trace.visits), 'visitor')}, {count(facts.workers, 'worker')}{threads}"
    return Content.assemble(
        ("MEASURED ", "bold"), f"  makespan {time}   ", (words + _told(sight, facts.name), "$faint")
    )


def _told(sight: ModeContext, name: str) -> str:
    """What the run's end said of the target's law, where it was not that it holds."""
    law = next((target.law for target in sight.targets if target.name == name and target.law), None)
    if law is None or law.holds:
        return ""
    return "; the law does not hold here" if law.holds is False else f"; {law.name}: {law.reason or 'cannot be told'}"


def _start_ns(seen: TargetView) -> int:
    return min((at_ns for at_ns in seen.trace.visits.intended_ns if at_ns), default=0)


def _measured_ns(sight: ModeContext, seen: TargetView) -> int:
    """The makespan, or how far the playhead has come."""
    return max(0, sight.until_ns(seen) - _start_ns(seen)) if seen.playhead_ns else 0
