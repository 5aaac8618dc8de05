"""The pages of the folders `planted-in-…`, each of which loses its time at one known line: what is right to say of it.

Every cause is a class of one visitor, and they come one after another, so that whatever a worker does in between is the
cause of the one who came last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from settled_spans import settle

from asgi_vs_wsgi.scenarios.analysis.worker_time import work_after_end
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.model.scenario import Load, Visitors
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
from asgi_vs_wsgi.scenarios.trace.states import Span, State, held_inside
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import MAIN_LOOP_LANE
from asgi_vs_wsgi.server_targets.servers import server_spec

FOLDERS = Path(__file__).parents[1] / "scenarios" / "folders"
IN_DJANGO, IN_CALLS = "planted-in-django", "planted-in-calls"

LOOP, ONE_OFF, WORKER, OTHER, NOBODY = "its loop", "a one-off loop", "its thread", "another thread", "nobody"
"""What is held: the server's event loop (or gevent's hub); a loop that asgiref has made for one call; under WSGI the
thread that serves the request; any other thread.
"""


class Truth(NamedTuple):
    """What is right of a cause on one server."""

    state: str
    holder: str


Kind = dict[str, Truth]
"""What serves (`wsgi`, `gevent`, `asgi`) to what is right there; where it is missing, there is no such place."""

WAITS: Kind = {
    "wsgi": Truth("blocked", WORKER),
    "gevent": Truth("awaiting", NOBODY),
    "asgi": Truth("blocked", OTHER),
}
WAITS_AFTER: Kind = {server: truth for server, truth in WAITS.items() if server != "gevent"}
"""Who is set aside after the answer holds nobody, and nobody waits for it."""
WAITS_UNKNOWN_TO_GEVENT: Kind = WAITS | {"gevent": Truth("blocked", LOOP)}
COMPUTES: Kind = {
    "wsgi": Truth("running", WORKER),
    "gevent": Truth("running", LOOP),
    "asgi": Truth("running", OTHER),
}
HOLDS: Kind = {"wsgi": Truth("blocked", ONE_OFF), "asgi": Truth("blocked", LOOP)}
HOLDS_COMPUTING: Kind = {"wsgi": Truth("running", ONE_OFF), "asgi": Truth("running", LOOP)}
HOLDS_THE_SERVERS: Kind = {"asgi": Truth("blocked", LOOP)}
AWAITS: Kind = {"wsgi": Truth("blocked", WORKER), "asgi": Truth("awaiting", NOBODY)}
WAITS_ELSEWHERE: Kind = {"wsgi": Truth("blocked", OTHER), "asgi": Truth("blocked", OTHER)}

PLANTED: dict[str, dict[str, Kind]] = {
    IN_DJANGO: {
        "view_waits": WAITS,
        "view_computes": COMPUTES,
        "decorator": WAITS,
        "middleware_request": WAITS,
        "async_middleware": HOLDS_THE_SERVERS,
        "context_processor": WAITS,
        "template_tag": WAITS,
        "lazy_queryset": COMPUTES,
        "model_manager": WAITS,
        "model_property": COMPUTES,
        "signal_receiver": WAITS,
        "form_clean": WAITS,
        "serializer": COMPUTES,
        "logging_handler": WAITS,
        "cache_backend": WAITS,
        "storage_read": WAITS_UNKNOWN_TO_GEVENT,
        "stream_body": WAITS,
        "stream_finally": WAITS,
        "closing": WAITS_AFTER,
    },
    IN_CALLS: {
        "lock": WAITS,
        "subprocess_run": WAITS,
        "socket_recv": WAITS,
        "hashing": COMPUTES,
        "regex": COMPUTES,
        "json_text": COMPUTES,
        "sqlite": COMPUTES,
        "call_of_c": WAITS_UNKNOWN_TO_GEVENT,
        "call_of_c_with_gil": WAITS_UNKNOWN_TO_GEVENT,
        "thread_pool": WAITS_ELSEWHERE,
        "async_view": HOLDS,
        "async_computing": HOLDS_COMPUTING,
        "awaiting": AWAITS,
        "async_generator": HOLDS,
        "sync_to_async_call": WAITS_ELSEWHERE,
        "to_thread": WAITS_ELSEWHERE,
        "async_to_sync_call": HOLDS,
        "callback": HOLDS,
        "background_task": HOLDS_THE_SERVERS,
        "neighbour_holds": HOLDS_THE_SERVERS,
        "neighbour_computes": COMPUTES,
    },
}
BESIDE = "beside_"
"""Before the name of a cause: the page of one who is stalled by it."""


def lines_of(folder: str) -> dict[str, int]:
    """Each cause's line."""
    lines = enumerate((FOLDERS / folder / "views.py").read_text().splitlines(), 1)
    return {found[1]: number for number, line in lines if (found := re.search(r"# cause: (\w+)$", line))}


