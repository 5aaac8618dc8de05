"""The visitors of one drive, and the short loop that all the load's CPU goes through.

No asyncio object stands for a connection. Every socket is in one epoll of ours, and one `turn` takes all that
is ready there:

    epoll ──► read ──► this very answer seen before? ── yes ──► stamp the row, send the next request
                                                     └─ no ───► Response (httptools), ends, errors

What is done here is paid for every request. So times go straight into columns; an answer that was judged once
is known again by its bytes; and in a closed loop the next request goes out before the next answer is read.
"""

from __future__ import annotations

from array import array
from errno import ECONNRESET, EPIPE
from os import close, read, write
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from asgi_vs_wsgi.scenarios.load.arrivals import NEVER, NOBODY, ClosedArrivals, OpenArrivals
from asgi_vs_wsgi.scenarios.load.connection_pool import CONNECTING, IDLE, READING, SENDING, ConnectionPool, error_of
from asgi_vs_wsgi.scenarios.load.http_messages import REMEMBERED_BYTES, Response, remember
from asgi_vs_wsgi.scenarios.load.request_templates import IDEMPOTENT
from asgi_vs_wsgi.scenarios.load.sender import Sender, error_kind
from asgi_vs_wsgi.scenarios.load.visits import (
    CLOSED,
    DONE,
    FAILED,
    NO_ERROR,
    PENDING,
    PROTOCOL,
    RESET,
    STATUS,
    TIMEOUT,
    UNREAD,
    Columns,
    Visits,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.load.arrivals import Arrivals
    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec, Template

BATCH: Final = 40  # events taken in one turn; their C array is then of a size that Python allocates quickly
SMALL_READ: Final = 479  # the largest bytes object that Python allocates quickly
LARGE_READ: Final = 65_536  # once an answer was longer
A_FEW: Final = 8  # visits begun in one turn: a burst must not keep the answers waiting
SWEEP_GAP_NS: Final = 2_000_000  # between two searches for visitors who gave up


class LoadGenerator:
    """One drive. Call `turn` whenever `fileno` is readable, until it says that all is over; then `close`."""

    def __init__(
        self,
        plan: Plan,
        address: tuple[str, int],
        requests: Sequence[RequestSpec],
        templates: Sequence[Template],
        visits: Visits,
    ) -> None:
        self.late_ns = array("q")  # open arrivals: from when a visit could have begun to when it was
        self.ended_beside = 0
        """Visits in rows after the plan's own, which others carry out (scenarios.load.slow_client)."""
        self.closed_by_server = 0
        """Connections that were to be kept, and that the server ended: it said so with an answer, or just left."""
        self._plan = plan
        self._templates = templates
        self._only_template = templates[0] if len(templates) == 1 else None  # spares a look at the path of each row
        self._path = memoryview(plan.path)
        self._repeatable = [request.method in IDEMPOTENT for request in requests]
        self._head_only = [request.method == "HEAD" for request in requests]
        self._visits = visits
        self._columns = Columns(visits)
        self._connections = ConnectionPool()
        self._doing = self._connections.doing
        self._poll = self._connections.epoll.poll
        self._sender = Sender(plan, address, templates, self._columns, self._connections, self._fail)
        kind = ClosedArrivals if plan.loop == "closed" else OpenArrivals
        self._arrivals: Arrivals = kind(plan, self._columns.intended_ns, visits.start_ns)
        self._quick = self._arrivals.closed and self._sender.all_small
        self._remembered: dict[bytes, int] = {}  # whole answers that need no second look -> status
        self._read_bytes = self._buffer_bytes = SMALL_READ  # from the next turn on, and in this one
        self._timeout_ns = round(plan.timeout_s * 1e9)
        self._most_open = plan.max_connections or NEVER
        self._pool_full = False  # an open arrival waits for a connection
        self._freed_ns = 0  # when it could have one
        self._oldest_row = 0  # rows before it have ended
        self._sweep_ns = visits.start_ns + self._timeout_ns
        self._wake_ns = visits.start_ns  # when `turn` has to look beyond the answers
        self._connections.timer.set(self._wake_ns)

    @property
    def retried(self) -> int:
        """Requests that went out a second time."""
        return self._sender.retried

    def fileno(self) -> int:
        """The descriptor to watch."""
        return self._connections.epoll.fileno()

    def turn(self, wait_s: float = 0) -> bool:
        """Take the answers that are there, then begin the visits that are due; whether every visit has ended.

        Waits for something to do up to `wait_s` (-1: as long as it takes).
        """
        # The hot path, longer than it would be anywhere else: all is local, no call is made that can be spared.
        columns, doing, arrivals = self._columns, self._doing, self._arrivals
        intended_ns, connect_start_ns = columns.intended_ns, columns.connect_start_ns
        connected_ns, sent_ns = columns.connected_ns, columns.sent_ns
        first_byte_ns, done_ns, outcome = columns.first_byte_ns, columns.done_ns, columns.outcome
        status_of, bytes_received = columns.status, columns.bytes_received
        started, finished, first_id = columns.started.append, columns.finished.append, columns.first_id
        known, read_bytes, templates, path = self._remembered.get, self._read_bytes, self._templates, self._path
        self._buffer_bytes, only_template = read_bytes, self._only_template
        # Large requests take the long way: the send buffer may not take them at once.
        closed, keep_alive, connect = self._quick, self._plan.keep_alive, self._sender.connect
        latest: bytes | None = None
        status = size = 0
        for fd, _ in self._poll(wait_s, BATCH):
            try:
                data = read(fd, read_bytes)
            except OSError as problem:
                self._nothing_read(fd, problem)
                continue
            now_ns = monotonic_ns()
            row = doing[fd]
            if data != latest or row < 0:  # mostly it is what came before, and comparing is cheaper than hashing
                known_status = known(data) if len(data) <= REMEMBERED_BYTES else None
                if known_status is None or row < 0:
                    self._read(fd, data, now_ns)
                    continue
                latest, status, size = data, known_status, len(data)
            first_byte_ns[row] = done_ns[row] = now_ns
            status_of[row] = status
            bytes_received[row] = size
            outcome[row] = DONE
            finished(row)
            row = arrivals.next_row
            if not closed or row >= arrivals.last_row:
                self._leave(fd, now_ns, reusable=True)
                continue
            arrivals.next_row = row + 1
            intended_ns[row] = now_ns
            started(row)
            if keep_alive:
                connect_start_ns[row] = connected_ns[row] = sent_ns[row] = now_ns
                doing[fd] = row
                try:
                    write(fd, (only_template or templates[path[row]]) % (first_id + row))
                except OSError:
                    self._sender.connect_instead(fd, row)
            else:
                del doing[fd]
                close(fd)
                connect(row)
        if self._wake_ns <= monotonic_ns():
            self._wake()
        return len(columns.finished) - self.ended_beside >= arrivals.last_row

    def _nothing_read(self, fd: int, problem: OSError) -> None:
        row = self._doing[fd]
        if isinstance(problem, BlockingIOError):
            if row == CONNECTING:
                self._sender.handshake_over(fd)
            elif fd in self._connections.outgoing:
                self._sender.send_on(fd)
        elif (row >= 0 or row == SENDING) and self._unheard(self._connections.row_of(fd), problem.errno):
            self._sender.connect_instead(fd, self._connections.row_of(fd))
        else:
            self._lose(fd, error_kind(problem, RESET))

    def _unheard(self, row: int, problem: int | None) -> bool:
        """Whether a request without a byte of answer may go out again, on a connection of its own.

        The server may leave a kept connection while the next request is on its way. Then nobody read it, and the
        kernel says so: EPIPE, the server had closed before; ECONNRESET, it closed over what it had not read. A
        plain end of the connection means that the server took the request and gave no answer. What has an effect of
        its own each time that it is asked for (POST) is never sent twice: a part of it may have been read.
        """
        return problem in (EPIPE, ECONNRESET) and self._repeatable[self._path[row]] and self._visits.reused(row)

    def _read(self, fd: int, data: bytes, now_ns: int) -> None:
        """A piece of an answer; or, when `data` is empty, the end of the connection."""
        doing = self._doing[fd]
        if doing == READING:
            self._feed(fd, self._connections.responses[fd], data, now_ns)
        elif doing >= 0 and data:
            self._feed(fd, self._first_piece(fd, doing, now_ns), data, now_ns)
        elif doing >= 0:
            self._hung_up_on(fd, doing)
        elif doing == SENDING:
            self._answered_early(fd, data, now_ns)
        elif doing == IDLE:  # the server left, or spoke unasked
            self.closed_by_server += 1
            self._connections.hang_up(fd)
        elif doing == CONNECTING and self._sender.handshake_over(fd):  # it spoke before it was asked
            self._read(fd, data, monotonic_ns())

    def _first_piece(self, fd: int, row: int, now_ns: int) -> Response:
        self._columns.first_byte_ns[row] = now_ns
        response = Response(row, head_only=self._head_only[self._path[row]])
        self._connections.begin_reading(fd, response)
        return response

    def _answered_early(self, fd: int, data: bytes, now_ns: int) -> None:
        """Before all of the request is sent, which goes on as long as anybody takes it."""
        row = self._connections.outgoing[fd].row
        if data:
            self._sender.sending_ends(row, now_ns)
            self._feed(fd, self._first_piece(fd, row, now_ns), data, now_ns)
        else:
            self._hung_up_on(fd, row)

    def _feed(self, fd: int, response: Response, data: bytes, now_ns: int) -> None:
        filled = len(data) == self._buffer_bytes
        if filled:
            self._read_bytes = LARGE_READ
        if data:
            response.feed(data)
            response.note_piece(self._visits.pieces, now_ns, filled=filled)
        else:
            response.end()
        if response.complete:
            self._answered(fd, response, data, now_ns)
        elif response.broken:
            self._lose(fd, PROTOCOL)
        elif not data:
            self._lose(fd, CLOSED)

    def _hung_up_on(self, fd: int, row: int) -> None:
        """The server closed the connection without a byte."""
        if self._unheard(row, error_of(fd)):
            self._sender.connect_instead(fd, row)
        else:
            self._lose(fd, CLOSED)

    def _answered(self, fd: int, response: Response, data: bytes, now_ns: int) -> None:
        row, status, failed = response.row, response.status, response.status >= 500
        self._columns.status[row] = status
        self._columns.bytes_received[row] = response.received
        self._columns.end(row, FAILED if failed else DONE, STATUS if failed else NO_ERROR, now_ns)
        reusable = response.reusable and fd not in self._connections.outgoing
        whole = response.received == len(data) and not self._head_only[self._path[row]]
        if not failed and whole and (reusable or not self._plan.keep_alive):
            remember(self._remembered, data, status)
        self.closed_by_server += self._plan.keep_alive and not response.reusable
        self._leave(fd, now_ns, reusable=reusable)

    # Ending

    def _leave(self, fd: int, now_ns: int, *, reusable: bool) -> None:
        """An answered visitor goes, and in a closed loop comes again."""
        if reusable and self._plan.keep_alive:
            self._connections.keep(fd)
        else:
            self._connections.hang_up(fd)
        self._arrivals.came_back(now_ns)
        if self._arrivals.closed:
            self._begin_next(now_ns)
        self._note_room(now_ns)

    def _lose(self, fd: int, error: int) -> None:
        """A connection ended, and the visit on it with it."""
        row = self._connections.row_of(fd)
        if response := self._connections.responses.get(fd):
            self._columns.status[row], self._columns.bytes_received[row] = response.status, response.received
        if error in (RESET, CLOSED):
            self.closed_by_server += self._plan.keep_alive
            error = UNREAD if fd in self._connections.outgoing else error
        self._connections.hang_up(fd)
        if row != IDLE:
            self._fail(row, error)

    def _fail(self, row: int, error: int) -> None:
        now_ns = monotonic_ns()
        self._columns.end(row, FAILED, error, now_ns)
        # The next visit is not begun here: a server that refuses everybody would keep us here to the last row.
        self._arrivals.came_back(now_ns)
        self._wake_ns = 0
        self._note_room(now_ns)

    def _note_room(self, now_ns: int) -> None:
        if self._pool_full:
            self._freed_ns, self._wake_ns = now_ns, 0

    def _wake(self) -> None:
        """Do what is due by now, and set the timer for what is due next."""
        now_ns = monotonic_ns()
        if self._sweep_ns <= now_ns:
            self._give_up(now_ns)
        if self._arrivals.stop_ns <= now_ns:
            self._arrivals.stop()
        self._pool_full = False
        for _ in range(A_FEW):
            if not self._begin_next(now_ns):
                break
        due_ns = NEVER if self._pool_full else self._arrivals.due_ns()
        self._wake_ns = min(due_ns, self._sweep_ns, self._arrivals.stop_ns)
        self._connections.timer.set(self._wake_ns)

    def _begin_next(self, now_ns: int) -> bool:
        """Begin the next visit, if one is due and there is room; whether that was so."""
        if not self._connections.idle and len(self._connections) >= self._most_open:
            self._pool_full = self._arrivals.due_ns() <= now_ns
            return False
        row = self._arrivals.next_due(now_ns)
        if row == NOBODY:
            return False
        self._sender.set_out(row)
        if not self._arrivals.closed:
            could_ns = max(self._columns.intended_ns[row], self._freed_ns)
            self.late_ns.append(self._columns.connect_start_ns[row] - could_ns)
        return True

    def _give_up(self, now_ns: int) -> None:
        """End the visits that have taken longer than a visitor waits."""
        came_ns = now_ns - self._timeout_ns
        for fd in list(self._doing):
            row = self._connections.row_of(fd)
            if row >= 0 and self._columns.intended_ns[row] <= came_ns:
                self._lose(fd, TIMEOUT)
        while (row := self._arrivals.next_due(came_ns)) != NOBODY:  # waited for a connection
            self._fail(row, TIMEOUT)
        self._sweep_ns = max(self._oldest_ns(now_ns) + self._timeout_ns, now_ns + SWEEP_GAP_NS)

    def _oldest_ns(self, now_ns: int) -> int:
        """When the visitor came who has waited longest: rows are in the order of their intended times."""
        self._oldest_row = self._columns.outcome.find(PENDING, self._oldest_row)
        if self._oldest_row < 0:
            self._oldest_row = len(self._columns.outcome)
            return now_ns
        return self._columns.intended_ns[self._oldest_row] or now_ns

    def stop(self) -> None:
        """Nobody comes any more (closed arrivals alone); who is there is still answered."""
        self._arrivals.stop()

    def close(self) -> None:
        """Hang up on everybody. Where that cuts visits off, they stay PENDING: they neither failed nor left."""
        self._connections.close()
        if self._plan.loop == "closed" and self._plan.duration_s is not None:
            self._arrivals.stop()
        last_row = self._arrivals.last_row if self._arrivals.closed else len(self._visits)
        self._columns.release()
        self._visits.trim(last_row)
