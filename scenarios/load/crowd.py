"""The visitors of one drive, and the short loop that all the load's CPU goes through.

No asyncio object stands for a connection. Every socket is in one epoll of ours; the event loop watches that
epoll's own descriptor (and a timer), and one `turn` takes all that is ready:

    epoll ──► recv ──► this very answer seen before? ── yes ──► stamp the row, send the next request
                                                     └─ no ───► Response (httptools), ends, errors

What is done here is paid for every request. So times go straight into columns; an answer that was judged once
is known again by its bytes; and a request is tried right after `connect`, as a handshake on loopback is over
by then.
"""

from __future__ import annotations

import errno
from array import array
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from scenarios.load.arrivals import NOBODY, ClosedArrivals, OpenArrivals
from scenarios.load.connections import CONNECTING, IDLE, READING, Connections, new_socket
from scenarios.load.response import Response
from scenarios.load.timer import NEVER, Timer
from scenarios.load.visits import (
    CANCELLED,
    CLOSED,
    CONNECT,
    DONE,
    DROPPED,
    FAILED,
    NO_ERROR,
    PENDING,
    PROTOCOL,
    REFUSED,
    RESET,
    STATUS,
    TIMEOUT,
    Visits,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from socket import SocketType

    from scenarios.load.arrivals import Arrivals
    from scenarios.load.plan import Plan

BATCH: Final = 256  # events taken in one turn
READ_BYTES: Final = 65_536
A_FEW: Final = 8  # visits begun in one turn: a burst must not keep the answers waiting
SWEEP_GAP_NS: Final = 2_000_000  # between two searches for visitors who gave up
REMEMBERED: Final = 256  # answers
REMEMBERED_BYTES: Final = 2_048  # longer ones are dearer to compare than to parse

_ERROR_OF: Final = {errno.ECONNREFUSED: REFUSED, errno.ECONNRESET: RESET, errno.EPIPE: RESET}


class Crowd:
    """One drive. Call `turn` whenever one of `filenos` is readable, until it says that all is over; then `close`."""

    def __init__(
        self,
        plan: Plan,
        address: tuple[str, int],
        templates: Sequence[bytes],
        visits: Visits,
    ) -> None:
        self.connections = Connections()
        self.timer = Timer()
        self.late_ns = array("q")  # open arrivals: from when a visit could have begun to when it was
        self._plan = plan
        self._address = address
        self._templates = templates
        self._visits = visits
        self._map_columns(visits, plan)
        self.arrivals: Arrivals = (ClosedArrivals if plan.loop == "closed" else OpenArrivals)(
            plan, self._intended_ns, visits.start_ns
        )
        self._remembered: dict[bytes, int] = {}  # whole answers -> status
        self._timeout_ns = round(plan.timeout_s * 1e9)
        self._most_open = plan.max_connections or plan.drop_limit or NEVER
        self._pool_full = False  # an open arrival waits for a connection
        self._freed_ns = 0
        self._oldest_row = 0  # rows before it have ended
        self._sweep_ns = visits.start_ns + self._timeout_ns
        self._wake_ns = visits.start_ns  # when `turn` has to look beyond the answers
        self.timer.set(self._wake_ns)

    def _map_columns(self, visits: Visits, plan: Plan) -> None:
        # Writing through a memoryview costs half of writing to an array.
        self._path = memoryview(plan.path)
        self._intended_ns = memoryview(visits.intended_ns)
        self._connect_start_ns = memoryview(visits.connect_start_ns)
        self._connected_ns = memoryview(visits.connected_ns)
        self._sent_ns = memoryview(visits.sent_ns)
        self._first_byte_ns = memoryview(visits.first_byte_ns)
        self._done_ns = memoryview(visits.done_ns)
        self._status = memoryview(visits.status)
        self._bytes_received = memoryview(visits.bytes_received)
        self._outcome = visits.outcome
        self._error = visits.error
        self._started = visits.started.append
        self._finished = visits.finished.append

    def filenos(self) -> tuple[int, int]:
        """The descriptors to watch."""
        return self.connections.epoll.fileno(), self.timer.fileno()

    def _unmap_columns(self) -> None:
        for view in vars(self).values():
            if isinstance(view, memoryview):
                view.release()

    def turn(self) -> bool:
        """Take the answers that are there, then begin the visits that are due; whether every visit has ended."""
        # The hot path: one function, everything local, no call that can be spared.
        sockets, doing, remembered = self.connections.sockets, self.connections.doing, self._remembered
        first_byte_ns, done_ns, status_of = self._first_byte_ns, self._done_ns, self._status
        bytes_received, outcome, finished = self._bytes_received, self._outcome, self._finished
        arrivals, chained, now = self.arrivals, self._plan.keep_alive and self.arrivals.closed, monotonic_ns
        for fd, _ in self.connections.epoll.poll(0, BATCH):
            try:
                data = sockets[fd].recv(READ_BYTES)
            except OSError as problem:
                self._nothing_read(fd, problem)
                continue
            now_ns = now()
            row, size = doing[fd], len(data)
            status = remembered.get(data) if size <= REMEMBERED_BYTES else None
            if status is None or row < 0:
                self._read(fd, data, now_ns)
                continue
            first_byte_ns[row] = done_ns[row] = now_ns
            status_of[row] = status
            bytes_received[row] = size
            outcome[row] = DONE
            finished(row)
            if chained and arrivals.next_row < arrivals.last_row:
                row = arrivals.next_row
                arrivals.next_row = row + 1
                self._intended_ns[row] = now_ns
                self._send_again(fd, row, now_ns)
            else:
                self._leave(fd, now_ns, reusable=True)
        if self._wake_ns <= now():
            self._wake()
        return len(self._visits.finished) >= arrivals.last_row

    # Setting out

    def _send_again(self, fd: int, row: int, now_ns: int) -> None:
        """On a connection that another visit left open."""
        self._connect_start_ns[row] = self._connected_ns[row] = self._sent_ns[row] = now_ns
        self._started(row)
        self.connections.doing[fd] = row
        try:
            self.connections.sockets[fd].send(self._templates[self._path[row]] % (self._visits.first_id + row))
        except OSError:  # the server had hung up, so nobody has seen this request
            self.connections.hang_up(fd)
            self._connect(row)

    def _set_out(self, row: int) -> None:
        """On a new connection."""
        self._started(row)
        self._connect(row)

    def _connect(self, row: int) -> None:
        self._connect_start_ns[row] = monotonic_ns()
        try:
            sock = new_socket()
        except OSError:
            return self._fail(row, CONNECT)
        problem = sock.connect_ex(self._address)
        if problem and problem != errno.EINPROGRESS:
            sock.close()
            return self._fail(row, _ERROR_OF.get(problem, CONNECT))
        return self._send_first(sock, row)

    def _send_first(self, sock: SocketType, row: int) -> None:
        now_ns = monotonic_ns()
        try:
            sock.send(self._templates[self._path[row]] % (self._visits.first_id + row))
        except BlockingIOError:  # the server's line is full, and the handshake waits
            self._connected_ns[row] = self._sent_ns[row] = 0
            return self.connections.await_handshake(sock, row)
        except OSError as problem:
            sock.close()
            return self._fail(row, _ERROR_OF.get(problem.errno or 0, CONNECT))
        self._connected_ns[row] = self._sent_ns[row] = now_ns
        return self.connections.adopt(sock, row)

    def _handshake_over(self, fd: int) -> bool:
        """Send what has waited for the connection; whether that went well."""
        row, now_ns = self.connections.connecting[fd], monotonic_ns()
        try:
            self.connections.sockets[fd].send(self._templates[self._path[row]] % (self._visits.first_id + row))
        except BlockingIOError:
            return False
        except OSError as problem:
            self._lose(fd, _ERROR_OF.get(problem.errno or 0, CONNECT))
            return False
        self._connected_ns[row] = self._sent_ns[row] = now_ns
        self.connections.handshake_over(fd)
        return True

    # The slow path: what is not a whole, known answer

    def _nothing_read(self, fd: int, problem: OSError) -> None:
        if isinstance(problem, BlockingIOError):
            if self.connections.doing[fd] == CONNECTING:
                self._handshake_over(fd)
        else:
            self._lose(fd, _ERROR_OF.get(problem.errno or 0, RESET))

    def _read(self, fd: int, data: bytes, now_ns: int) -> None:
        """A piece of an answer, or, when `data` is empty, the end of the connection."""
        doing = self.connections.doing[fd]
        if doing == IDLE:
            return self.connections.hang_up(fd)  # the server left, or spoke unasked
        if doing == CONNECTING:  # it spoke before it was asked
            if not self._handshake_over(fd):
                return None
            doing, now_ns = self.connections.doing[fd], monotonic_ns()
        if doing == READING:
            response = self.connections.responses[fd]
        elif data:
            response = self._first_piece(fd, doing, now_ns)
        else:
            return self._hung_up_on(fd, doing)
        response.feed(data)
        if response.complete:
            return self._answered(fd, response, data, now_ns)
        if response.broken or not data:
            return self._lose(fd, PROTOCOL if response.broken else CLOSED)
        return None

    def _first_piece(self, fd: int, row: int, now_ns: int) -> Response:
        self._first_byte_ns[row] = now_ns
        self.connections.doing[fd] = READING
        response = self.connections.responses[fd] = Response(row)
        return response

    def _hung_up_on(self, fd: int, row: int) -> None:
        """The server closed the connection without a byte.

        EPIPE says that it had done so before a request came on a kept connection: no application can have
        seen that request, so it goes out again, once, on a connection of its own.
        """
        if self._visits.reused(row) and self.connections.error_of(fd) == errno.EPIPE:
            self.connections.hang_up(fd)
            return self._connect(row)
        return self._lose(fd, CLOSED)

    def _answered(self, fd: int, response: Response, data: bytes, now_ns: int) -> None:
        row = response.row
        self._done_ns[row] = now_ns
        self._status[row] = response.status
        self._bytes_received[row] = response.received
        failed = response.status >= 500
        self._outcome[row] = FAILED if failed else DONE
        self._error[row] = STATUS if failed else NO_ERROR
        self._finished(row)
        reusable = response.reusable and self._plan.keep_alive
        if not failed and response.received == len(data) <= REMEMBERED_BYTES and reusable == self._plan.keep_alive:
            self._remember(data, response.status)
        del self.connections.responses[fd]
        self._leave(fd, now_ns, reusable=reusable)

    def _remember(self, answer: bytes, status: int) -> None:
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[answer] = status

    # Ending

    def _leave(self, fd: int, now_ns: int, *, reusable: bool) -> None:
        """An answered visitor goes, and in a closed loop comes again."""
        if reusable and self._plan.keep_alive:
            self.connections.keep(fd)
        else:
            self.connections.hang_up(fd)
        self.arrivals.came_back(now_ns)
        if self.arrivals.closed:
            self._begin_next(now_ns)
        self._connection_freed(now_ns)

    def _lose(self, fd: int, error: int) -> None:
        """A connection ended, and the visit on it with it."""
        row = self.connections.row_of(fd)
        if self.connections.doing[fd] == READING:
            response = self.connections.responses[fd]
            self._status[row], self._bytes_received[row] = response.status, response.received
        self.connections.hang_up(fd)
        if row != IDLE:
            self._fail(row, error)

    def _fail(self, row: int, error: int) -> None:
        now_ns = monotonic_ns()
        self._end(row, FAILED, now_ns)
        self._error[row] = error
        # Not begun here: a server that refuses everybody would keep this function busy to the last row.
        self.arrivals.came_back(now_ns)
        self._wake_ns = 0
        self._connection_freed(now_ns)

    def _connection_freed(self, now_ns: int) -> None:
        if self._pool_full:
            self._freed_ns, self._wake_ns = now_ns, 0

    def _end(self, row: int, outcome: int, now_ns: int) -> None:
        self._outcome[row] = outcome
        self._done_ns[row] = now_ns
        self._finished(row)

    # Beginning, and giving up

    def _begin_next(self, now_ns: int) -> bool:
        """Begin the next visit, if one is due and there is room; whether that was so."""
        if not self.connections.idle and len(self.connections.sockets) >= self._most_open:
            return self._no_room(now_ns)
        row = self.arrivals.take(now_ns)
        if row == NOBODY:
            return False
        if self.connections.idle:
            self._send_again(self.connections.idle.popitem()[0], row, monotonic_ns())
        else:
            self._set_out(row)
        if not self.arrivals.closed:
            self.late_ns.append(self._connect_start_ns[row] - max(self._intended_ns[row], self._freed_ns))
        return True

    def _no_room(self, now_ns: int) -> bool:
        self._pool_full = self._plan.drop_limit is None and self.arrivals.due_ns() <= now_ns
        row = NOBODY if self._pool_full else self.arrivals.take(now_ns)
        if row != NOBODY:
            self._end(row, DROPPED, now_ns)
        return row != NOBODY

    def _give_up(self, now_ns: int) -> None:
        """End the visits that have taken longer than a visitor waits."""
        came_ns = now_ns - self._timeout_ns
        for fd in list(self.connections.sockets):
            row = self.connections.row_of(fd)
            if row != IDLE and self._intended_ns[row] <= came_ns:
                self._lose(fd, TIMEOUT)
        while (row := self.arrivals.take(came_ns)) != NOBODY:  # waited for a connection
            self._fail(row, TIMEOUT)
        self._sweep_ns = max(self._oldest_ns(now_ns) + self._timeout_ns, now_ns + SWEEP_GAP_NS)

    def _oldest_ns(self, now_ns: int) -> int:
        """When the visitor came who has waited longest: rows are in the order of their intended times."""
        self._oldest_row = self._outcome.find(PENDING, self._oldest_row)
        if self._oldest_row < 0:
            self._oldest_row = len(self._outcome)
            return now_ns
        return self._intended_ns[self._oldest_row] or now_ns

    def _wake(self) -> None:
        now_ns = monotonic_ns()
        if self._sweep_ns <= now_ns:
            self._give_up(now_ns)
        if self.arrivals.stop_ns <= now_ns:
            self.arrivals.stop_ns = NEVER
            self.arrivals.last_row = self.arrivals.next_row
        self._pool_full = False
        for _ in range(A_FEW):
            if not self._begin_next(now_ns):
                break
        due_ns = NEVER if self._pool_full else self.arrivals.due_ns()
        self._wake_ns = min(due_ns, self._sweep_ns, self.arrivals.stop_ns)
        self.timer.set(self._wake_ns)

    # The end

    def close(self) -> None:
        """Hang up on everybody. Visits that have not ended are cancelled: every row has one outcome."""
        now_ns = monotonic_ns()
        self.connections.close()
        self.timer.close()
        row = -1
        while (row := self._outcome.find(PENDING, row + 1, self.arrivals.last_row)) >= 0:
            came = 0 < self._intended_ns[row] <= now_ns
            self._end(row, CANCELLED, now_ns if came else 0)
        self._unmap_columns()
        if self._plan.loop == "closed" and self._plan.duration_s is not None:
            self._visits.trim(self.arrivals.next_row)
