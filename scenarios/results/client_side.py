"""The parts of the document that the client alone can tell: what it sent and on which connections, who was served, and
what came when."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType


class RequestSent(Struct, frozen=True):
    """What a class of visitors asked for; in `paths`, which are taken in turn, `{n}` is the visitor's number."""

    method: str
    paths: list[str]
    body_bytes: int


class HttpConnections(Struct, frozen=True):
    """What became of the connections to a server, where visitors keep them for one another.

    Every request that was sent went out on one that was made for it, or reused one.
    """

    made: int
    reused: int
    """Requests on a connection that had carried another before."""
    closed_by_server: int
    """Before the client did: it said so with an answer, or just left."""
    refused: int
    retried: int
    """Requests sent again on a new connection: the kept one was closed before they were read."""
    answered: int
    """How many of those that were made carried any answer at all."""
    unheard: int
    """How many of those that were made were waited on in vain: their request timed out without a byte."""
    overtook: int
    """Requests on kept connections that were sent later than one of those and answered before it gave up."""


class Spread(Struct, frozen=True):
    """Of a set of times in milliseconds."""

    p50: float
    p95: float
    max: float


class PieceCount(Struct, frozen=True):
    """How many pieces an answer's body came in."""

    min: int
    p50: int
    max: int


class Pieces(Struct, frozen=True):
    """How the bodies of answers came in: a piece is what was there to read at once."""

    count: PieceCount
    gap_ms: Spread | None
    """From one piece to the next of the same answer; None where every body came at once."""


class _Simulated(Struct, frozen=True, kw_only=True):
    interval: list[float] | UnsetType = UNSET
    """Of p95, over the replications of a simulation; of what was measured there is none, as of the next."""
    intervals: dict[str, list[float]] | UnsetType = UNSET
    """The same of p50, p95 and p99."""


class Latency(_Simulated, frozen=True):
    """Exact figures of a set of times, in milliseconds; percentiles are nearest rank on every sample."""

    min: float
    p50: float
    p75: float
    p90: float
    p95: float
    p99: float
    max: float
    mean: float


class RequestCounts(Struct, frozen=True):
    """planned = completed + failed + cancelled + dropped."""

    planned: int
    completed: int
    failed: int
    cancelled: int
    dropped: int
    errors: dict[str, int]
    """Error kind to count, `timeout` always among them."""
    statuses: dict[str, int]
    unexpected: int | None = None
    """Of the completed, how many answers are not what their visitors came for: a redirect, a 429. None: not counted."""


class Unserved(Struct, frozen=True):
    """Visitors who came and got no page, all of whom met the same."""

    kind: str
    """An error kind (`timeout`, `refused`, `reset`, ...), a status that is no page, or `unfinished`."""
    requests: int
    ms: Latency | None
    """From the intended start until it was known; None where that is not told."""


class PageFigures(Struct, frozen=True):
    """Of one page of those that each visitor of a class asks for."""

    name: str
    """Its own, or its place, counted from 1."""
    view: str
    requests: RequestCounts
    latency_ms: Latency | None
    ttfb_ms: Latency | None
    request: RequestSent | None = None


class VisitFigures(Struct, frozen=True):
    """Of visitors who ask for several pages: those who got all of them, and how long they waited in all."""

    visitors: int
    completed: int
    latency_ms: Latency | None
    """The latencies of a visitor's pages together, without the time in which it thought."""


class VisitorClass(Struct, frozen=True):
    """The figures of one class of visitors."""

    name: str
    requests: RequestCounts
    latency_ms: Latency | None
    ttfb_ms: Latency | None
    request: RequestSent | None = None
    """None in runs that were saved before it was told; of several pages, that of the first."""
    visits: VisitFigures | None = None
    """None where each visitor asks for one page."""
    pages: list[PageFigures] = []
    simulated: bool | UnsetType = UNSET


class LeftVisitors(Struct, frozen=True):
    """What became, at the server, of the visits whose visitors had left before their answer."""

    requests: int
    """How many left after the application had begun."""
    cancelled: int
    """How many of these were cancelled, so that no answer was made."""
    worked_on_ms: float | None
    """How long, on average, the application went on after its visitor had left."""
