"""Writes a saved run: whole or not at all."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from scenarios.definition import Scenario
from scenarios.outcome import Outcome
from scenarios.saved.run import HEAD, MAGIC, VERSION, SavedRun, saved_target
from scenarios.saved.scenario import saved_scenario
from scenarios.whole_file import write_whole

QUICK = 3
"""zlib level: events shrink to a fifth; higher levels take three times as long for a tenth less."""


def write_run(file: Path, scenario: Scenario, outcome: Outcome) -> None:
    """Save a run to `file`, replacing what is there; BadInput where it cannot be written."""
    body = zlib.compress(msgspec.msgpack.encode(saved_run(scenario, outcome)), QUICK)
    write_whole(file, HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body)


def saved_run(scenario: Scenario, outcome: Outcome) -> SavedRun:
    """A run as it is saved."""
    targets = [saved_target(trace) for trace in outcome.traces]
    return SavedRun(outcome.result, saved_scenario(scenario), targets, outcome.stopped)
