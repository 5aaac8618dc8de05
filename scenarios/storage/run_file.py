"""What a saved run holds, and how it becomes traces again.

The file (all numbers little endian):

    offset  0          8            12              20           28
            "AVWRUN\\r\\n"  version u32  body bytes u64  CRC-32 u64   body: zlib of msgpack of SavedRun

Version 1. Columns of visits are raw arrays as in scenarios.load.visits (`q` eight bytes, `i` four); event records are
those of asgi_vs_wsgi.server_targets.probe.protocol.records, in the order in which each worker wrote them.

A tournament as it is kept: its ranking, as far as it came. One JSON document a file.
"""

from __future__ import annotations

from array import array
from itertools import chain
from struct import Struct as Layout
from typing import TYPE_CHECKING

from msgspec import Struct, field

from asgi_vs_wsgi.scenarios.load.visits import Visits
from asgi_vs_wsgi.scenarios.results import LoadResult, RoundFigures, RunResult
from asgi_vs_wsgi.scenarios.results.outcome import ClockPair, PartialRun
from asgi_vs_wsgi.scenarios.storage.saved_scenario import SavedScenario
from asgi_vs_wsgi.scenarios.tournament.standings import Tournament
from asgi_vs_wsgi.scenarios.trace.target_trace import ServerEvent, TargetFacts, TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate, Raised

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.load.http_messages import AnswerPieces

MAGIC = b"AVWRUN\r\n"
VERSION = 1
HEAD = Layout("<8sIQQ")
MOST_UNPACKED = 1_500_000_000
MOST_RATIO, LEAST_LIMIT = 30, 50_000_000
"""A run of ours shrinks to a fifth; zlib makes a thousandth of nothing but zeros."""


def body_limit(packed: int) -> int:
    """How many bytes a body of so many may unpack to; what is written keeps to it, what is read is held to it."""
    return min(MOST_UNPACKED, max(LEAST_LIMIT, packed * MOST_RATIO))


COLUMNS = {
    "intended_ns": "q",
    "connect_start_ns": "q",
    "connected_ns": "q",
    "sent_ns": "q",
    "first_byte_ns": "q",
    "done_ns": "q",
    "status": "i",
    "bytes_received": "q",
}
LATER_COLUMNS = {"send_start_ns": "q"}
"""Of runs that were saved before there were any, all 0: nobody is known to have sent slowly."""
CODES = ("outcome", "error")


class SavedWorker(Struct, frozen=True):
    """One worker's records, as WorkerTrace takes them."""

    pid: int
    records: bytes
    locations: dict[int, str]
    lost: int
    died_ns: int
    shows_calls: bool = True
    reads_lines: bool = True
    raised: dict[int, Raised] = field(default_factory=dict)
    fate: Fate = Fate()
    sees_awaits: bool = False
    """Runs that were saved before it was told have nothing of what requests waited for."""


class SavedPieces(Struct, frozen=True):
    """Of answers that came in more than one piece, in the order of their rows."""

    rows: bytes
    """`I`; so are the next two."""
    counts: bytes
    kept: bytes
    """How many times of each are in `times_ns`, one answer after another."""
    times_ns: bytes
    """`q`"""


class SavedTarget(Struct, frozen=True):
    """One target's trace."""

    facts: TargetFacts
    first_id: int
    start_ns: int
    columns: dict[str, bytes]
    workers: list[SavedWorker]
    service_ns: int
    service_cpu_ns: int
    classes: list[str]
    class_of: bytes
    pieces: SavedPieces | None = None
    """None in runs that were saved before they were told."""
    events: list[ServerEvent] = []
    turns: bytes = b""
    """`H`: which of the paths of its class each row asks for; empty: they are taken in turn."""


class SavedPage(Struct, frozen=True):
    """The recording of a browser's visit (see outcome.RecordedPage)."""

    target: SavedTarget
    asked: dict[int, str]
    events: bytes
    whole: bool = True

    @property
    def name(self) -> str:
        """Of its target."""
        return self.target.facts.name

    def trace(self) -> TargetTrace:
        """Of that visit alone, decoded."""
        trace = _trace(self.target)
        trace.decode()
        return trace


