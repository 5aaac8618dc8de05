"""Writes a saved run: whole or not at all."""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path

import msgspec

from scenarios.definition import Scenario
from scenarios.errors import BadInput
from scenarios.result import RunResult
from scenarios.saved.run import HEAD, MAGIC, VERSION, SavedRun, SavedScenario, saved_target
from scenarios.trace.target_trace import TargetTrace

QUICK = 3
"""zlib level: events shrink to a fifth; higher levels take three times as long for a tenth less."""


def write_run(file: Path, scenario: Scenario, result: RunResult, traces: list[TargetTrace]) -> None:
    """Save a run to `file`, replacing what is there; BadInput where it cannot be written."""
    saved = SavedRun(result, saved_scenario(scenario), [saved_target(trace) for trace in traces])
    body = zlib.compress(msgspec.msgpack.encode(saved), QUICK)
    _write_whole(file, HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body)


def saved_scenario(scenario: Scenario) -> SavedScenario:
    """The scenario's folder as it is now."""
    folder = scenario.folder
    toml, views = (folder / "scenario.toml").read_text(), (folder / "views.py").read_text()
    return SavedScenario(scenario.name, toml, views, scenario.lesson_md)


def check_writable(file: Path) -> None:
    """Refuse before a run what could not be written after it."""
    if file.is_dir():
        raise BadInput(f"--save {file}: this is a folder", hint="name a file in it")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise BadInput(f"--save {file}: nothing can be written in {file.parent}", hint="an existing folder of yours")


def _write_whole(file: Path, data: bytes) -> None:
    """A neighbour of the file is written first and then takes its name."""
    neighbour = ""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as temporary:
            neighbour = temporary.name
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(neighbour).replace(file)
    except OSError as error:
        Path(neighbour).unlink(missing_ok=True) if neighbour else None
        raise BadInput(f"{file} could not be written: {error.strerror}", hint="is the disk full?") from None
