"""A recorder that keeps what it tells of failures, with the words that it told the lab before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kinds import KINDS, kind_of

from asgi_vs_wsgi.server_targets.probe.hooks.failures import Failure
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind


class Told:
    """A recorder, what it recorded, and what it told the lab before."""

    def __init__(self, kind: str = "python") -> None:
        self.events: list[tuple[Any, ...]] = []
        channel = SimpleNamespace(failure=lambda *words: self.events.append(("told", *words)))
        self.recorder = KINDS[kind](lambda *record: self.events.append(record), channel)  # type: ignore[arg-type]

    @property
    def words(self) -> dict[int, Failure]:
        return {event[1]: Failure(*event[2:]) for event in self.events if event[0] == "told"}

    @property
    def counted(self) -> list[tuple[int, Failure]]:
        """Request and failure, in the order of the records; each was told before."""
        found, told = [], {}
        for event in self.events:
            if event[0] == "told":
                told[event[1]] = Failure(*event[2:])
            elif kind_of(event) == Kind.FAILURE:
                found.append((event[2], told[event[1]]))
        return found


def noted(told: Told, error: BaseException, request: int) -> None:
    try:
        raise error
    except type(error):
        told.recorder.failures.note(error, request)