class SavedRun(Struct, frozen=True):
    """A run, whole unless `stopped` tells how far it came."""

    result: RunResult
    scenario: SavedScenario
    targets: list[SavedTarget]
    stopped: PartialRun | None = None
    rounds: list[RoundFigures] = []
    """Of all whole rounds; empty in runs that were saved before they were told."""
    clock: ClockPair | None = None
    """None in runs that were saved before it was kept."""
    pages: list[SavedPage] = []
    """What a real browser recorded, a target each; none in runs of `run`."""

    @property
    def has_figures(self) -> bool:
        """Whether its result speaks of its targets; one that was stopped in its first round has none."""
        return bool(self.result.targets)

    def traces(self) -> list[TargetTrace]:
        """The traces, decoded: the same as when they were recorded."""
        traces = self.undecoded()
        for trace in traces:
            trace.decode()
        return traces

    def undecoded(self) -> list[TargetTrace]:
        """The same before anybody has called their `decode`, which takes its time."""
        return [_trace(target) for target in self.targets]


def saved_target(trace: TargetTrace) -> SavedTarget:
    """A trace as it is saved."""
    v = trace.visits
    columns = {name: getattr(v, name).tobytes() for name in (*COLUMNS, *LATER_COLUMNS)}
    columns |= {name: bytes(getattr(v, name)) for name in CODES}
    workers = [
        SavedWorker(
            w.pid,
            bytes(trace.raw[pid]),
            dict(w.locations),
            w.lost,
            w.died_ns,
            w.shows_calls,
            w.reads_lines,
            dict(w.raised),
            w.fate,
            w.sees_awaits,
        )
        for pid, w in trace.workers.items()
    ]
    return SavedTarget(
        trace.facts,
        v.first_id,
        v.start_ns,
        columns,
        workers,
        trace.service_ns,
        trace.service_cpu_ns,
        list(trace.classes),
        trace.class_of[: len(v)].tobytes(),  # a closed plan with a duration did not come to all
        _saved_pieces(v.pieces),
        list(trace.events),
        trace.turns[: len(v)].tobytes(),
    )


def _saved_pieces(pieces: AnswerPieces) -> SavedPieces:
    rows = sorted(pieces.rows())
    times = [pieces.times_ns(row) for row in rows]
    return SavedPieces(
        array("I", rows).tobytes(),
        array("I", map(pieces.count, rows)).tobytes(),
        array("I", map(len, times)).tobytes(),
        array("q", chain.from_iterable(times)).tobytes(),
    )


def _put_pieces(pieces: AnswerPieces, saved: SavedPieces) -> None:
    rows, counts, kept = (array("I", column) for column in (saved.rows, saved.counts, saved.kept))
    times_ns, at = array("q", saved.times_ns), 0
    for row, count, many in zip(rows, counts, kept, strict=True):
        pieces.put(row, count, times_ns[at : at + many])
        at += many


def _trace(target: SavedTarget) -> TargetTrace:
    visits = Visits(len(target.columns["outcome"]), target.first_id)
    visits.start_ns = target.start_ns
    for name, code in COLUMNS.items():
        setattr(visits, name, array(code, target.columns[name]))
    for name, code in LATER_COLUMNS.items():
        if name in target.columns:
            setattr(visits, name, array(code, target.columns[name]))
    for name in CODES:
        setattr(visits, name, bytearray(target.columns[name]))
    if target.pieces is not None:
        _put_pieces(visits.pieces, target.pieces)
    trace = TargetTrace(
        target.facts,
        visits,
        service_ns=target.service_ns,
        service_cpu_ns=target.service_cpu_ns,
        classes=tuple(target.classes),
        class_of=array("H", target.class_of),
        events=list(target.events),
        turns=array("H", target.turns),
    )
    for saved in target.workers:
        worker = trace.add_worker(saved.pid)
        worker.locations, worker.lost, worker.died_ns = dict(saved.locations), saved.lost, saved.died_ns
        worker.shows_calls, worker.reads_lines = saved.shows_calls, saved.reads_lines
        worker.sees_awaits = saved.sees_awaits
        worker.raised = dict(saved.raised)
        worker.fate = saved.fate
        trace.store(saved.pid, saved.records)
    _order_of_events(visits)
    return trace


def _order_of_events(visits: Visits) -> None:
    """Which rows started and finished in which order is known from their times."""
    rows = range(len(visits))
    visits.started = array(
        "I", sorted(filter(visits.connect_start_ns.__getitem__, rows), key=visits.connect_start_ns.__getitem__)
    )
    visits.finished = array("I", sorted(filter(visits.outcome.__getitem__, rows), key=visits.done_ns.__getitem__))


class KeptTournament(Struct, frozen=True):
    """Whole where `done` is `total`."""

    tournament: Tournament
    load: LoadResult
    done: int
    """Measurements that were made, or tried."""
    total: int
    scenario: SavedScenario

    @property
    def parameters(self) -> dict[str, int | float]:
        """Of the scenario, as they were."""
        return self.tournament.parameters

    @property
    def whole(self) -> bool:
        """Whether nobody stopped it."""
        return self.done >= self.total
