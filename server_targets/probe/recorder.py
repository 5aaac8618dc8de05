"""The worker's side of the recording, one per process: the ring to write to, the channel, the lanes.

The hot parts are a backend's (`backends`): in Python, or compiled. Whatever hooks into a server knows this class alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from asgi_vs_wsgi.server_targets.probe.lanes import Lanes, LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write


class Recorder(ABC):
    """Shared by everything in this package that has something to record."""

    steps_type: type
    """What `steps` and `serve` return."""

    def __init__(self, write: Write, channel: Channel, lanes: Lanes) -> None:
        self.write = write
        self.channel = channel
        self.lanes = lanes

    @abstractmethod
    def steps(self, coroutine: Any, request: int, slot: LaneSlot | None = None) -> Coroutine[Any, Any, Any]:
        """`coroutine`, its steps recorded; `slot` is that of the loop that it will run on, where known already."""

    @abstractmethod
    def serve(
        self, application: Callable[..., Any], scope: Any, receive: Any, send: Any, request: int, slot: LaneSlot
    ) -> Awaitable[None]:
        """The coroutine of a whole ASGI request."""

    @abstractmethod
    def submit(self, submit: Callable[..., Any]) -> Any:
        """An executor's `submit`, as a method that records the calls which requests hand over."""

    @abstractmethod
    def accept(self, accept: Callable[..., Any]) -> Any:
        """A socket's `_accept`, as a method that notes when each connection was accepted."""

    @abstractmethod
    def wsgi(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """A WSGI application whose requests are recorded."""
