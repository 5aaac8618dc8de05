"""The parts of the document that the client alone can tell: what it sent, on which connections, and what came when."""

from __future__ import annotations

from msgspec import Struct


class RequestSent(Struct, frozen=True):
    """What a class of visitors asked for; in `paths`, which are taken in turn, `{n}` is the visitor's number."""

    method: str
    paths: list[str]
    body_bytes: int


class HttpConnections(Struct, frozen=True):
    """What became of the connections to a server, where visitors keep them for one another.

    Every request that was sent went out on one that was made for it, or reused one.
    """

    made: int
    reused: int
    """Requests on a connection that had carried another before."""
    closed_by_server: int
    """Before the client did: it said so with an answer, or just left."""
    refused: int
    retried: int
    """Requests sent again on a new connection: the kept one was closed before they were read."""
    answered: int
    """How many of those that were made carried any answer at all."""
    unheard: int
    """How many of those that were made were waited on in vain: their request timed out without a byte."""
    overtook: int
    """Requests on kept connections that were sent later than one of those and answered before it gave up."""


class Spread(Struct, frozen=True):
    """Of a set of times in milliseconds."""

    p50: float
    p95: float
    max: float


class PieceCount(Struct, frozen=True):
    """How many pieces an answer's body came in."""

    min: int
    p50: int
    max: int


class Pieces(Struct, frozen=True):
    """How the bodies of answers came in: a piece is what was there to read at once."""

    count: PieceCount
    gap_ms: Spread | None
    """From one piece to the next of the same answer; None where every body came at once."""
