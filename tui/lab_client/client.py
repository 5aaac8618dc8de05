"""Talks with a lab: one question at a time, and an answer is taken only by the run that it was asked for.

begin ──► lab started, if there is none ──► ask ──► answer ──► ask ──► …
begin again: the question that is under way is answered first, and nobody listens
the lab died: buried; the next begin starts another
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from asgi_vs_wsgi.scenarios.errors import LabError

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.lab.protocol import Update
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario


class Transport(Protocol):
    """The way to a lab (asgi_vs_wsgi.tui.lab_client.connection, or a fake one)."""

    def start(self, options: Options, scenario: Scenario | None = None) -> None:
        """Run this; `scenario` is what it is of, as it was read."""

    def stop(self) -> None:
        """End what runs."""

    async def ask(self) -> Update:
        """What is new; a LabError when the lab has ended."""

    async def close(self) -> None:
        """End the lab."""


Connect = Callable[[], Awaitable[Transport]]


class LabClient:
    """With one lab after another."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._link: Transport | None = None
        self._question: asyncio.Task[Update] | None = None
        self._unanswered: asyncio.Task[Update] | None = None
        """A question about a run that nobody looks at any more; the lab answers one after another."""
        self._burials: set[asyncio.Task[None]] = set()
        self._stopping = False
        """Whether the run is to be stopped as soon as there is a lab to tell."""

    @property
    def asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._question is not None

    def begin(self, options: Options, scenario: Scenario | None = None) -> None:
        """Have this run; whatever runs is ended by the lab."""
        self.drop()
        self._stopping = False
        self._question = asyncio.create_task(self._start(options, scenario, self._unanswered))
        self._unanswered = None

    def drop(self) -> None:
        """The answer that is awaited will not be listened to."""
        self._unanswered, self._question = self._question or self._unanswered, None

    async def _start(
        self, options: Options, scenario: Scenario | None, unanswered: asyncio.Task[Update] | None
    ) -> Update:
        """A question that was asked before is answered first; its answer belongs to the run before."""
        if unanswered is not None:
            try:
                await unanswered
            except LabError:
                self.bury()
        link = self._link = self._link or await self._connect()
        link.start(options, scenario)
        if self._stopping:
            link.stop()
        return await link.ask()

    def stop(self) -> None:
        """End what runs."""
        self._stopping = True
        if self._link is not None:
            self._link.stop()

    def ask(self) -> None:
        """Once more."""
        if self._link is not None:
            self._question = asyncio.create_task(self._link.ask())

    def answer(self) -> Update | None:
        """The answer, once; None while there is none. A LabError or an OSError where there will be none any more."""
        if self._question is None or not self._question.done():
            return None
        question, self._question = self._question, None
        return question.result()

    def bury(self) -> None:
        """The lab is gone; the next run starts another."""
        link, self._link = self._link, None
        if link is not None:
            self._burials.add(asyncio.create_task(link.close()))

    async def close(self) -> None:
        """End the lab."""
        for question in (self._question, self._unanswered):
            if question is not None:
                question.cancel()
        self.bury()
        await asyncio.gather(*self._burials)
