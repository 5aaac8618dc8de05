"""Requests as tables and lines that spreadsheets and load tools read: CSV, vegeta, HdrHistogram's percentiles."""

from __future__ import annotations

import csv
import io
import math
import statistics
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, UNTOLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.exports.timeline import Request, Target, Timeline

ROWS_AT_ONCE = 1_000
STATES = (*STATE_NAMES, UNTOLD)
TIMES = ("intended", "connect_start", "connected", "sent", "first_byte", "done", "accepted", "begin", "end")
COLUMNS = (
    *("target", "interface", "server", "visitor", "class", "page", "request_id", "method", "path", "worker", "pid"),
    "intended_at",
    *(f"{name}_ms" for name in TIMES),
    *("latency_ms", "uncorrected_latency_ms", "ttfb_ms", "status", "bytes", "outcome", "error", "raised", "hops"),
    *(f"{state}_ms" for state in STATES),
    "kind",
)
"""Times are counted from the first visitor of their target; what did not happen, or is not known, is empty. `kind` is
`measured` or `simulated`."""


def requests_csv(timeline: Timeline) -> Iterator[bytes]:
    """One row per request of each target, under one line of names."""
    rows = (_row(timeline, target, each) for target in timeline.targets for each in target.requests(False))
    part: Sequence[Sequence[Any]] = [COLUMNS]
    while part:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(map(_cell, row) for row in part)
        yield text.getvalue().encode()
        part = list(islice(rows, ROWS_AT_ONCE))


def _row(timeline: Timeline, target: Target, r: Request) -> list[Any]:
    def ms(from_ns: int, to_ns: int) -> float | None:
        return (to_ns - from_ns) / NS_PER_MS if from_ns and to_ns else None

    states = r.states_ns or {}
    return [
        *(target.name, target.interface, target.server, r.number, r.class_name, r.page, r.id, r.method, r.path),
        *(r.worker or None, r.pid or None),
        timeline.iso(r.intended_ns) if r.intended_ns else None,
        *(ms(target.start_ns, getattr(r, f"{name}_ns")) for name in TIMES),
        *(ms(r.intended_ns, r.done_ns), ms(r.sent_ns, r.done_ns), ms(r.intended_ns, r.first_byte_ns)),
        *(r.status or None, r.bytes_received, r.outcome, r.error or None, r.raised or None),
        r.hops if r.worker else None,
        *(None if (time_ns := states.get(state)) is None else time_ns / NS_PER_MS for state in STATES),
        timeline.kind,
    ]


def _cell(value: Any) -> Any:
    """No text of a run is a formula to a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGIN_FORMULAS) else value


_BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def vegeta(timeline: Timeline) -> Iterator[bytes]:
    """A JSON object a line, as `vegeta encode` writes it; its latency counts from when the visitor meant to come.

    Of a simulated run the attack is called so: there is no other field for a word.
    """
    for target in timeline.targets:
        for sequence, r in enumerate(each for each in target.requests(False) if each.ended):
            hit = {
                "attack": f"simulated {target.name}" if timeline.simulated else target.name,
                "seq": sequence,
                "code": r.status,
                "timestamp": timeline.iso(r.intended_ns),
                "latency": r.done_ns - r.intended_ns,
                "bytes_out": r.body_bytes,
                "bytes_in": r.bytes_received,
                "error": _error(r),
                "body": None,
                "method": r.method,
                "url": f"{target.origin}{r.path}",
                "headers": None,
            }
            yield msgspec.json.encode(hit) + b"\n"


def _error(r: Request) -> str:
    """Empty for success, as vegeta has it."""
    if r.outcome == "done":
        return ""
    return f"{r.status} {reason_phrase(r.status)}".strip() if r.error == "status" else r.error or r.outcome


def reason_phrase(status: int) -> str:
    """`Service Unavailable`; nothing for a status that is not known, or none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def hgrm(timeline: Timeline) -> Iterator[bytes]:
    """The percentile table of HdrHistogram, in ms, of the one target's answered requests: exact values, no buckets.

    https://hdrhistogram.github.io/HdrHistogram/plotFiles.html reads it, as wrk2 prints it.
    """
    (target,) = timeline.targets
    answered = (r for r in target.requests(False) if r.outcome == "done")
    yield percentile_table(sorted((r.done_ns - r.intended_ns) / NS_PER_MS for r in answered)).encode()
    if timeline.simulated:
        yield b"#[Simulated, not measured]\n"


TICKS = 5
"""Lines for each halving of what is left above."""


def percentile_table(ordered_ms: Sequence[float]) -> str:
    """Of ascending times; a table without lines where there are none."""
    lines = [f"{'Value':>14} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>16}", ""]
    total, share = len(ordered_ms), 0.0
    while total:
        rank = max(1, math.ceil(share * total - 1e-9))
        value = ordered_ms[rank - 1]
        while rank < total and ordered_ms[rank] == value:
            rank += 1
        lines.append(f"{value:14.6f} {share:14.12f} {rank:10d} {1 / (1 - share):16.2f}")
        if rank >= total:  # the longest stands twice, as in HdrHistogram's own: some plotters skip a line without odds
            lines.append(f"{value:14.6f} {1.0:14.12f} {total:10d}")
            break
        share += 1 / (TICKS * 2 ** (int(math.log2(1 / (1 - share))) + 1))
    mean, spread = (statistics.fmean(ordered_ms), statistics.pstdev(ordered_ms)) if total else (0.0, 0.0)
    most = ordered_ms[-1] if total else 0.0
    return "\n".join(
        [
            *lines,
            f"#[Mean    = {mean:14.6f}, StdDeviation   = {spread:14.6f}]",
            f"#[Max     = {most:14.6f}, Total count    = {total:14d}]",
            f"#[Buckets = {1:14d}, SubBuckets     = {max(total, 1):14d}]",
            "",
        ]
    )
