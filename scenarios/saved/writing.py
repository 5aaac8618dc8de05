"""Writes a saved run: whole or not at all."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from scenarios.definition import Scenario
from scenarios.result import RunResult
from scenarios.saved.run import HEAD, MAGIC, VERSION, SavedRun, SavedScenario, saved_target
from scenarios.trace.target_trace import TargetTrace
from scenarios.whole_file import write_whole

QUICK = 3
"""zlib level: events shrink to a fifth; higher levels take three times as long for a tenth less."""


def write_run(file: Path, scenario: Scenario, result: RunResult, traces: list[TargetTrace]) -> None:
    """Save a run to `file`, replacing what is there; BadInput where it cannot be written."""
    body = zlib.compress(msgspec.msgpack.encode(saved_run(scenario, result, traces)), QUICK)
    write_whole(file, HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body)


def saved_run(scenario: Scenario, result: RunResult, traces: list[TargetTrace]) -> SavedRun:
    """A run as it is saved."""
    return SavedRun(result, saved_scenario(scenario), [saved_target(trace) for trace in traces])


def saved_scenario(scenario: Scenario) -> SavedScenario:
    """The scenario's folder as it is now."""
    folder = scenario.folder
    toml, views = (folder / "scenario.toml").read_text(), (folder / "views.py").read_text()
    return SavedScenario(scenario.name, toml, views, scenario.lesson_md)
