"""Whether a saved run, well typed, holds together: columns of one length, known kinds, figures that are numbers.

A file may come from anywhere. It is checked here, once, when it is read, and nothing behind doubts it any more.
"""

from __future__ import annotations

from itertools import accumulate, compress, pairwise
from math import isfinite
from operator import ge, gt
from typing import TYPE_CHECKING, get_args

from msgspec import structs

from asgi_vs_wsgi.scenarios.assertions.thresholds import faults_of_asserts
from asgi_vs_wsgi.scenarios.load.http_messages import MOST_OF_ONE
from asgi_vs_wsgi.scenarios.load.visits import ERROR_KINDS, OUTCOMES, PENDING
from asgi_vs_wsgi.scenarios.model.scenario import EventKind
from asgi_vs_wsgi.scenarios.results.browser import faults_of_recordings
from asgi_vs_wsgi.scenarios.results.metrics import saved_figures_of
from asgi_vs_wsgi.scenarios.scenario_files.reader import SLUG
from asgi_vs_wsgi.scenarios.storage.result_validation import (
    LATEST_NS,
    facts_faults,
    fault_of_stop,
    figure_faults,
    result_faults,
)
from asgi_vs_wsgi.scenarios.storage.run_file import (
    CODES,
    COLUMNS,
    LATER_COLUMNS,
    SavedPieces,
    SavedRun,
    SavedTarget,
    SavedWorker,
)
from asgi_vs_wsgi.scenarios.trace.worker_trace import ENDS
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    RECORD,
    RECORD_BYTES,
    Awaited,
    Ending,
    Kind,
    Seen,
    Vital,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


MOST_TARGETS = 1000
_SIZES = {"q": 8, "i": 4}
_KIND_AT = RECORD.pack(0, 0, 0, 0, 0xFF, 0, 0).index(0xFF)  # its flag is the next byte
_FLAGS: dict[Kind, type[Awaited | Ending | Seen | Vital]] = {
    Kind.END: Ending,
    Kind.SAMPLE: Seen,
    Kind.VITAL: Vital,
    Kind.AWAITS: Awaited,
}
_IS_STEP = bytes(kind == Kind.STEP for kind in range(256))
"""The kind whose `value` is a time."""
_ALLOWED = frozenset(
    int(kind) | int(flag) << 8 for kind in Kind for flag in (_FLAGS[kind] if kind in _FLAGS else range(256))
)


def fault_of_run(saved: SavedRun) -> str:
    """The first thing that is wrong, or nothing."""
    return next(_faults(saved), "")


def _faults(saved: SavedRun) -> Iterator[str]:
    if not SLUG.fullmatch(saved.scenario.name):
        yield "its scenario has no name"
    if not 0 < len(saved.targets) <= MOST_TARGETS:
        yield f"it has {len(saved.targets)} targets"
    if len({target.facts.name for target in saved.targets}) != len(saved.targets):
        yield "two of its targets have one name"
    for target in [*saved.targets, *(page.target for page in saved.pages)]:
        yield from (f"target {target.facts.name!r}: {fault}" for fault in _target_faults(target))
    yield from result_faults(saved.result, [target.facts.name for target in saved.targets])
    yield from faults_of_asserts(saved.result, saved.rounds, saved_figures_of(saved.result.targets))
    yield from faults_of_recordings(saved.pages, {target.facts.name for target in saved.targets}, LATEST_NS)
    yield from figure_faults(saved.rounds, "a round")
    yield from filter(None, [fault_of_stop(saved.stopped)])
    if saved.clock and not (0 <= min(structs.astuple(saved.clock)) <= max(structs.astuple(saved.clock)) < LATEST_NS):
        yield "its clocks are at no time"


# ---- what was recorded


def _target_faults(target: SavedTarget) -> Iterator[str]:
    yield from facts_faults(target.facts)
    yield from _column_faults(target)
    yield from _class_faults(target)
    if target.pieces is not None:
        yield from _pieces_faults(target.pieces, len(target.columns.get("outcome", b"")))
    if not 0 <= target.first_id < LATEST_NS:
        yield f"its first request has the number {target.first_id}"
    for name in ("start_ns", "service_ns", "service_cpu_ns"):
        if not 0 <= getattr(target, name) < LATEST_NS:
            yield f"{name} is no time"
    pids = {worker.pid for worker in target.workers}
    if any(not 0 <= event.done_ns < LATEST_NS or not isfinite(event.at_s) for event in target.events):
        yield "an event is at no time"
    if any(event.do not in get_args(EventKind) or event.worker not in {0, *pids} for event in target.events):
        yield "an event is of no known kind, or of no worker"
    if len(pids) != len(target.workers):
        yield "two of its workers have one pid"
    for worker in target.workers:
        yield from (f"worker {worker.pid}: {fault}" for fault in _worker_faults(worker))


def _column_faults(target: SavedTarget) -> Iterator[str]:
    missing = [name for name in (*COLUMNS, *CODES) if name not in target.columns]
    if missing:
        yield f"the column {missing[0]} is missing"
        return
    rows = len(target.columns["outcome"])
    numbers = _numbers(target.columns)
    for name in (*numbers, *CODES):
        size = _SIZES[numbers[name]] if name in numbers else 1
        if len(target.columns[name]) != rows * size:
            yield f"the column {name} is not as long as the others"
            return
    yield from _code_faults(target.columns)
    yield from _time_faults(target.columns)


def _numbers(columns: Mapping[str, bytes]) -> dict[str, str]:
    """Of those that a run of before need not have, the ones that it has."""
    return COLUMNS | {name: code for name, code in LATER_COLUMNS.items() if name in columns}


