"""Saved runs of many kinds, exported in memory: whole ones, and others made of them."""

from __future__ import annotations

import csv
import io
from array import array
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.exports.formats import FORMATS, Source, format_named
from asgi_vs_wsgi.scenarios.load.visits import PENDING
from asgi_vs_wsgi.scenarios.results.outcome import PartialRun
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

TESTS = Path(__file__).parents[2]
FILES = {file.stem: file for file in sorted((TESTS / "tui/recordings").glob("*.avw"))}
FILES["of the first screen"] = TESTS.parent / "tui/recorded/slow-io.avw"
NAMES = [each.name for each in FORMATS]
SAVED_NS = 1_764_000_000_000_000_000


@cache
def kept(name: str) -> SavedRun:
    return read_run(FILES[name])


def source(run: SavedRun, *targets: str) -> Source:
    traces = [trace for trace in run.traces() if trace.facts.name in targets or not targets]
    return Source(run, traces, SAVED_NS, "Title", lambda done, total: None)


def exported(run: SavedRun, name: str, *targets: str) -> bytes:
    return b"".join(format_named(name).parts(source(run, *targets)))


def rows_of(run: SavedRun, *targets: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(run, "csv", *targets).decode())))


def without_probe(run: SavedRun) -> SavedRun:
    """As `--no-probe` saves it."""
    return replace(run, targets=[replace(target, workers=[]) for target in run.targets])


def stopped(run: SavedRun, unfinished: int) -> SavedRun:
    """Stopped when all but so many of each target's visitors had left."""
    targets, stop_ns = [], 0
    for target in run.targets:
        columns: dict[str, Any] = {
            name: array("q", column) if name.endswith("_ns") else bytearray(column)
            for name, column in target.columns.items()
        }
        done = columns["done_ns"]
        late = sorted(range(len(done)), key=done.__getitem__)[-unfinished:]
        stop_ns = max(stop_ns, done[late[0]] - 1)
        for row in late:
            done[row] = columns["first_byte_ns"][row] = 0
            columns["outcome"][row] = PENDING
        columns["intended_ns"][late[-1]] = stop_ns + 10**12  # and one had not come yet
        for name in ("connect_start_ns", "connected_ns", "sent_ns"):
            columns[name][late[-1]] = 0
        targets.append(replace(target, columns={name: bytes(column) for name, column in columns.items()}))
    partial = PartialRun(0, 1, at_ns=stop_ns)
    return replace(run, targets=targets, result=replace(run.result, targets=[]), stopped=partial)