def kind_of(server: str) -> str:
    """What serves there: `wsgi`, `gevent` or `asgi`."""
    return "gevent" if server.endswith("gevent") else server_spec(server).interface


def causes_on(server: str, folder: str) -> list[str]:
    """Those that there are on that server; who serves one at a time, or all on one thread, has no neighbours."""
    alone = server_spec(server).slot == "worker" or kind_of(server) == "gevent"
    names = [name for name, kind in PLANTED[folder].items() if kind_of(server) in kind]
    return [name for name in names if not (alone and name.startswith("neighbour"))]


def experiment(folder: str, server: str, names: Iterable[str], ms: int, apart_s: float) -> Experiment:
    """One visitor for each of these causes, so far apart; and beforehand those who are stalled by one."""
    asked = Options(folder, scenario_dirs=(str(FOLDERS),), parameters=(f"ms={ms}",))
    resolved = resolve(asked, load_catalog(asked.scenario_dirs))
    pages = {BESIDE + name for name in names if name.startswith("neighbour")} | set(names)
    visitors = [
        Visitors(name, load=Load(requests=1), after_s=place * apart_s + offset_s)
        for place, cause in enumerate(names)
        for name, offset_s in ((BESIDE + cause, 0.0), (cause, 0.02 * (BESIDE + cause in pages)))
        if name in pages
    ]
    toml = msgspec.structs.replace(resolved.scenario.toml, visitors=visitors, warm=False)
    (target,) = resolved.targets
    threads = server_spec(server).default_threads
    views = {name: name for name in pages}
    target = msgspec.structs.replace(target, name=server, server=server, threads=threads, views=views)
    scenario = msgspec.structs.replace(resolved.scenario, toml=toml)
    return msgspec.structs.replace(resolved, scenario=scenario, targets=(target,))


class Finding(NamedTuple):
    """What a run says of one cause."""

    cause: str
    truth: Truth
    right_where: str
    """`views.py:12`; "" where no line is to blame."""
    where: str
    """The same of the line that is named."""
    said: Truth
    share: float
    """Of the time that is the cause's, what is told at that line and in that state."""
    stalled: float | None
    """The part of the time of one who is stalled by it."""

    @property
    def faults(self) -> list[str]:
        """What is wrong with it."""
        found = []
        if self.where != self.right_where:
            found.append(f"line {self.where or 'none'} instead of {self.right_where or 'none'}")
        if self.said.state != self.truth.state:
            found.append(f"{self.said.state} instead of {self.truth.state}")
        if self.said.holder != self.truth.holder:
            found.append(f"{self.said.holder} instead of {self.truth.holder}")
        if not found and self.share < MOST:
            found.append(f"{self.share:.0%} of its time")
        if self.stalled is not None and self.stalled < STALLED_LEAST:
            found.append(f"who is beside it is stalled for {self.stalled:.0%}")
        return found


MOST = 0.7
LEAST = 0.03
"""Of a cause's time: who is not on the CPU, blocked or set aside for so long is stalled and nothing else."""
STALLED_LEAST = 0.25


