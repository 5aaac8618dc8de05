"""A visitor who asks for several pages, one after another: thinks between them, and keeps the cookies it is given.

page 1 ── answer ── think ── page 2 ── answer ── think ── page 3 ── answer

Each page is a request with a row of its own; it is intended when the visitor has thought about the one before. Whatever
came, the visitor goes on. One coroutine a visitor, as those of slow clients: the hot loop knows nothing of them.

The cookies that one visitor has been given, kept as a browser keeps them for one host without TLS (RFC 6265).
"""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic_ns, time
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.http_messages import Response
from asgi_vs_wsgi.scenarios.load.request_templates import IDEMPOTENT, NUMBER, RequestSpec, request_head
from asgi_vs_wsgi.scenarios.load.sender import error_kind
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour, SlowClient, VisitEnd
from asgi_vs_wsgi.scenarios.load.visits import CLOSED, CONNECT, FAILED, RESET, Visits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from asgi_vs_wsgi.scenarios.load.arrivals import Alarm

MOST_COOKIES = 180
"""Of one visitor, as browsers allow a site; the oldest go."""


class CookieJar:
    """Of one visitor; `host` is the address that it asks."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}
        """(name, path) to value and when it ends."""

    def take(self, set_cookies: Iterable[bytes], path: str) -> None:
        """What an answer to a request for `path` sets, or takes away."""
        for line in set_cookies:
            self._take(line.decode("latin-1"), path)

    def _take(self, line: str, asked: str) -> None:
        pair, *rest = line.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        said = {key.strip().lower(): told.strip() for key, _, told in (part.partition("=") for part in rest)}
        if not equals or not name or "secure" in said or said.get("domain", self._host).lstrip(".") != self._host:
            return  # what is for TLS, or for another host, is never sent here
        path = said.get("path", "")
        key = (name, path if path.startswith("/") else _folder(asked))
        ends_s = _ends_s(said)
        self._kept.pop(key, None)
        if ends_s > time():
            self._kept[key] = value, ends_s
            if len(self._kept) > MOST_COOKIES:
                del self._kept[next(iter(self._kept))]

    def header(self, path: str, own: str = "") -> bytes:
        """The value of the header for a request for `path`; of two of one name the `own` of the request is sent."""
        now_s = time()
        names = {part.partition("=")[0].strip() for part in own.split(";")}
        sent = [
            (name, value, of)
            for (name, of), (value, ends_s) in self._kept.items()
            if name not in names and ends_s > now_s and _matches(path, of)
        ]
        sent.sort(key=lambda each: -len(each[2]))  # the longest path first; else in the order in which they were set
        pairs = [f"{name}={value}" for name, value, _ in sent]
        return "; ".join([*([own] if own else []), *pairs]).encode("latin-1")


def _ends_s(said: dict[str, str]) -> float:
    """By the clock of the day; a cookie without an end lives as long as its visitor."""
    with suppress(ValueError):
        return time() + int(said["max-age"]) if "max-age" in said else _expires_s(said)
    return _expires_s(said)


def _expires_s(said: dict[str, str]) -> float:
    if "expires" not in said:
        return float("inf")
    from email.utils import parsedate_to_datetime  # a driver without such visitors starts without it

    with suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(said["expires"]).timestamp()
    return float("inf")


def _folder(path: str) -> str:
    """The path of a cookie that names none."""
    return path.rpartition("/")[0] or "/"


def _matches(path: str, of: str) -> bool:
    return path == of or path.startswith(of if of.endswith("/") else f"{of}/")


AS_USUAL = ClientBehaviour()


@dataclass(frozen=True, slots=True)
class Journey:
    """What each visitor of a class does."""

    pages: tuple[RequestSpec, ...]
    think_s: tuple[float, float] = (0.0, 0.0)
    """The least and the most between an answer and the next page."""


class PageTemplate:
    """One page of a journey, to be asked for by every visitor of the class."""

    def __init__(self, spec: RequestSpec, host: str, *, keep_alive: bool) -> None:
        self.spec = spec
        self._own = next((value for name, value in spec.headers if name.lower() == "cookie"), "")
        others = tuple(header for header in spec.headers if header[0].lower() != "cookie")
        common = [] if keep_alive else [("Connection", "close")]
        self._heads = [request_head(path, replace(spec, headers=others), host, common) for path in spec.paths]

    def request(self, number: int, turn: int, request_id: int, jar: CookieJar) -> bytes:
        """For the visitor with that number, who is in that place among those of its class."""
        head, numbers = self._heads[turn % len(self._heads)]
        text = head % ((number,) * numbers + (request_id,))
        cookies = jar.header(self.path(number, turn), self._own.replace(NUMBER, str(number)))
        if cookies:
            text = text[:-2] + b"Cookie: " + cookies + b"\r\n\r\n"
        return text + self.spec.body

    def path(self, number: int, turn: int) -> str:
        """As that visitor asks for it, without its query."""
        return self.spec.paths[turn % len(self.spec.paths)].replace(NUMBER, str(number)).partition("?")[0]


class _Answer(Response):
    """Remembers what cookies it sets."""

    __slots__ = ("set_cookies",)

    def __init__(self, row: int, *, head_only: bool = False) -> None:
        super().__init__(row, head_only=head_only)
        self.set_cookies: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of many."""
        if name.lower() == b"set-cookie":
            self.set_cookies.append(value)
        super().on_header(name, value)


