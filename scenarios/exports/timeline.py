"""A run as exports see it: targets, their requests, and tracks with what is on them. It knows nothing of runs.

    Timeline ── Target ── Request                     a row for each planned request
                   │  └── spans                       which of the nine states from when to when
                   └── Track ── Slice, Count, Instant as trace viewers draw them; slices nest, and flows join two

All times are nanoseconds of one monotonic clock; `Timeline.wall_ns` turns them into times of day. What an encoder
writes is in these values and nowhere else, so that a format is one small file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results.browser import BrowserRequest

HOST = "127.0.0.1"
NS_PER_S = 1_000_000_000
Args = dict[str, int | float | str]


class StateSpan(NamedTuple):
    """One state of a request, `queued`, `running`, …; `at` is the source line, `awaits` what it was suspended for."""

    state: str
    start_ns: int
    end_ns: int
    at: str = ""
    awaits: str = ""
    in_worker: bool = False


class Request(Struct, frozen=True, gc=False):
    """One planned request; a time is 0 where it did not happen."""

    number: int
    """Of the visitor, as on the screen, counted from 1."""
    id: int
    """Of its X-Request-Id."""
    class_name: str
    page: str
    """Its own name among several; "" where each visitor asks for one."""
    method: str
    path: str
    """With its query; the values of what is called a secret are hidden."""
    body_bytes: int
    intended_ns: int
    connect_start_ns: int
    connected_ns: int
    reused: bool
    """Whether it went out on a connection that had carried another."""
    sent_ns: int
    first_byte_ns: int
    done_ns: int
    status: int
    bytes_received: int
    outcome: str
    """`done`, `failed`, `cancelled` by its visitor, or `pending` where the run was stopped before its end."""
    error: str
    """`timeout`, `refused`, …; "" for none."""
    worker: int = 0
    """Counted from 1; 0 where no worker told of it. So are the next."""
    pid: int = 0
    accepted_ns: int = 0
    begin_ns: int = 0
    end_ns: int = 0
    hops: int = 0
    raised: str = ""
    """The type of the exception that ended it."""
    states_ns: dict[str, int | None] | None = None
    """Of all nine; None for what cannot be told. None where workers were not looked into, or it has not ended."""
    spans: Sequence[StateSpan] = ()
    """In order, without gap, where they were asked for."""

    @property
    def ended(self) -> bool:
        """Well or not."""
        return self.done_ns > 0


class Track(NamedTuple):
    """A row of a trace viewer: a `group`, a worker's `process`, a row of `slices` or a `counter`."""

    id: int
    parent: int
    """0: a root."""
    name: str
    kind: str
    pid: int = 0
    unit: str = ""
    about: str = ""


class Slice(NamedTuple):
    """Something that lasts. Flow numbers (0: none) join the slice that a request leaves to the one that it reaches."""

    track: int
    start_ns: int
    end_ns: int
    name: str
    args: Args | None = None
    flow_out: int = 0
    flow_in: int = 0
    children: tuple[Slice, ...] = ()


class Count(NamedTuple):
    """The value of a counter from then on."""

    track: int
    at_ns: int
    value: int | float


class Instant(NamedTuple):
    """Something that happens at once."""

    track: int
    at_ns: int
    name: str


Event = Track | Slice | Count | Instant
"""A track comes before what is on it."""


class PageRecording(NamedTuple):
    """What a real browser recorded of a visit to a target's page, and what the workers did meanwhile: one clock."""

    events: bytes
    """A JSON array of Chrome's trace events."""
    workers: Callable[[], Iterator[Event]]
    """Tracks below a group that the first event is."""
    whole: bool
    """Whether the browser had room for all events."""


@dataclass(frozen=True, slots=True)
class Target:
    """One server with its requests. What is counted and drawn is worked out while somebody reads it."""

    name: str
    label: str
    interface: str
    server: str
    version: str
    port: int
    """0: not known."""
    start_ns: int
    """When its first visitor was to come."""
    end_ns: int
    """When its last visit ended; `start_ns` where nobody came."""
    planned: int
    requests: Callable[[bool], Iterator[Request]]
    """In the order of their numbers; with their spans, if asked so."""
    events: Callable[[], Iterator[Event]]
    """Ids of tracks and numbers of flows are those of no other target."""
    browser: Sequence[BrowserRequest] = ()
    """What a real browser asked for, where one measured its page."""
    page: PageRecording | None = None
    """What it recorded then."""

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:8000`; without a port where that is not known."""
        return f"http://{HOST}:{self.port}" if self.port else f"http://{HOST}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that an encoder may ask for."""

    scenario: str
    title: str
    targets: Sequence[Target]
    wall_offset_ns: int
    """To be added to a monotonic time to get nanoseconds since 1970."""
    clock_kept: bool
    """Whether the run kept that; otherwise it was taken from its file, and times are exact among one another only."""
    version: str
    """Of this program."""
    notes: Sequence[str] = field(default_factory=list)
    """What the run does not tell, a sentence each."""
    drawing_notes: Sequence[str] = field(default_factory=list)
    """What is drawn otherwise than it was told."""
    simulated: bool = False
    """Whether no server has run: every format says so."""

    @property
    def kind(self) -> str:
        """`measured` or `simulated`, as formats with room for a word have it."""
        return "simulated" if self.simulated else "measured"

    def wall_ns(self, at_ns: int) -> int:
        """Nanoseconds since 1970."""
        return self.wall_offset_ns + at_ns

    def iso(self, at_ns: int) -> str:
        """`2026-11-28T00:15:00.123456789Z`."""
        seconds, rest_ns = divmod(self.wall_ns(at_ns), NS_PER_S)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns:09d}Z"
