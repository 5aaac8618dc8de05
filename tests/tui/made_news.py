"""News as the lab tells it, from traces made by hand: opened, then everything in so many pieces, then the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from asgi_vs_wsgi.scenarios.lab.protocol import RecordingStarted, TraceDelta, Unpacker, Update, VisitRow
from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD
from asgi_vs_wsgi.tui.playback.playback import Playback
from asgi_vs_wsgi.tui.playback.recording import Recording


def read_news(file: Path) -> list[Update]:
    """Messages just as they came down the pipe from a real lab."""
    return list(Unpacker(Update).feed(file.read_bytes()))


def opened(traces: Sequence[TargetTrace], *, number: int = 1, rounds: int = 1) -> RecordingStarted:
    return RecordingStarted(
        "slow-io",
        number,
        rounds,
        [trace.facts for trace in traces],
        [len(trace.visits) for trace in traces],
        [trace.visits.first_id for trace in traces],
    )


def visit_row(trace: TargetTrace, row: int, *, done: bool = True) -> VisitRow:
    v = trace.visits
    late = (v.first_byte_ns[row], v.done_ns[row], v.status[row], v.bytes_received[row], v.outcome[row], v.error[row])
    early = (row, v.intended_ns[row], v.connect_start_ns[row], v.connected_ns[row], v.sent_ns[row])
    return (*early, *(late if done else (0,) * 6))


def feed(trace: TargetTrace, index: int, from_ns: int, to_ns: int) -> TraceDelta:
    """What happened in (from_ns, to_ns] of one target."""
    v = trace.visits
    rows = [
        visit_row(trace, row, done=0 < v.done_ns[row] <= to_ns)
        for row in range(len(v))
        if from_ns < v.sent_ns[row] <= to_ns or from_ns < v.done_ns[row] <= to_ns
    ]
    records = {pid: _records(bytes(raw), from_ns, to_ns) for pid, raw in trace.raw.items()}
    return TraceDelta(index, rows, records, {}, {}, {})


def _records(raw: bytes, from_ns: int, to_ns: int) -> bytes:
    kept = [raw[at : at + 32] for at in range(0, len(raw), 32) if from_ns < RECORD.unpack_from(raw, at)[0] <= to_ns]
    return b"".join(kept)


def told(traces: Sequence[TargetTrace], *, every_ns: int, result: RunResult | None = None) -> Iterator[Update]:
    """A whole run in frames of `every_ns`."""
    at_ns = min(min(trace.visits.intended_ns) for trace in traces) - 1
    end_ns = max(max(trace.visits.done_ns) for trace in traces) + 30_000_000
    yield Update(at_ns, Progress("starting", "starting gunicorn-sync and uvicorn"), running=True)
    yield Update(at_ns, Progress("running", "all targets at once", 1, 1), opened(traces), running=True)
    while at_ns < end_ns:
        feeds = [feed(trace, index, at_ns, at_ns + every_ns) for index, trace in enumerate(traces)]
        at_ns += every_ns
        yield Update(at_ns, feeds=feeds, running=True)
    yield Update(at_ns, Progress("finished", "finished"), result=result)


def shown(news: Sequence[Update]) -> Playback:
    """A recording that has been told of to its end."""
    first = next(each.opened for each in news if each.opened)
    show = Playback(Recording(first))
    for each in news:
        show.update_rows([(feed.target, show.recording.apply_delta(feed)) for feed in each.feeds], each.at_ns)
    show.close(whole=False)
    return show
