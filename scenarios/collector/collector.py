"""Listens for workers, knows which live, and hands out what they recorded: a hello and a ring for each."""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

import msgspec

from asgi_vs_wsgi.scenarios.results.target_parts import TargetEnvironment
from asgi_vs_wsgi.scenarios.secret_values import without_secrets_in_words
from asgi_vs_wsgi.scenarios.trace.line_trace import Followed, FollowedPart, VisitTimes
from asgi_vs_wsgi.scenarios.trace.states import FOREVER
from asgi_vs_wsgi.scenarios.trace.worker_trace import DIED, STOPPED, Fate
from asgi_vs_wsgi.scenarios.untrusted_text import one_line, printable
from asgi_vs_wsgi.server_targets.probe.protocol.channel import socket_address
from asgi_vs_wsgi.server_targets.probe.protocol.ring import RingReader
from asgi_vs_wsgi.server_targets.processes.process_table import killed_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.trace.worker_trace import Raised


_log = logging.getLogger(__name__)


LONGEST_WORDS = 300
"""Letters of an exception's words."""


SETTLED_NS = 100_000_000
"""What a server says of an end comes through another pipe than the end itself: for so long it is waited for."""


_IN_ORDER = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP})
"""Signals by which a worker may end that does as it was told: uvicorn's send themselves once more what they got."""


@dataclass(slots=True)
class WorkerLink:
    """A worker that has said hello; `ring` is None where the probe is off."""

    target: int
    pid: int
    ring: RingReader | None
    hello_ns: int
    sampler: int | None = None
    """Kernel id of the thread that samples there."""
    watcher: int | None = None
    """The same of one that looks for it where it has to wait."""
    shows_calls: bool = True
    """Whether its kernel shows in which system call a thread is."""
    reads_lines: bool = True
    """Whether it tells at which source lines requests are."""
    sees_awaits: bool = True
    """Whether it tells what suspended requests wait for."""
    locations: dict[int, str] = field(default_factory=dict)
    raised: dict[int, Raised] = field(default_factory=dict)
    """Failure number to the exception that it stands for."""
    followed: dict[int, Followed] = field(default_factory=dict)
    """Request to what it did, of those that were followed."""
    timed: dict[int, VisitTimes] = field(default_factory=dict)
    """The same of those that were timed."""
    environment: TargetEnvironment | None = None
    """As it says itself."""
    died_ns: int = 0
    told_to: str = ""
    """RECYCLED, RELOADED or STOPPED once it was told to end."""
    told_ns: int = 0
    killed_by: int = 0
    """The signal that ended it, as far as is known."""

    _lost_by_the_dead: int = 0

    def tell(self, ending: str) -> None:
        """It is told to end now, or is known to have been; the first time counts."""
        if not self.told_to:
            self.told_to, self.told_ns = ending, min(monotonic_ns(), self.died_ns or FOREVER)

    @property
    def ended(self) -> str:
        """How it ended; "" while it lives, and as long as its server may still say why it ended."""
        if not self.died_ns:
            return ""
        if self.told_to and self._as_told:
            return self.told_to
        return DIED if self.killed_by or monotonic_ns() - self.died_ns > SETTLED_NS else ""

    @property
    def fate(self) -> Fate:
        """For the trace."""
        return Fate(self.hello_ns, self.told_ns, self.ended)

    @property
    def _as_told(self) -> bool:
        """A server that stops kills what does not end in time; that too was asked for."""
        return (
            not self.killed_by
            or self.killed_by in _IN_ORDER
            or (self.told_to == STOPPED and self.killed_by == signal.SIGKILL)
        )

    def read(self) -> bytes:
        """What the worker recorded since the last read; a dead worker's ring is let go after that."""
        if self.ring is None:
            return b""
        if not self.died_ns:
            return self.ring.read()
        records, self._lost_by_the_dead = self.ring.read_last(), self.ring.lost
        self.close()
        return records

    def close(self) -> None:
        """Let go of the ring."""
        if self.ring is not None:
            self.ring.close()
            self.ring = None

    @property
    def lost(self) -> int:
        """Records known to be missing."""
        return self.ring.lost if self.ring else self._lost_by_the_dead


class Hello(msgspec.Struct, frozen=True):
    """A worker's first line."""

    target: int
    pid: int
    ring: str | None
    sampler: int | None
    watcher: int | None = None
    shows_calls: bool = True
    reads_lines: bool = True
    sees_awaits: bool = True
    environment: TargetEnvironment = TargetEnvironment()


