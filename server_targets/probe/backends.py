"""The same reporter with its hot parts compiled (native/), where that was possible when we were installed.

A request passes through the probe some ten times, each time with cold caches: in Python that is a tenth of what a
trivial Django page costs, compiled a hundredth.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import patched
from asgi_vs_wsgi.server_targets.probe.lanes import Lanes, Stay
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.recorder import Reporter

if TYPE_CHECKING:
    import mmap

    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write


def load_native() -> Any:
    """The compiled module, None where there is none, or where it may not be used."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return None  # importing it would turn the GIL on, and change what is measured
    try:
        from asgi_vs_wsgi.server_targets.probe import _native
    except ImportError:
        return None
    return _native


native = load_native()


class QuickReporter(Reporter):
    """Needs the compiled module."""

    steps_type = native.Steps if native else Reporter.steps_type

    def __init__(self, write: Write, channel: Channel) -> None:
        super().__init__(write, channel, Lanes(native.Stay))
        lanes = self.lanes
        self._recorder = native.Recorder(write, lanes.stays, lanes.free, lanes.add, lanes.of_running_loop)

    def steps(self, coroutine: Any, request: int, lane: Stay | None = None) -> Coroutine[Any, Any, Any]:
        """As in Python."""
        steps: Coroutine[Any, Any, Any] = self._recorder(coroutine, request, lane)
        return steps

    def serve(
        self, application: Callable[..., Any], scope: Any, receive: Any, send: Any, request: int, lane: Stay
    ) -> Awaitable[None]:
        """As in Python."""
        steps: Awaitable[None] = self._recorder.serve(application, scope, receive, send, request, lane)
        return steps

    def submit(self, submit: Callable[..., Any]) -> Any:
        """As in Python."""
        return native.Submit(submit, self._recorder)

    def accept(self, accept: Callable[..., Any]) -> Any:
        """As in Python."""
        return native.Accept(accept)

    def wsgi(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """As in Python, which alone knows greenlets."""
        if patched():
            return super().wsgi(application)
        probed: Callable[..., Iterable[bytes]] = native.ProbedWsgi(application, self._recorder)
        return probed


def plain_reporter(buffer: mmap.mmap, channel: Channel) -> Reporter:
    """The one in Python, for the ring in `buffer`."""
    return Reporter(ring.writer(buffer), channel)


def quick_reporter(buffer: mmap.mmap, channel: Channel) -> Reporter:
    """The compiled one."""
    write = native.Ring(buffer, ring.capacity_of(buffer))
    os.register_at_fork(after_in_child=write.fall_silent)
    return QuickReporter(write, channel)


def best_reporter(buffer: mmap.mmap, channel: Channel) -> Reporter:
    """The compiled one where there is one."""
    return plain_reporter(buffer, channel) if native is None else quick_reporter(buffer, channel)


if native is not None:
    Coroutine.register(native.Steps)
