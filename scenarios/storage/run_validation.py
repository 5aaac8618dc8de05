"""Whether a saved run, well typed, holds together: columns of one length, known kinds, figures that are numbers.

A file may come from anywhere. It is checked here, once, when it is read, and nothing behind doubts it any more.
"""

from __future__ import annotations

import re
from itertools import accumulate, compress, pairwise
from math import isfinite
from operator import ge, gt
from typing import TYPE_CHECKING, get_args

from msgspec import structs

from asgi_vs_wsgi.scenarios.assertions.claims import Expectation, read_expectation
from asgi_vs_wsgi.scenarios.assertions.thresholds import faults_of_asserts
from asgi_vs_wsgi.scenarios.load.http_messages import MOST_OF_ONE
from asgi_vs_wsgi.scenarios.load.visits import ERROR_KINDS, OUTCOMES, PENDING
from asgi_vs_wsgi.scenarios.model.scenario import THREADS, WORKERS, EventKind, LawName
from asgi_vs_wsgi.scenarios.results.browser import faults_of_browser, faults_of_recordings
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, saved_figures_of
from asgi_vs_wsgi.scenarios.scenario_files.reader import SLUG
from asgi_vs_wsgi.scenarios.storage.figure_range import figure_faults
from asgi_vs_wsgi.scenarios.storage.run_file import (
    CODES,
    COLUMNS,
    LATER_COLUMNS,
    SavedPieces,
    SavedRun,
    SavedTarget,
    SavedWorker,
)
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, UNTOLD
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts
from asgi_vs_wsgi.scenarios.trace.worker_trace import ENDS
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    AWAITED_WORDS,
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

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import PartialRun
    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
    from asgi_vs_wsgi.scenarios.tournament.standings import Standing

LATEST_NS = 2**62
"""On a clock that counts from the machine's start: 146 years."""
MOST_TARGETS = 1000
_STATUS = re.compile("[0-9]{1,3}")
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


def fault_of_stop(stopped: PartialRun | None) -> str:
    """The same of how far a run had come that was stopped."""
    if stopped is None:
        return ""
    if not 0 <= stopped.at_ns < LATEST_NS:
        return "it was stopped at no time"
    return next(figure_faults(structs.replace(stopped, at_ns=0), "its stop"), "")


def fault_of_ranking(kept: KeptTournament) -> str:
    """The same of a tournament."""
    return next(_ranking_faults(kept), "")


def _ranking_faults(kept: KeptTournament) -> Iterator[str]:
    ranking = kept.tournament
    if not SLUG.fullmatch(kept.scenario.name):
        yield "its scenario has no name"
    if ranking.metric not in METRICS and not ranking.metric.startswith("classes."):
        yield f"its metric is {ranking.metric!r}"
    for standing in ranking.standings:
        yield from (f"{standing.server!r}: {fault}" for fault in _facts_faults(standing))
        if standing.rank is not None and not 1 <= standing.rank <= len(ranking.standings):
            yield f"{standing.server!r} has rank {standing.rank}"
    yield from figure_faults(kept, "it")


def _faults(saved: SavedRun) -> Iterator[str]:
    if not SLUG.fullmatch(saved.scenario.name):
        yield "its scenario has no name"
    if not 0 < len(saved.targets) <= MOST_TARGETS:
        yield f"it has {len(saved.targets)} targets"
    if len({target.facts.name for target in saved.targets}) != len(saved.targets):
        yield "two of its targets have one name"
    for target in [*saved.targets, *(page.target for page in saved.pages)]:
        yield from (f"target {target.facts.name!r}: {fault}" for fault in _target_faults(target))
    yield from _result_faults(saved.result, [target.facts.name for target in saved.targets])
    yield from faults_of_asserts(saved.result, saved.rounds, saved_figures_of(saved.result.targets))
    yield from faults_of_recordings(saved.pages, {target.facts.name for target in saved.targets}, LATEST_NS)
    yield from figure_faults(saved.rounds, "a round")
    yield from filter(None, [fault_of_stop(saved.stopped)])
    if saved.clock and not (0 <= min(structs.astuple(saved.clock)) <= max(structs.astuple(saved.clock)) < LATEST_NS):
        yield "its clocks are at no time"


