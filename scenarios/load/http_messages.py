"""Answers, read in whatever pieces they come, and known again by their bytes.

When the pieces of an answer's body came, for those that came in more than one; bounded, however many there are.

A piece is what was there to be read at once. What fills the buffer and goes on at the next read is one piece.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

import httptools

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Response:
    """One answer on its way in; feed it until it is `complete` or `broken`."""

    __slots__ = (
        "_body_has_an_end",
        "_head_only",
        "_parser",
        "body_came",
        "broken",
        "complete",
        "filled",
        "first_piece_ns",
        "length",
        "received",
        "reusable",
        "row",
        "status",
    )

    def __init__(self, row: int, *, head_only: bool = False) -> None:
        self.row = row
        self.status = 0
        self.received = 0
        self.complete = False
        self.broken = False
        self.reusable = False  # whether the connection may carry another request
        self.length = 0  # of the body, where it is told
        self.body_came = False  # with the last piece that was read
        self.filled = False  # the buffer, with the last piece: the next one belongs to it
        self.first_piece_ns = 0
        self._body_has_an_end = False
        self._head_only = head_only  # what HEAD is answered: the length that it tells is of a body that does not come
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Read one more piece."""
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # What follows a complete answer is no part of it, but nothing more is to be sent there.
            self.broken = not self.complete
            self.reusable = False

    def on_body(self, _data: bytes) -> None:
        """A part of the body is here."""
        self.body_came = True

    def note_piece(self, pieces: AnswerPieces, now_ns: int, *, filled: bool) -> None:
        """What was just read, if it begins a piece of the body; the first one is told with the second."""
        if self.body_came and not self.filled:
            if self.first_piece_ns:
                pieces.add(self.row, self.first_piece_ns, now_ns)
            else:
                self.first_piece_ns = now_ns
        self.body_came, self.filled = False, filled

    def end(self) -> None:
        """The server hung up: that completes a body without a length, and breaks any other."""
        self.complete = bool(self.status) and not self._body_has_an_end

    def on_header(self, name: bytes, value: bytes) -> None:
        """A length or chunks tell where the body ends."""
        name = name.lower()
        if name == b"content-length":
            self.length = int(value)
        if name == b"content-length" or (name == b"transfer-encoding" and b"chunked" in value.lower()):
            self._body_has_an_end = True

    def on_headers_complete(self) -> None:
        """The head is whole. Interim answers (1xx) are not the answer."""
        status = self._parser.get_status_code()
        if status >= 200 and not self.complete:
            self.status = status
            if self._head_only:
                self.on_message_complete()
        else:
            self.reusable = False

    def on_message_complete(self) -> None:
        """The body is whole."""
        if self.status and not self.complete:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()


REMEMBERED: Final = 256  # answers
REMEMBERED_BYTES: Final = 2_048  # longer ones are dearer to hash than to parse


def remember(answers: dict[bytes, int], answer: bytes, status: int) -> None:
    """A whole answer, to be known again by its bytes; as many as may be worth it."""
    if len(answers) >= REMEMBERED:
        answers.clear()
    if len(answer) <= REMEMBERED_BYTES:
        answers[answer] = status


MOST_OF_ONE: Final = 48
"""Times that are kept of one answer: those of its first pieces. The others are counted."""
MOST_IN_ALL: Final = 1_000_000
"""Times that are kept of one drive."""


class AnswerPieces:
    """Of all visits of one drive, by their rows."""

    __slots__ = ("_counts", "_kept", "_times_ns", "log")

    def __init__(self) -> None:
        self.log = array("I")
        """The rows in the order in which there was news of them: only grows, for those who follow a drive."""
        self._counts: dict[int, int] = {}
        self._times_ns: dict[int, array[int]] = {}
        self._kept = 0

    def add(self, row: int, first_ns: int, now_ns: int) -> None:
        """One more piece of a body whose first one came at `first_ns`."""
        times_ns = self._times_ns.get(row)
        if times_ns is None:
            times_ns = self._times_ns[row] = array("q", (first_ns,))
            self._counts[row] = 1
            self._kept += 1
        self._counts[row] += 1
        if len(times_ns) < MOST_OF_ONE and self._kept < MOST_IN_ALL:
            times_ns.append(now_ns)
            self._kept += 1
            self.log.append(row)

    def put(self, row: int, count: int, times_ns: Sequence[int]) -> None:
        """What another process, or a file, tells of one answer."""
        self._counts[row] = count
        self._times_ns[row] = array("q", times_ns)
        self.log.append(row)

    def rows(self) -> Collection[int]:
        """Of those whose bodies came in more than one piece."""
        return self._counts.keys()

    def count(self, row: int) -> int:
        """In how many pieces the answer came; one that was there at once is one piece."""
        return self._counts.get(row, 1)

    def times_ns(self, row: int) -> Sequence[int]:
        """When its first pieces came, where there was more than one."""
        return self._times_ns.get(row, ())
