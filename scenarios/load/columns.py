"""The driver's side of Visits: the same columns, opened for writing while a drive lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.visits import Visits

if TYPE_CHECKING:
    from array import array


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
        "sent_ns",
        "started",
        "status",
    )

    def __init__(self, visits: Visits) -> None:
        self.first_id = visits.first_id
        self.intended_ns = memoryview(visits.intended_ns)
        self.connect_start_ns = memoryview(visits.connect_start_ns)
        self.connected_ns = memoryview(visits.connected_ns)
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