class Line(msgspec.Struct, frozen=True):
    """Any line of a worker (asgi_vs_wsgi.server_targets.probe.protocol.channel)."""

    loading: int | None = None
    failed: str | None = None
    hello: Hello | None = None
    location: tuple[int, str] | None = None
    failure: tuple[int, str, str, str] | None = None
    followed: FollowedPart | None = None
    timed: VisitTimes | None = None
    leaving: bool = False


class Collector:
    """One per run. `on_hello` and `on_end` are called as workers come and go."""

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        self.links: list[WorkerLink] = []
        self.failed_starts: set[int] = set()
        """Targets that had a worker end while it loaded the application."""
        self.start_failures: dict[int, str] = {}
        """Target to why its first worker that came to no hello did not."""
        self.on_hello: Callable[[WorkerLink], None] = lambda link: None
        self.on_end: Callable[[WorkerLink], None] = lambda link: None
        self.on_leaving: Callable[[WorkerLink], None] = lambda link: None
        """A worker's interpreter ends in order: no signal has ended it."""
        self._server: asyncio.Server | None = None
        self._readers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen on the socket; workers may come from now on."""
        with socket_address(str(self.socket_path)) as address:
            self._server = await asyncio.start_unix_server(self._follow, path=address, backlog=128)

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One worker's line, to its end of file."""
        self._readers.add(writer)
        link: WorkerLink | None = None
        loading: int | None = None
        try:
            while read := await reader.readline():
                line = msgspec.json.decode(read, type=Line)
                loading = line.loading if loading is None else loading
                if line.failed is not None and loading is not None:
                    self.start_failures.setdefault(loading, _shown(line.failed))
                link = self._hear(line, link)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a killed worker: the same as an end of file
        finally:
            self._readers.discard(writer)
            writer.close()
            if link is not None:
                link.killed_by = link.killed_by or killed_by(link.pid)
                link.died_ns = monotonic_ns()
                _log.info("worker %d of target %d is gone", link.pid, link.target)
                self.on_end(link)
            elif loading is not None:
                self.failed_starts.add(loading)
                _log.warning("a worker of target %d ended while it loaded the application", loading)

    def _hear(self, line: Line, link: WorkerLink | None) -> WorkerLink | None:
        if line.hello:
            hello = line.hello
            ring = _opened(Path(hello.ring)) if hello.ring else None
            link = WorkerLink(hello.target, hello.pid, ring, monotonic_ns(), hello.sampler, hello.watcher)
            link.shows_calls, link.reads_lines = hello.shows_calls, hello.reads_lines
            link.sees_awaits = hello.sees_awaits
            link.environment = _printable(hello.environment)
            self.links.append(link)
            _log.info("%s", hello)
            self.on_hello(link)
        elif line.location and link:
            link.locations[line.location[0]] = printable(line.location[1])
        elif line.failure and link:
            number, exception, words, where = line.failure
            link.raised[number] = (printable(exception), _shown(words), printable(where))
        elif line.followed and link:
            link.followed.setdefault(line.followed.request, Followed()).add(line.followed)
        elif line.timed and link:
            link.timed[line.timed.request] = line.timed
        elif line.leaving and link:
            self.on_leaving(link)
        return link

    def of_target(self, target: int) -> list[WorkerLink]:
        """All workers that a target has had, in order of their hello."""
        return [link for link in self.links if link.target == target]

    def alive(self, target: int) -> list[WorkerLink]:
        """Those that live."""
        return [link for link in self.of_target(target) if not link.died_ns]

    def has_lost(self, target: int) -> bool:
        """Whether one of its workers has died, which none does that ends because it was told to."""
        return any(link.ended == DIED for link in self.of_target(target))

    async def settled(self, target: int) -> None:
        """Until it is known of all that have ended how they did."""
        while any(link.died_ns and not link.ended for link in self.of_target(target)):
            await asyncio.sleep(SETTLED_NS / 1e10)

    async def close(self) -> None:
        """Hear no more; mappings are let go."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._readers):
            writer.close()
        for link in self.links:
            link.close()


def _printable(told: TargetEnvironment) -> TargetEnvironment:
    """What another process says passes the gate."""
    said: dict[str, Any] = msgspec.structs.asdict(told)
    passed = {name: printable(value) for name, value in said.items() if isinstance(value, str)}
    return msgspec.structs.replace(told, **passed)


def _shown(words: str) -> str:
    """An exception's words on one line, without the secrets in them, and no longer than anybody reads."""
    shown = without_secrets_in_words(one_line(words))
    return shown if len(shown) <= LONGEST_WORDS else f"{shown[: LONGEST_WORDS - 1]}…"


def _opened(path: Path) -> RingReader:
    """Both sides have it mapped from now on; without its name its memory is given back when both have ended."""
    reader = RingReader(path)
    path.unlink()
    return reader
