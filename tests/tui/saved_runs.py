"""Runs that were saved once with `run NAME --rounds 3 --save` (slow-io with a ladder), and looks at them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView

FOLDER = Path(__file__).parent / "recordings"
RUNS = ("slow-io", "blocked-loop", "streaming")


@cache
def saved_run(name: str) -> tuple[RunResult, list[TargetTrace]]:
    run = read_run(FOLDER / f"{name}.avw")
    return run.result, run.traces()


@cache
def as_it_ran(name: str) -> Scenario:
    """With the code of then: its lines are what the run refers to."""
    return replace(scenario(name), views_py=read_run(FOLDER / f"{name}.avw").scenario.views)


@cache
def scenario(name: str) -> Scenario:
    return load_catalog().find(name)


def seen(trace: TargetTrace, after_ns: int | None = None) -> TargetView:
    """A target at the end, or so long after its first visitor."""
    book = LaneLayout(trace)
    book.update_rows(range(len(trace.visits)))
    start_ns = min(filter(None, trace.visits.intended_ns))
    playhead_ns = max(trace.visits.done_ns) if after_ns is None else start_ns + after_ns
    return TargetView(ProgressiveFigures(trace), playhead_ns, book)


def before(name: str, width: int = 90) -> ModeContext:
    return ModeContext(scenario(name), None, (), width)


def during(name: str, after_ns: int, width: int = 90) -> ModeContext:
    _, traces = saved_run(name)
    return ModeContext(scenario(name), None, [seen(trace, after_ns) for trace in traces], width, after_ns, "")


def after(name: str, width: int = 90) -> ModeContext:
    result, traces = saved_run(name)
    return ModeContext(as_it_ran(name), result, [seen(trace) for trace in traces], width)


def mode_text(mode: str, seen: ModeContext, knobs: WhatIfFactors | None = None, answers=()) -> str:
    """All that a mode says."""
    return mode_words(mode, seen, knobs=knobs or WhatIfFactors(), answers=answers, score=(1, 2)).plain
