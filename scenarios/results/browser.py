"""What a real browser measured of a target's page, in the document: nothing of it is ever worked out without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct, field
from msgspec.structs import force_setattr

from asgi_vs_wsgi.scenarios.secret_values import without_secret_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set


CLICKS = {
    "fetch": "a click that fetches",
    "compute": "a click that computes",
    "sync_xhr": "a click that asks by synchronous XHR",
    "navigate": "a click that navigates",
}
"""Kinds of click; a scenario's page has buttons with these ids, a hyphen in the place of the underscore."""


class Measured(Struct, frozen=True):
    """Of a set of visits, in milliseconds, as Web Vitals are judged: at the 75th percentile."""

    p75: float
    min: float
    max: float
    samples: list[float]
    """Each as the browser said it, in the order of the visits."""


class BrowserRequest(Struct, frozen=True):
    """One request of the browser's, as its own Network panel tells it, and what the worker did meanwhile."""

    visit: int
    """Number of the visit at this target, from 1."""
    path: str
    """Without the secrets of its query."""
    kind: str
    """`Document`, `Script`, `Stylesheet`, `Image`, `Fetch`, `XHR`, …"""
    status: int
    """0: no answer."""
    mime_type: str
    bytes_received: int
    started_ns: int
    """On the recording's own clock (`time.monotonic_ns`), which is the browser's too."""
    blocked_ms: float
    """In the browser, before it was sent: for a connection, and for us who give it its number."""
    connect_ms: float | None
    """None on a connection that was kept."""
    send_ms: float
    wait_ms: float
    """From sent to the first byte."""
    receive_ms: float
    worker: int | None = None
    """Number of the worker that took it; None where no worker told of it."""
    in_line_ms: float | None = None
    """Of `wait_ms`: until a worker began it."""
    in_worker_ms: float | None = None
    """From begun to ended in the application."""
    states_ms: dict[str, float | None] | None = None

    def __post_init__(self) -> None:
        """No result, and no file of one, hands a secret on."""
        force_setattr(self, "path", without_secret_values(self.path))


class Vitals(Struct, frozen=True):
    """Of one target's page, over all rounds."""

    page: str
    """Its path, without the secrets of its query."""
    own_page: bool
    """Whether the scenario brings the page; else its view's answer is shown, with four buttons added beneath it."""
    ttfb_ms: Measured | None
    fcp_ms: Measured | None
    lcp_ms: Measured | None
    inp_ms: dict[str, Measured]
    """By kind of click (CLICKS); those that the page has a button for."""
    answer_ms: dict[str, Measured] = field(default_factory=dict)
    """From a click until its answer was shown. It is no Web Vital; it is what a person waits for."""
    driver_ttfb_ms: float | None = None
    """p75 of what the driver's visitors waited for the first byte meanwhile, over all rounds."""
    requests: list[BrowserRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        """As of its requests."""
        force_setattr(self, "page", without_secret_values(self.page))


class BrowserFacts(Struct, frozen=True):
    """The browser that measured."""

    product: str
    """`Chrome/150.0.7871.100`, as it says itself."""
    path: str
    beside: int
    """Visitors of the driver's at a time, each of whom comes again when it has its answer."""


class TraceEvent(Struct):
    """What every event of a browser's trace has; times are microseconds of the monotonic clock."""

    name: str
    ph: str
    pid: int
    tid: int
    ts: float = 0.0
    dur: float = 0.0


def faults_of_browser(browser: BrowserFacts | None, of_targets: Sequence[Vitals | None]) -> Iterator[str]:
    """What is wrong with a saved run's, which may come from anywhere; numbers are looked at elsewhere."""
    if any((vitals is None) != (browser is None) for vitals in of_targets):
        yield "its browser, or what that measured of a target, is missing"
    for vitals in filter(None, of_targets):
        loading = [vitals.ttfb_ms, vitals.fcp_ms, vitals.lcp_ms]
        measured = [*loading, *vitals.inp_ms.values(), *vitals.answer_ms.values()]
        if not all(each.samples for each in measured if each):
            yield "a measure of its browser is of no visit"


class Recording(Protocol):
    """What a browser recorded of a visit, as a file has it."""

    @property
    def name(self) -> str:
        """Of its target."""

    @property
    def asked(self) -> dict[int, str]:
        """See outcome.RecordedPage."""

    @property
    def events(self) -> bytes:
        """See outcome.RecordedPage."""


def faults_of_recordings(recordings: Sequence[Recording], targets: Set[str], latest_ns: int) -> Iterator[str]:
    """The same of what it recorded: other programs are handed the events as they are."""
    if len({each.name for each in recordings} & targets) != len(recordings):
        yield "its browser recorded a page of another target, or one twice"
    for recording in recordings:
        if min(recording.asked, default=0) < 0:
            yield "a request of its browser has a negative number"
        try:
            events = msgspec.json.decode(recording.events, type=list[TraceEvent])
        except (msgspec.DecodeError, ValueError, RecursionError):
            yield "what its browser recorded are no events"
            continue
        if not all(0 <= each.ts * 1000 < latest_ns and 0 <= each.dur * 1000 < latest_ns for each in events):
            yield "what its browser recorded is at no time"
