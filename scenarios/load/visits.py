"""What every visitor saw: one row per planned request, in columns that are allocated before the run.

A row is a request; its id on the wire is `first_id + row`. The six times are `time.monotonic_ns()` values in
the order in which they happen, 0 where it did not happen:

    intended ── connect_start ── connected ── sent ── first_byte ── done

`sent` is when the last byte of the request went out, or the answer began before; where that took its time,
`send_start` is when the first one did.

`done` is when the visit ended, well or not. On a connection that was kept from an earlier visit there was
nothing to connect: `connect_start` and `connected` are the same instant (see `reused`).
"""

from __future__ import annotations

import errno
from array import array
from typing import Final

from asgi_vs_wsgi.scenarios.load.client_errors import CLIENT_ERRORS
from asgi_vs_wsgi.scenarios.load.http_messages import AnswerPieces

PENDING: Final = 0


DONE: Final = 1


FAILED: Final = 2


CANCELLED: Final = 3


OUTCOMES: Final = ("pending", "done", "failed", "cancelled")


_OF_SERVERS: Final = ("", "timeout", "refused", "reset", "closed", "protocol", "status", "connect")


ERROR_KINDS: Final = (*_OF_SERVERS, *CLIENT_ERRORS, "unread")
"""By their numbers in saved runs: more go to the end."""


NO_ERROR: Final = 0


TIMEOUT: Final = 1


REFUSED: Final = 2


RESET: Final = 3


CLOSED: Final = 4  # the server ended the connection before a whole answer


PROTOCOL: Final = 5  # what came is not HTTP


STATUS: Final = 6  # a whole answer, with a status of 500 or more


CONNECT: Final = 7  # no connection, for a reason that is not known as the client's own (CLIENT_ERRORS)


CLIENT: Final = {getattr(errno, name): code for code, name in enumerate(CLIENT_ERRORS, len(_OF_SERVERS))}
"""errno to the error kind of a request that this client could not send."""


UNREAD: Final = ERROR_KINDS.index("unread")  # the server closed before it had taken all of the request


class Visits:
    """The columns of one drive. The driver writes them in place; anyone in its process may read at any time.

    To follow a drive, remember how far you have read `started` and `finished`: both only grow. They hold rows,
    in the order in which their visitors set out (a connection is opened or taken) and in which they ended. One
    that never set out, because it waited for a connection too long, is in `finished` alone.
    """

    __slots__ = (
        "bytes_received",
        "connect_start_ns",
        "connected_ns",
        "done_ns",
        "error",
        "finished",
        "first_byte_ns",
        "first_id",
        "intended_ns",
        "outcome",
        "pieces",
        "send_start_ns",
        "sent_ns",
        "start_ns",
        "started",
        "status",
    )

    def __init__(self, requests: int, first_id: int = 0) -> None:
        blank = bytes(8 * requests)
        self.first_id = first_id
        self.start_ns = 0  # the instant that the plan's offsets are counted from
        self.intended_ns = array("q", blank)
        self.connect_start_ns = array("q", blank)
        self.connected_ns = array("q", blank)
        self.send_start_ns = array("q", blank)  # first byte of a request in pieces; 0: it went out whole
        self.sent_ns = array("q", blank)
        self.first_byte_ns = array("q", blank)
        self.done_ns = array("q", blank)
        self.status = array("i", bytes(4 * requests))
        self.bytes_received = array("q", blank)  # of the whole answer, its head included
        self.outcome = bytearray(requests)
        self.error = bytearray(requests)
        self.pieces = AnswerPieces()
        self.started = array("I")
        self.finished = array("I")

    def __len__(self) -> int:
        return len(self.outcome)

    def trim(self, rows: int) -> None:
        """Forget the rows from `rows` on: a closed plan with a duration did not come to them."""
        if rows == len(self):
            return
        for column in (
            self.intended_ns,
            self.connect_start_ns,
            self.connected_ns,
            self.send_start_ns,
            self.sent_ns,
            self.first_byte_ns,
            self.done_ns,
            self.status,
            self.bytes_received,
            self.outcome,
            self.error,
        ):
            del column[rows:]

    def reused(self, row: int) -> bool:
        """Whether the request went out on a connection that an earlier visit had opened."""
        return self.connected_ns[row] != 0 and self.connect_start_ns[row] == self.connected_ns[row]

    def answered_early(self, row: int) -> bool:
        """Whether the answer began before all of the request was sent."""
        return self.sent_ns[row] != 0 and self.first_byte_ns[row] == self.sent_ns[row]

    def answered(self, row: int) -> bool:
        """Whether a whole answer came, whatever its status."""
        return self.outcome[row] == DONE or (self.outcome[row] == FAILED and self.error[row] == STATUS)

    def counts(self) -> dict[str, int]:
        """How many rows have each outcome; they add up to the rows."""
        return {name: self.outcome.count(code) for code, name in enumerate(OUTCOMES)}

    def errors(self) -> dict[str, int]:
        """How many visits failed, by kind; only the kinds that occurred."""
        counts = {kind: self.error.count(code) for code, kind in enumerate(ERROR_KINDS) if code}
        return {kind: count for kind, count in counts.items() if count}


class Columns:
    """Visits' columns as memoryviews: writing to one costs half of writing to an array."""

    __slots__ = (
        "bytes_received",
        "connect_start_ns",
        "connected_ns",
        "done_ns",
        "error",
        "finished",
        "first_byte_ns",
        "first_id",
        "intended_ns",
        "outcome",
        "send_start_ns",
        "sent_ns",
        "started",
        "status",
    )

    def __init__(self, visits: Visits) -> None:
        self.first_id = visits.first_id
        self.intended_ns = memoryview(visits.intended_ns)
        self.connect_start_ns = memoryview(visits.connect_start_ns)
        self.connected_ns = memoryview(visits.connected_ns)
        self.send_start_ns = memoryview(visits.send_start_ns)
        self.sent_ns = memoryview(visits.sent_ns)
        self.first_byte_ns = memoryview(visits.first_byte_ns)
        self.done_ns = memoryview(visits.done_ns)
        self.status = memoryview(visits.status)
        self.bytes_received = memoryview(visits.bytes_received)
        self.outcome = visits.outcome
        self.error = visits.error
        self.started: array[int] = visits.started
        self.finished: array[int] = visits.finished

    def end(self, row: int, outcome: int, error: int, now_ns: int) -> None:
        """A visit is over, and how."""
        self.done_ns[row] = now_ns
        self.outcome[row] = outcome
        self.error[row] = error
        self.finished.append(row)

    def release(self) -> None:
        """Let go of the arrays, which cannot be shortened before."""
        for name in self.__slots__:
            view = getattr(self, name)
            if isinstance(view, memoryview):
                view.release()
