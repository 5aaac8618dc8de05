"""What the screen and the lab say to each other: length-prefixed msgpack over a pair of pipes.

    screen ── Start / Stop / Ask ──►  lab
    screen ◄── News ────────────────  lab      one answer to each Ask: the screen sets the pace

`Update` carries only what is new since the last one; a Feed of a target is applied to a TargetTrace of the
screen's own, so both sides hold the same trace and compute from it with the same code.

Messages on a pipe: four bytes of length, little endian, then msgpack.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.tournament.standings import Tournament
from asgi_vs_wsgi.scenarios.trace.target_trace import ServerEvent, TargetFacts
from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate, Raised

if TYPE_CHECKING:
    from collections.abc import Iterator


_LENGTH = struct.Struct("<I")


def pack(message: Any) -> bytes:
    """One message as it goes down the pipe."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """Puts messages of one type together again from whatever pieces a pipe delivers."""

    def __init__(self, message_type: Any) -> None:
        self._decoder = msgspec.msgpack.Decoder(message_type)
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """The messages that `data` completes."""
        self._pending += data
        while len(self._pending) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pending)
            end = _LENGTH.size + length
            if len(self._pending) < end:
                return
            body = bytes(self._pending[_LENGTH.size : end])
            del self._pending[:end]
            yield self._decoder.decode(body)


class ScenarioFiles(Struct, frozen=True):
    """A scenario as the screen has read it: what is run is what is shown. Paths are bytes, as the system has them."""

    name: str
    folder: bytes
    toml: str
    lesson: str
    modules: dict[str, bytes]


class Start(Struct, frozen=True, tag="start"):
    """Run this; ends whatever runs."""

    options: Options
    shelf: bytes = b""
    """The folder in which the run is kept when it is over; empty: nowhere."""
    scenario: ScenarioFiles | None = None
    """None: the lab reads it itself."""


class Stop(Struct, frozen=True, tag="stop"):
    """Stop what runs; its servers go, what was recorded stays."""


class Poll(Struct, frozen=True, tag="ask"):
    """Tell what is new."""


Command = Start | Stop | Poll


class RecordingStarted(Struct, frozen=True):
    """A new recording begins: drop the last one. Rows of visits are numbered from 0 within each target."""

    scenario: str
    round: int
    rounds: int
    targets: list[TargetFacts]
    planned: list[int]
    first_ids: list[int]
    classes: tuple[str, ...] = ("all",)
    """Names of the kinds of visitors."""
    class_of: list[bytes] = field(default_factory=list)
    """Of each target, the visitors' kinds (uint16); empty where there is one kind only."""


VisitRow = tuple[int, int, int, int, int, int, int, int, int, int, int]
"""row, intended_ns, connect_start_ns, connected_ns, sent_ns, first_byte_ns, done_ns, status, bytes, outcome, error"""


class TraceDelta(Struct, frozen=True):
    """What is new of one target of the recording."""

    target: int
    visits: list[VisitRow]
    records: dict[int, bytes]
    """pid to raw event records; a pid not seen before is a new worker."""
    locations: dict[int, dict[int, str]]
    """pid to source location numbers and their words."""
    lost: dict[int, int]
    """pid to how many events are known to be missing, where that changed."""
    died: dict[int, int]
    """pid to when the worker was seen to go, monotonic ns."""
    service_ns: int = 0
    service_cpu_ns: int = 0
    kernels: dict[int, tuple[bool, bool, bool]] = field(default_factory=dict)
    """pid of a new worker to whether it shows system calls, and tells of source lines and of what is awaited."""
    send_start_ns: dict[int, int] = field(default_factory=dict)
    """Row of a visitor who is slow to send to when the first byte of the request went out."""
    raised: dict[int, dict[int, Raised]] = field(default_factory=dict)
    """pid to failure numbers and the exceptions that they stand for."""
    pieces: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    """Row of an answer that comes in pieces to how many came, and when its first ones did (int64)."""
    fates: dict[int, Fate] = field(default_factory=dict)
    """pid to what is known of the worker's life, where that changed."""
    events: list[ServerEvent] = field(default_factory=list)
    """New ones."""


class Failure(Struct, frozen=True):
    """Why the run failed: words for people (a LabError)."""

    what: str
    detail: str
    hint: str


class Update(Struct, frozen=True):
    """Everything new since the last News, in the order it is to be applied: opened, feeds, progress, result."""

    at_ns: int
    """The lab's clock now: the live end of the recording."""
    progress: Progress | None = None
    opened: RecordingStarted | None = None
    feeds: list[TraceDelta] = field(default_factory=list)
    result: RunResult | None = None
    failure: Failure | None = None
    tournament: Tournament | None = None
    """The ranking so far; the last one when nothing runs any more."""
    running: bool = False
    notice: str = ""
    """Something that went wrong beside the run: it was not kept."""
    keeping: bool = False
    """The run is over and is being kept: there may be a notice yet."""
