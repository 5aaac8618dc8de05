"""The recorder's hot parts, in Python and compiled (native/); what was compiled is used where it could be installed.

Requests of a trivial page per second of CPU, 8 starts of 20 pairs each, with and without what is compiled: the ring
earns 1.4 %, the steps of coroutines 2.5 % (uvicorn), a WSGI request 1.6 % (gunicorn-sync). What earned less than 1 % is
in Python alone: begin, response start and end of an ASGI request 0.5 %, accepts 0 %. Of a call that an executor takes
only its two ends are compiled, since it is what a request on uvicorn pays most for: 2.2 instead of 3.4 µs a call.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import patched
from asgi_vs_wsgi.server_targets.probe.hooks.coroutines import TracedCoroutine
from asgi_vs_wsgi.server_targets.probe.hooks.executors import calls_in_threads
from asgi_vs_wsgi.server_targets.probe.hooks.greenlets import Greenlets
from asgi_vs_wsgi.server_targets.probe.hooks.own_work import followed_poll, followed_schedule
from asgi_vs_wsgi.server_targets.probe.hooks.wsgi import ProbedWsgi
from asgi_vs_wsgi.server_targets.probe.lanes import Lanes, LaneSlot
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.recorder import Recorder

if TYPE_CHECKING:
    import mmap

    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.recorder import Unbegun


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


class PythonRecorder(Recorder):
    """Says what the compiled one does too."""

    steps_type = TracedCoroutine

    def __init__(self, write: Write, channel: Channel, user_folder: str = "", *, lanes: Lanes | None = None) -> None:
        super().__init__(write, channel, lanes or Lanes(), user_folder)
        self.begin_call, self.end_call = calls_in_threads(self.lanes, write)

    def steps(
        self, coroutine: Any, request: int, slot: LaneSlot | None = None, unbegun: Unbegun | None = None
    ) -> Coroutine[Any, Any, Any]:
        return TracedCoroutine(coroutine, request, self, slot, unbegun)

    def suspended(self) -> list[tuple[int, int, int]]:
        return [(each.request, each.since_ns, each.slot.lane) for each in list(self.suspensions.values())]

    def suspended_on(self, slot: LaneSlot, requests: dict[int, int]) -> list[tuple[int, int, Any]]:
        those = [each for each in list(self.suspensions.values()) if each.slot is slot and each.request in requests]
        found = [(each.request, each.since_ns, each.coroutine()) for each in those]
        return [each for each in found if each[2] is not None]

    def poll(self, select: Callable[..., Any], slot: LaneSlot) -> Callable[..., Any]:
        return followed_poll(select, slot, self.write)

    def schedule(self, schedule: Callable[..., Any], slot: LaneSlot, place: int) -> Callable[..., Any]:
        return followed_schedule(schedule, slot, place, self.write)

    def wsgi(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        if patched() and self.greenlets is None:
            self.greenlets = Greenlets(self)
        return ProbedWsgi(application, self)


class NativeRecorder(PythonRecorder):
    """Needs the compiled module."""

    steps_type = native.Steps if native else TracedCoroutine

    def __init__(self, write: Write, channel: Channel, user_folder: str = "") -> None:
        super().__init__(write, channel, user_folder, lanes=Lanes(native.LaneSlot))
        lanes, failures = self.lanes, self.failures
        self._native = native.Recorder(
            write,
            lanes.slots,
            lanes.free,
            lanes.served,
            lanes.add,
            lanes.of_running_loop,
            failures.note,
            failures.note_leaving,
        )
        self.steps = partial(native.steps, self._native)  # type: ignore[method-assign]
        if not patched():  # greenlets are known to what is in Python alone
            self.begin_call, self.end_call = self._native.begin_call, self._native.end_call

    def suspended(self) -> list[tuple[int, int, int]]:
        told: list[tuple[int, int, int]] = native.suspended(self._native)
        return told

    def suspended_on(self, slot: LaneSlot, requests: dict[int, int]) -> list[tuple[int, int, Any]]:
        told: list[tuple[int, int, Any]] = native.suspended_on(self._native, slot, requests)
        return told

    def poll(self, select: Callable[..., Any], slot: LaneSlot) -> Callable[..., Any]:
        polled: Callable[..., Any] = native.Poll(select, self._native, slot)
        return polled

    def schedule(self, schedule: Callable[..., Any], slot: LaneSlot, place: int) -> Callable[..., Any]:
        followed: Callable[..., Any] = native.Schedule(schedule, self._native, slot, place)
        return followed

    def wsgi(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        if patched():  # as above
            return super().wsgi(application)
        probed: Callable[..., Iterable[bytes]] = native.ProbedWsgi(application, self._native)
        return probed


def python_recorder(buffer: mmap.mmap, channel: Channel, user_folder: str = "") -> Recorder:
    """The one in Python, for the ring in `buffer`."""
    return PythonRecorder(ring.writer(buffer), channel, user_folder)


def native_recorder(buffer: mmap.mmap, channel: Channel, user_folder: str = "") -> Recorder:
    """The compiled one."""
    write = native.Ring(buffer, ring.capacity_of(buffer))
    os.register_at_fork(after_in_child=write.fall_silent)
    return NativeRecorder(write, channel, user_folder)


def best_recorder(buffer: mmap.mmap, channel: Channel, user_folder: str = "") -> Recorder:
    """The compiled one where there is one; `user_folder` holds the user's own code."""
    return (python_recorder if native is None else native_recorder)(buffer, channel, user_folder)


if native is not None:
    Coroutine.register(native.Steps)
