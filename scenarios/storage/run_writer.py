"""Writes a saved run: whole or not at all."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from asgi_vs_wsgi.scenarios.errors import NotWritten
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.atomic_write import write_whole
from asgi_vs_wsgi.scenarios.storage.run_file import (
    HEAD,
    MAGIC,
    MOST_UNPACKED,
    VERSION,
    SavedRun,
    body_limit,
    saved_target,
)
from asgi_vs_wsgi.scenarios.storage.saved_scenario import saved_scenario

QUICK = 3
"""zlib level: events shrink to a fifth; higher levels take three times as long for a tenth less."""


def write_run(file: Path, scenario: Scenario, outcome: Outcome, mode: int | None = None) -> None:
    """Save a run to `file`, replacing what is there; NotWritten where it cannot be. For `mode` see `write_whole`."""
    encoded = msgspec.msgpack.encode(saved_run(scenario, outcome))
    if len(encoded) > MOST_UNPACKED:
        size = f"its {len(encoded) / 1e9:.1f} GB are more than the {MOST_UNPACKED / 1e9:.1f} GB that can be opened"
        raise NotWritten(f"{file} was not written: {size}", hint="run it with fewer requests, or with --no-probe")
    body = zlib.compress(encoded, QUICK)
    if len(encoded) > body_limit(len(body)):  # hardly anything but zeros: what is read is held to the limit
        body = zlib.compress(encoded, 0)
    write_whole(file, HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body, mode)


def saved_run(scenario: Scenario, outcome: Outcome) -> SavedRun:
    """A run as it is saved."""
    targets = [saved_target(trace) for trace in outcome.traces]
    return SavedRun(outcome.result, saved_scenario(scenario), targets, outcome.stopped)