def _code_faults(columns: Mapping[str, bytes]) -> Iterator[str]:
    for name, known in (("outcome", OUTCOMES), ("error", ERROR_KINDS)):
        if max(columns[name], default=0) >= len(known):
            yield f"the column {name} holds an unknown number"
    statuses = memoryview(columns["status"]).cast("i")
    if min(statuses, default=0) < 0:
        yield "the column status holds a negative number"
    if min(memoryview(columns["bytes_received"]).cast("q"), default=0) < 0:
        yield "the column bytes_received holds a negative number"


def _time_faults(columns: Mapping[str, bytes]) -> Iterator[str]:
    times = {name: memoryview(columns[name]).cast("q").tolist() for name in _numbers(columns) if name.endswith("_ns")}
    for name, column in times.items():
        if column and not (min(column) >= 0 and max(column) < LATEST_NS):
            yield f"the column {name} holds what is no time"
            return
    intended, done = times["intended_ns"], times["done_ns"]
    for outcome, intended_ns, done_ns in zip(columns["outcome"], intended, done, strict=True):
        if outcome != PENDING and not 0 < intended_ns <= done_ns:
            yield "a visit ends before it begins"
            return


def _class_faults(target: SavedTarget) -> Iterator[str]:
    if not target.classes or len(set(target.classes)) != len(target.classes):
        yield "its classes of visitors have no names of their own"
    rows = len(target.columns.get("outcome", b""))
    expected = rows * 2 if len(target.classes) > 1 or target.class_of else 0
    if len(target.class_of) != expected:
        yield "the column class_of is not as long as the others"
    elif max(memoryview(target.class_of).cast("H"), default=0) >= len(target.classes):
        yield "the column class_of holds an unknown number"
    elif len(target.turns) not in (0, rows * 2):
        yield "the column turns is not as long as the others"
    else:
        yield from _pages_faults(target, rows)


def _pages_faults(target: SavedTarget, rows: int) -> Iterator[str]:
    """A visitor's pages have a row each."""
    numbers = memoryview(target.class_of).cast("H").tolist() if target.class_of else [0] * rows
    for name, pages in target.facts.pages.items():
        if name not in target.classes or not pages:
            yield f"its pages are of no class, or none: {name!r}"
        elif numbers.count(target.classes.index(name)) % len(pages):
            yield f"the visitors of {name!r} have no whole number of pages"


def _pieces_faults(pieces: SavedPieces, visits: int) -> Iterator[str]:
    if any(len(column) % 4 for column in (pieces.rows, pieces.counts, pieces.kept)) or len(pieces.times_ns) % 8:
        yield "the pieces of its answers are cut off"
        return
    rows, counts, kept = (memoryview(column).cast("I").tolist() for column in (pieces.rows, pieces.counts, pieces.kept))
    times_ns = memoryview(pieces.times_ns).cast("q").tolist()
    if not len(rows) == len(counts) == len(kept) or sum(kept) != len(times_ns):
        yield "the pieces of its answers are not as many as it says"
    elif any(map(ge, rows, rows[1:])) or max(rows, default=-1) >= visits:
        yield "the pieces of its answers are of no visitors"
    elif not all(1 <= many <= count and many <= MOST_OF_ONE for count, many in zip(counts, kept, strict=True)):
        yield "the pieces of its answers are not as many as it says"
    elif not (min(times_ns, default=0) >= 0 and max(times_ns, default=0) < LATEST_NS):
        yield "a piece of an answer is of no time"
    elif _goes_back(times_ns, kept):
        yield "the pieces of an answer are out of order"


def _goes_back(times_ns: list[int], kept: list[int]) -> bool:
    first = {*accumulate(kept, initial=0)}
    return any(before > after for at, (before, after) in enumerate(pairwise(times_ns), 1) if at not in first)


def _worker_faults(worker: SavedWorker) -> Iterator[str]:
    if worker.pid <= 0 or worker.lost < 0 or not 0 <= worker.died_ns < LATEST_NS:
        yield "its pid, its lost records or its end is no such number"
    if worker.fate.ended not in ("", *ENDS) or bool(worker.fate.ended) > bool(worker.died_ns):
        yield f"it ended as {worker.fate.ended!r}"
    if not 0 <= worker.fate.hello_ns < LATEST_NS or not 0 <= worker.fate.told_ns < LATEST_NS:
        yield "its hello, or when it was told to end, is at no time"
    if min(worker.locations, default=0) < 0 or min(worker.raised, default=0) < 0:
        yield "a line of code, or an exception, has a negative number"
    if len(worker.records) % RECORD_BYTES:
        yield "its records are cut off"
        return
    kinds_and_flags = memoryview(worker.records).cast("H")[_KIND_AT // 2 :: RECORD_BYTES // 2].tolist()
    if not _ALLOWED.issuperset(kinds_and_flags):
        yield "a record is of an unknown kind"
    else:
        yield from _moment_faults(worker.records)


def _moment_faults(records: bytes) -> Iterator[str]:
    """There may be a million records: whole columns at a time, a tenth of the cost of a loop."""
    words = memoryview(records).cast("Q")
    times, values = words[0 :: RECORD_BYTES // 8].tolist(), words[1 :: RECORD_BYTES // 8].tolist()
    steps = records[_KIND_AT::RECORD_BYTES].translate(_IS_STEP)
    if max(times, default=0) >= LATEST_NS or max(compress(values, steps), default=0) >= LATEST_NS:
        yield "a record is of no time"
    elif any(compress(map(gt, times, values), steps)):
        yield "a step ends before it begins"
