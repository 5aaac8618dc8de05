"""The screen in any mode, size, moment and theme, of eight runs that were saved once.

before     the scenario is chosen and nothing has run: its card, and what modes say then
during     half of what the quickest target took
after      the end, with the figures
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from made_app import MadeApp

from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.capture.frame import Frame
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.note_view import Note
from asgi_vs_wsgi.tui.widgets.results_table import ResultsTable
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

FOLDER = Path(__file__).parent / "recordings"
RUNS = ("slow-io", "blocked-loop", "streaming", "worker-crash", "connections", "hello-world", "gevent", "deploy")
SIZES = ((80, 24), (120, 36), (200, 60))
MOMENTS = ("before", "during", "after")
BOXES = (LanesView, Note, ResultsTable, ScenarioList, WaterfallRows)
"""What shows something where it is shown at all."""
GROUNDS = ("background", "panel", "lane-empty", "lane-gone")
"""Of the page, of empty lanes, and of those where nobody waits any more, whose signs alone tell them from these."""
AT_REST, MOST_DRAWINGS = 2, 20


class Asked(NamedTuple):
    """Which frame."""

    mode: str
    size: tuple[int, int]
    theme: str


class Seen(NamedTuple):
    """What came of it."""

    asked: Asked
    frame: Frame
    empty: list[str]
    """Boxes without any sign in them."""
    grounds: frozenset[str]
    """See GROUNDS."""
    variables: Mapping[str, str]
    """Of the theme."""


@cache
def saved(name: str) -> SavedRun:
    return read_run(FOLDER / f"{name}.avw")


async def frames(name: str, moment: str, asked: Iterable[Asked]) -> AsyncIterator[Seen]:
    """Of one run at one moment; one app shows them all."""
    run = saved(name)
    made = MadeApp(catalog=Catalog((load_catalog().find(run.scenario.name),), {}))
    if moment != "before":
        made.session.replay(run)
    async with made.app.run_test(size=SIZES[0]) as pilot:
        if moment != "before":
            _go_to(made, moment)
        for each in asked:
            await pilot.resize_terminal(*each.size)
            made.app.theme = each.theme
            made.screen.mode_control.mode(each.mode)
            frame = await _at_rest(made, pilot)
            yield Seen(each, frame, list(_empty(made, frame)), grounds_of(made), made.app.theme_variables)


def grounds_of(made: MadeApp) -> frozenset[str]:
    """Of the theme that is on."""
    return frozenset(made.app.theme_variables[key].lower() for key in GROUNDS)


def _go_to(made: MadeApp, moment: str) -> None:
    made.screen.runs.watch_replay()
    show = made.session.show
    assert show is not None
    show.to_end()
    made.screen.frames.frame()
    if moment == "during":
        quickest = min(target.over_ns or target.recorded_ns for target in show.targets)
        show.step(round(quickest / 2) - show.position_ns)


async def _at_rest(made: MadeApp, pilot) -> Frame:
    frame, same = None, 0
    for _ in range(MOST_DRAWINGS):
        made.screen.redraw()
        await pilot.pause(0)
        before, frame = frame, capture(made.app)
        same = same + 1 if frame == before else 0
        if same == AT_REST:
            break
    return frame


def _empty(made: MadeApp, frame: Frame) -> Iterable[str]:
    lines = ["".join(run.text for run in row) for row in frame.rows]
    for widget in made.screen.query("*"):
        region = widget.content_region
        if not isinstance(widget, BOXES) or not widget.is_on_screen or not region.area or not widget.display:
            continue
        inside = (line[region.x : region.right] for line in lines[region.y : region.bottom])
        if not any(line.strip() for line in inside):
            yield f"{type(widget).__name__}#{widget.id}"
