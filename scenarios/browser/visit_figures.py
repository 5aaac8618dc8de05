"""Figures of what a browser has measured: of all visits to a target, and of each request beside what its worker did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from asgi_vs_wsgi.scenarios.analysis.client_side import first_bytes_ns, served_rows
from asgi_vs_wsgi.scenarios.results.browser import CLICKS, BrowserRequest, Measured, Vitals
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, NS_PER_S, nearest_rank
from asgi_vs_wsgi.scenarios.trace.states import Visit, life, states_told
from asgi_vs_wsgi.scenarios.trace.target_trace import state_totals_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.browser.page_visit import Asked, PageVisit
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


@dataclass(slots=True)
class TargetVisits:
    """What was measured of one target in whole rounds so far."""

    page: str
    visits: list[PageVisit] = field(default_factory=list)
    requests: list[BrowserRequest] = field(default_factory=list)
    first_bytes_ns: list[int] = field(default_factory=list)
    """Of the driver's visitors."""

    def add_round(self, visits: Sequence[PageVisit], trace: TargetTrace) -> None:
        """A round that is whole at every target."""
        for number, visit in enumerate(visits, len(self.visits) + 1):
            self.requests += [row for each in visit.requests if (row := browser_request(each, number, trace))]
        self.visits += visits
        self.first_bytes_ns += first_bytes_ns(trace.visits, served_rows(trace.visits, range(len(trace.visits))))


def _measured(samples: Sequence[float | None]) -> Measured | None:
    known = [each for each in samples if each is not None]
    if not known:
        return None
    ordered_ns = sorted(round(each * NS_PER_MS) for each in known)
    return Measured(nearest_rank(ordered_ns, 75) / NS_PER_MS, min(known), max(known), known)


def vitals_of(of: TargetVisits, *, own_page: bool) -> Vitals:
    by_click = {kind: [each for each in of.visits if each.click == kind] for kind in CLICKS}
    inp = {kind: _measured([each.inp_ms for each in visits]) for kind, visits in by_click.items()}
    answers = {kind: _measured([each.answer_ms for each in visits]) for kind, visits in by_click.items()}
    return Vitals(
        of.page,
        own_page,
        _measured([each.ttfb_ms for each in of.visits]),
        _measured([each.fcp_ms for each in of.visits]),
        _measured([each.lcp_ms for each in of.visits]),
        {kind: measured for kind, measured in inp.items() if measured},
        {kind: measured for kind, measured in answers.items() if measured},
        nearest_rank(sorted(of.first_bytes_ns), 75) / NS_PER_MS if of.first_bytes_ns else None,
        of.requests,
    )


def browser_request(asked: Asked, visit: int, trace: TargetTrace) -> BrowserRequest | None:
    """The browser's side and the worker's; None of a request that was never answered."""
    timing = asked.timing
    if timing is None:
        return None
    at_s: float = timing["requestTime"]
    sent_ns, first_ns = (round((at_s + timing[key] / 1000) * NS_PER_S) for key in ("sendEnd", "receiveHeadersEnd"))
    begun_ns, done_ns = round(asked.started_s * NS_PER_S), max(first_ns, round(asked.ended_s * NS_PER_S))
    connects = timing.get("connectStart", -1) >= 0
    connect_ms = timing["connectEnd"] - timing["connectStart"] if connects else None
    free_ms = timing["connectStart"] if connects else timing["sendStart"]
    row = BrowserRequest(
        visit,
        asked.path,
        asked.kind,
        asked.status,
        asked.mime_type,
        asked.bytes_received,
        begun_ns,
        max(0.0, (at_s - asked.started_s) * 1000 + free_ms),
        connect_ms,
        timing["sendEnd"] - timing["sendStart"],
        (first_ns - sent_ns) / NS_PER_MS,
        (done_ns - first_ns) / NS_PER_MS,
    )
    found = next((w.handlings[asked.number] for w in trace.workers.values() if asked.number in w.handlings), None)
    if found is None or not found.end_ns:
        return row
    connected_ns = round((at_s + timing["connectStart"] / 1000) * NS_PER_S) if connects else sent_ns
    spans = life(Visit(begun_ns, connected_ns, sent_ns, done_ns), found, done_ns, shows_accept=trace.facts.shows_accept)
    return msgspec.structs.replace(
        row,
        worker=found.worker.index,
        in_line_ms=max(0, found.begin_ns - sent_ns) / NS_PER_MS,
        in_worker_ms=(found.end_ns - found.begin_ns) / NS_PER_MS,
        states_ms={
            name: None if value is None else value / NS_PER_MS
            for name, value in states_told(state_totals_ns(spans, found)).items()
        },
    )