# ---- what was recorded


def _target_faults(target: SavedTarget) -> Iterator[str]:
    yield from _facts_faults(target.facts)
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


def _facts_faults(facts: TargetFacts | TargetResult | Standing) -> Iterator[str]:
    if WORKERS.refuse(facts.workers) or THREADS.refuse(facts.threads):
        yield f"it has {facts.workers} workers of {facts.threads} threads"
    if facts.interface not in ("wsgi", "asgi"):
        yield f"its interface is {facts.interface!r}"
    if isinstance(facts, TargetFacts) and facts.slot not in ("worker", "thread", "none"):
        yield f"it is limited by {facts.slot!r}"
    if isinstance(facts, TargetFacts) and (facts.port >> 16 or not all(each.paths for each in facts.requests.values())):
        yield "its port, or what its visitors ask for, is none"
    if isinstance(facts, TargetFacts) and facts.law is not None and facts.law not in get_args(LawName):
        yield f"there is no law {facts.law!r}"


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


# ---- what was computed


def _result_faults(result: RunResult, names: list[str]) -> Iterator[str]:
    """A run that was stopped in its first round has figures of no target; any other of all."""
    if result.mode not in ("race", "measure", "simulate"):
        yield f"its mode is {result.mode!r}"
    if result.targets and [target.name for target in result.targets] != names:
        yield "its result speaks of other targets"
    spoken_of = [result.verdict.winner, *(one.target for one in result.rounds), *(one.target for one in result.ladder)]
    if not {target.name for target in result.targets}.issuperset(filter(None, spoken_of)):
        yield "its rounds, its ladder or its verdict speak of other targets"
    known = saved_figures_of(result.targets)
    if result.verdict.on not in known:
        yield f"its verdict is on {result.verdict.on!r}"
    if not isinstance(cores := result.environment.get("cores", 1), int) or cores < 1:
        yield f"it ran on {cores} cores"
    for target in result.targets:
        yield from (f"the result of {target.name!r}: {fault}" for fault in _facts_faults(target))
        expected = [read_expectation(check.expected) for check in target.checks]
        figures = [check.quantity for check in target.checks]
        figures += [each.figure for each in expected if isinstance(each, Expectation) and each.target]
        if not {*known}.issuperset(figures):
            yield f"the result of {target.name!r}: a check of no figure"
        counts = [target.requests, *(each.requests for each in target.classes)]
        if not all(_STATUS.fullmatch(key) for each in counts for key in each.statuses):
            yield f"the result of {target.name!r}: a status that is none"
        if target.law is not None and target.law.cores is not None and target.law.cores <= 0:
            yield f"the result of {target.name!r}: its law has {target.law.cores:g} cores"
        if target.states_ms is not None and {*target.states_ms} - {UNTOLD} != {*STATE_NAMES}:
            yield f"the result of {target.name!r}: its states are others"
        own_lines = target.own_threads.lines if target.own_threads else []
        if not {*STATE_NAMES, UNTOLD}.issuperset(blame.state for blame in [*target.blame, *own_lines]):
            yield f"the result of {target.name!r}: an unknown state"
        if not {*AWAITED_WORDS.values()}.issuperset(each.what for each in target.awaiting_for or ()):
            yield f"the result of {target.name!r}: it awaits what is not known"
        if target.law is not None and target.law.name not in get_args(LawName):
            yield f"the result of {target.name!r}: there is no law {target.law.name!r}"
    yield from faults_of_browser(result.browser, [target.vitals for target in result.targets])
    yield from figure_faults(result, "the result")