class Connection:
    """A visitor's own, kept from page to page where connections are kept."""

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.retried = self.closed_by_server = 0
        self._socket: socket.socket | None = None

    def take(self) -> socket.socket | None:
        """The one that is open, unless the server has left it meanwhile."""
        if self._socket is None:
            return None
        try:
            self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return self._socket
        except OSError:
            pass
        self.closed_by_server += 1
        self.close()
        return None

    def new_socket(self) -> socket.socket:
        """A new one, not connected yet."""
        self._socket = socket.socket()
        return self._socket

    def close(self) -> None:
        """Nothing is kept."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class PageClient(SlowClient):
    """One page of one visitor."""

    def __init__(
        self,
        row: int,
        request: bytes,
        address: tuple[str, int],
        behaviour: ClientBehaviour,
        visits: Visits,
        intended_ns: int,
        timeout_s: float,
        method: str,
        connection: Connection,
        alarm: Alarm,
    ) -> None:
        super().__init__(row, request, address, behaviour, visits, intended_ns, timeout_s, head_only=method == "HEAD")
        self._connection, self._alarm, self._repeatable = connection, alarm, method in IDEMPOTENT
        self._answer = _Answer(row, head_only=self.head_only)

    async def wait(self) -> None:
        """To the point, as the crowd does."""
        await self._alarm.until(self.intended_ns)

    def response(self) -> Response:
        """The answer to come."""
        self._answer = _Answer(self.row, head_only=self.head_only)
        return self._answer

    @property
    def set_cookies(self) -> list[bytes]:
        """What the answer has set, as far as it came."""
        return self._answer.set_cookies

    async def visit(self) -> None:
        """On the visitor's open connection; on a new one where there is none, or the server had left it."""
        kept = self._connection.take()
        if kept is not None:
            self.visits.connect_start_ns[self.row] = self.visits.connected_ns[self.row] = monotonic_ns()
            try:
                await self._ask_on(kept)
            except VisitEnd as ended:
                if not self._unheard(ended):
                    raise
            self._connection.retried += 1
            self._forget()
        self.visits.connect_start_ns[self.row] = monotonic_ns()
        try:
            await self.connect(fresh := self._connection.new_socket())
        except OSError as problem:
            self._connection.close()
            raise VisitEnd(FAILED, error_kind(problem, CONNECT)) from None
        await self._ask_on(fresh)

    async def _ask_on(self, sock: socket.socket) -> None:
        """Always ends in an exception, as the exchange does."""
        kept = False
        try:
            await self.exchange(sock)
        except OSError as problem:
            raise VisitEnd(FAILED, error_kind(problem, RESET)) from None
        except VisitEnd:
            kept = self._connection.keep_alive and self._answer.reusable and not self.unread
            raise
        finally:
            if not kept:
                self._connection.closed_by_server += self._connection.keep_alive and self._answer.complete
                self._connection.close()

    def _unheard(self, ended: VisitEnd) -> bool:
        """Whether the server had left the kept connection before it read anything (as the crowd tells it)."""
        return self._repeatable and ended.error in (RESET, CLOSED) and not self._answer.received

    def _forget(self) -> None:
        self.unread = False
        for column in (self.visits.send_start_ns, self.visits.sent_ns, self.visits.first_byte_ns):
            column[self.row] = 0


class PageVisitor:
    """One visitor's journey: rows from `row` on, one for each page."""

    def __init__(
        self,
        journey: Journey,
        templates: Sequence[PageTemplate],
        row: int,
        turn: int,
        address: tuple[str, int],
        visits: Visits,
        behaviour: ClientBehaviour,
        *,
        intended_ns: int,
        timeout_s: float,
        keep_alive: bool,
        seed: int,
    ) -> None:
        self.connection = Connection(keep_alive=keep_alive)
        self._templates, self._row, self._turn = templates, row, turn
        self._address, self._visits, self._behaviour = address, visits, behaviour
        self._intended_ns, self._timeout_s = intended_ns, timeout_s
        draw = random.Random(f"{seed} think {row}")
        self._think_ns = [round(draw.uniform(*journey.think_s) * 1e9) for _ in journey.pages]

    async def run(self, alarm: Alarm, on_end: Callable[[int], None]) -> None:
        """Ask for all pages; `on_end` hears of each row that is over."""
        jar, number, due_ns = CookieJar(self._address[0]), self._row + 1, self._intended_ns
        try:
            for page, (template, think_ns) in enumerate(zip(self._templates, self._think_ns, strict=True)):
                row = self._row + page
                client = PageClient(
                    row,
                    template.request(number, self._turn, self._visits.first_id + row, jar),
                    self._address,
                    self._behaviour,
                    self._visits,
                    due_ns,
                    self._timeout_s,
                    template.spec.method,
                    self.connection,
                    alarm,
                )
                await client.run()
                jar.take(client.set_cookies, template.path(number, self._turn))
                on_end(row)
                due_ns = self._visits.done_ns[row] + think_ns
        finally:
            self.connection.close()
