"""The worker's side of the recording, one per process: the ring to write to, the channel, the lanes.

Also the one place that says how the hot parts are done: here in Python, in quick_reporter compiled.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.hooks.accept import noted_accept
from asgi_vs_wsgi.server_targets.probe.hooks.asgi import end_unbegun, serve
from asgi_vs_wsgi.server_targets.probe.hooks.coroutines import TracedCoroutine
from asgi_vs_wsgi.server_targets.probe.hooks.executors import followed_submit
from asgi_vs_wsgi.server_targets.probe.hooks.wsgi import ProbedWsgi
from asgi_vs_wsgi.server_targets.probe.lanes import Lanes, Stay

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write


class Reporter:
    """Shared by everything in this package that has something to report."""

    steps_type: type = TracedCoroutine
    """What `steps` and `serve` return."""

    def __init__(self, write: Write, channel: Channel, lanes: Lanes | None = None) -> None:
        self.write = write
        self.channel = channel
        self.lanes = lanes or Lanes()

    def steps(self, coroutine: Any, request: int, lane: Stay | None = None) -> Coroutine[Any, Any, Any]:
        """`coroutine`, its steps recorded; `lane` is the loop that it will run on, where that is known already."""
        return TracedCoroutine(coroutine, request, self, lane)

    def serve(
        self, application: Callable[..., Any], scope: Any, receive: Any, send: Any, request: int, lane: Stay
    ) -> Awaitable[None]:
        """The coroutine of a whole ASGI request."""
        coroutine = serve(application, scope, receive, send, request, lane.lane, self.write)
        return TracedCoroutine(
            coroutine, request, self, lane, unbegun=partial(end_unbegun, request, lane.lane, self.write)
        )

    def submit(self, submit: Callable[..., Any]) -> Any:
        """An executor's `submit`, as a method that records the calls which requests hand over."""
        return followed_submit(submit, self)

    def accept(self, accept: Callable[..., Any]) -> Any:
        """A socket's `_accept`, as a method that notes when each connection was accepted."""
        return noted_accept(accept)

    def wsgi(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """A WSGI application whose requests are recorded."""
        return ProbedWsgi(application, self)