def findings(outcome: Outcome, folder: str) -> Iterator[Finding]:
    """Of every cause that somebody came for, in the order in which they came."""
    (trace,) = outcome.traces
    lines = lines_of(folder)
    names = [name for name in trace.classes if not name.startswith(BESIDE)]
    for name in names:
        truth = PLANTED[folder][name][kind_of(trace.facts.server)]
        stalled = _stalled_share(trace, BESIDE + name) if BESIDE + name in trace.classes else None
        right_where = f"views.py:{lines[name]}" if truth.holder != NOBODY else ""
        yield Finding(name, truth, right_where, *_said(trace, name), stalled)


def _stalled_share(trace: TargetTrace, name: str) -> float:
    (row,) = trace.rows_of(name)
    totals = trace.state_totals_ns(row)
    return totals[State.STALLED] / sum(totals)


def _said(trace: TargetTrace, name: str) -> tuple[str, Truth, float]:
    """The line, state and holder of most of what was told of from the visitor's coming to the next one's."""
    (row,) = trace.rows_of(name)
    handling = trace.handling(row)
    assert handling, f"no worker has told of {name}"
    coming = sorted(at_ns for at_ns in trace.visits.intended_ns if at_ns > trace.visits.intended_ns[row])
    until_ns = coming[0] if coming else handling.worker.told_ns
    told: Counter[tuple[str, Truth]] = Counter()
    for span in _spans(trace, row, handling, until_ns):
        where = handling.worker.line_at(span.location).partition(" ")[0]
        told[where, Truth(span.state.label, _holder(trace, handling, span))] += span.end_ns - span.start_ns
    # Whoever else is on this machine takes the core from what computes, and what a loop does stalls its own visitor.
    others = {key: ns for key, ns in told.items() if key[1].state != "stalled"}
    if sum(others.values()) < LEAST * sum(told.values()):
        return "", Truth("stalled", NOBODY), 0.0
    (where, said), most_ns = max(others.items(), key=lambda item: item[1])
    return where, said, most_ns / sum(others.values())


def _spans(trace: TargetTrace, row: int, handling: RequestRecord, until_ns: int) -> Iterator[Span]:
    """Of the application's time, of what went on after it, and of what the loop did on its own."""
    inside = [span for span in trace.life(row, trace.visits.done_ns[row]) if span.start_ns >= handling.begin_ns]
    own = held_inside(handling.worker.own_work, trace.visits.intended_ns[row], until_ns)
    spans = [*settle(inside, handling), *work_after_end(trace, handling), *own]
    yield from (span for span in spans if span.state is not State.SENDING)


def _holder(trace: TargetTrace, handling: RequestRecord, span: Span) -> str:
    if span.state in (State.AWAITING, State.STALLED):
        return NOBODY
    if span.lane in handling.worker.loops:
        return ONE_OFF if kind_of(trace.facts.server) == "wsgi" or span.lane != MAIN_LOOP_LANE else LOOP
    return WORKER if span.lane == handling.lane else OTHER


def told_at(outcome: Outcome, where: str) -> tuple[float, float]:
    """For how long the result says that somebody was running, and blocked, at a line."""
    (target,) = outcome.result.targets
    lines = [line for line in target.blame if line.where.partition(" ")[0] == where]
    running_ms = sum(line.ms for line in lines if line.state == State.RUNNING.label)
    return running_ms, sum(line.ms for line in lines) - running_ms


def stalled_at(outcome: Outcome, where: str) -> float:
    """For how long visitors had come to a line and were kept from going on there: by the GIL, or by other programs."""
    (trace,) = outcome.traces
    stalled_ns = 0
    for row in range(len(trace.visits)):
        if handling := trace.handling(row):
            stalled = [each for each in trace.life(row, trace.visits.done_ns[row]) if each.state is State.STALLED]
            there = (each for each in stalled if handling.worker.line_at(each.location).partition(" ")[0] == where)
            stalled_ns += sum(span.end_ns - span.start_ns for span in there)
    return stalled_ns / 1_000_000
