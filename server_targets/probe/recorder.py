"""The worker's side of the recording, one per process: the ring to write to, the channel, the lanes.

What is hot enough is compiled where that is possible (`backends`): the steps of coroutines, a WSGI request, the ends of
a call in a thread. Whatever hooks into a server knows this class alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.hooks.failures import Failures
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import UserFiles

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Coroutine, Iterable

    from asgi_vs_wsgi.server_targets.probe.hooks.coroutines import Suspension
    from asgi_vs_wsgi.server_targets.probe.hooks.greenlets import Greenlets
    from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import FollowedVisit
    from asgi_vs_wsgi.server_targets.probe.hooks.visit_times import TimedVisit
    from asgi_vs_wsgi.server_targets.probe.lanes import Lanes, LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write

    Unbegun = Callable[[BaseException], None]


def _nothing() -> None:
    """Nobody looks."""


class Recorder(ABC):
    """Shared by everything in this package that has something to record."""

    steps_type: type
    """What `steps` returns."""
    begin_call: Callable[[int, int], LaneSlot]
    """(request, crossing): a call of the request begins in the calling thread; `crossing` is a Crossing."""
    end_call: Callable[[LaneSlot], None]
    """It is over: record it, and take back what `begin_call` returned."""

    def __init__(self, write: Write, channel: Channel, lanes: Lanes, user_folder: str) -> None:
        self.write = write
        self.channel = channel
        self.lanes = lanes
        self.files = UserFiles(user_folder)
        self.failures = Failures(write, channel, self.files)
        self.greenlets: Greenlets | None = None
        """Where requests take turns on a hub's thread."""
        self.followed: FollowedVisit | TimedVisit | None = None
        """The visit that is followed line by line just now, or timed."""
        self.look_meanwhile: Callable[[], None] = _nothing
        """Looks at all threads where the sampler would, but waits for the GIL; for whoever has it and runs our code."""
        self.suspensions: dict[int, Suspension] = {}
        """By their own ids; compiled coroutines keep account of themselves."""
        self.loops: dict[int, AbstractEventLoop] = {}
        """Lane to the loop that runs there, of those that serve requests, one-off loops among them."""

    @abstractmethod
    def steps(
        self, coroutine: Any, request: int, slot: LaneSlot | None = None, unbegun: Unbegun | None = None
    ) -> Coroutine[Any, Any, Any]:
        """`coroutine`, its steps recorded; `slot` is that of the loop that it will run on, where known already.

        `unbegun` is called with the error where it ends before its first step.
        """

    @abstractmethod
    def suspended(self) -> list[tuple[int, int, int]]:
        """(request, since when, lane) of each coroutine that is suspended; for any thread, since it holds none."""

    @abstractmethod
    def suspended_on(self, slot: LaneSlot, requests: dict[int, int]) -> list[tuple[int, int, Any]]:
        """(request, since when, coroutine) of those of these requests on the loop of `slot`, in order of their first
        suspensions. For that loop's thread: in any other, whoever holds a coroutine last would end it."""

    @abstractmethod
    def poll(self, select: Callable[..., Any], slot: LaneSlot) -> Callable[..., Any]:
        """A selector's `select`: what the loop of `slot` does outside it and outside all steps is its own work."""

    @abstractmethod
    def schedule(self, schedule: Callable[..., Any], slot: LaneSlot, place: int) -> Callable[..., Any]:
        """A loop's `call_soon` or the like, whose callback stands in `place`, as one that follows callbacks."""

    @abstractmethod
    def wsgi(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """A WSGI application whose requests are recorded."""
