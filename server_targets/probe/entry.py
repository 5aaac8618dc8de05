"""What a server's worker imports as its application: arms its end, loads the real application, says hello.

What to do is in the worker's configuration (server_targets.worker_config). Servers import `wsgi_entry:application`
or `asgi_entry:application`, which call `load`.

What a worker runs on, as it says itself: of what is imported there already, so that nothing is imported for it.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.backends import best_recorder, native
from asgi_vs_wsgi.server_targets.probe.hooks.accept import follow_accepts
from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.hooks.executors import follow_threads
from asgi_vs_wsgi.server_targets.probe.hooks.failures import follow_django
from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import Following
from asgi_vs_wsgi.server_targets.probe.hooks.own_work import follow_own_threads
from asgi_vs_wsgi.server_targets.probe.parent_death import die_with_parent
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
from asgi_vs_wsgi.server_targets.probe.sampling.await_looks import AwaitLooks
from asgi_vs_wsgi.server_targets.probe.sampling.process_stats import follow_collections
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations, has_gil
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates
from asgi_vs_wsgi.server_targets.worker_config import (
    NotStarted,
    NoWorkerConfig,
    ProbeConfig,
    WorkerConfig,
    worker_config,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def worker_environment(probe: ProbeConfig) -> dict[str, str | bool | None]:
    """Versions, and whether there is a GIL; None for what is not there, or does not say."""
    return {
        "python": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "gil": has_gil(),
        "django": _version_of("django"),
        "asgiref": _version_of("asgiref"),
        "server": _version_of(probe.server) or _installed(probe.distribution),
        "probe": ("python" if native is None else "compiled") if probe.records else None,
    }


def _version_of(module: str) -> str | None:
    version = getattr(sys.modules.get(module), "__version__", None)
    return version if isinstance(version, str) else None


def _installed(distribution: str) -> str | None:
    """From the metadata: asked for where the server's package does not say, and only in another interpreter."""
    if not distribution:
        return None
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


BOOT_FAILED = 3
"""The exit status by which gunicorn knows that starting the worker again would not help."""


def load(interface: str) -> Callable[..., Any]:
    """The application, wrapped in the probe unless that is off; `interface` is `wsgi` or `asgi`."""
    probe = _config().probe
    if probe.preloads and os.getpid() == os.getpgrp():
        Preloaded.application = Preloaded(_application(probe), interface, probe)
        return Preloaded.application
    channel = _channel(probe)
    with _failure_told(channel):
        application = _application(probe)
        _start_up(probe)
    return _seen(application, interface, probe, channel)


class Preloaded:
    """The application in a server's first process, which forks its workers from it; `begin` is called in each.

    The probe is about one process: its socket, its ring and its sampler are made after the fork.
    """

    application: Preloaded

    def __init__(self, application: Callable[..., Any], interface: str, probe: ProbeConfig) -> None:
        self._application, self._interface, self._probe = application, interface, probe

    def begin(self) -> None:
        """This process is a worker, and is about to serve."""
        channel = _channel(self._probe)
        with _failure_told(channel):
            _start_up(self._probe)
        self._application = _seen(self._application, self._interface, self._probe, channel)

    def __call__(self, *arguments: Any) -> Any:
        """As the application itself, WSGI or ASGI."""
        return self._application(*arguments)


def _channel(probe: ProbeConfig) -> Channel:
    server = os.getpgrp()  # its first process leads a group of its own (server_targets.processes.launch)
    if os.getpid() != server:
        die_with_parent(server)
    channel = Channel(probe.lab_socket)
    channel.loading(probe.target)
    atexit.register(channel.leaving)
    return channel


@contextmanager
def _failure_told(channel: Channel) -> Iterator[None]:
    """Why a worker does not come to its hello; its server prints the traceback, or not."""
    try:
        yield
    except Exception as error:
        channel.failed(str(error) if isinstance(error, NotStarted) else f"{type(error).__name__}: {error}")
        raise


def _application(probe: ProbeConfig) -> Callable[..., Any]:
    application: Callable[..., Any] = _named(probe.application)
    gc.collect()  # tens of milliseconds for what starting left behind, which would else fall into some request
    return application


def _start_up(probe: ProbeConfig) -> None:
    """What the project does in each of its workers before anybody is served."""
    if probe.startup:
        _named(probe.startup)()
        gc.collect()


def _named(words: str) -> Any:
    module, _, name = words.partition(":")
    return getattr(import_module(module), name)


def _seen(application: Callable[..., Any], interface: str, probe: ProbeConfig, channel: Channel) -> Callable[..., Any]:
    """As the server is to call it; the hello is said, or will be once the server's lifespan has begun."""
    hello: Callable[[], None] = partial(channel.hello, probe.target, environment=worker_environment(probe))
    if probe.records:
        application, hello = _probed(application, interface, probe, channel)
    load.keep = channel  # type: ignore[attr-defined]  # its end of file is this worker's end
    if probe.lifespan:
        return ReadyAfterLifespan(application, hello, channel.failed)
    hello()
    return application


def _config() -> WorkerConfig:
    """One line where there is none: who starts a worker after the run has nobody to serve, and no fault to trace."""
    try:
        return worker_config()
    except NoWorkerConfig as missing:
        sys.stderr.write(f"{missing}\n")
        sys.exit(BOOT_FAILED)


def _probed(
    application: Callable[..., Any], interface: str, config: ProbeConfig, channel: Channel
) -> tuple[Callable[..., Any], Callable[[], None]]:
    """The application looked into, and the hello that says so."""
    path = Path(config.lab_socket).parent / f"{os.getpid()}.ring"
    recorder = best_recorder(ring.create(path, config.ring_capacity), channel, config.user_folder)
    follow_threads(recorder)
    follow_own_threads(recorder)
    follow_accepts()
    follow_collections()
    follow_django(recorder.failures)
    looks = ThreadStates()
    blame = SourceLocations(channel, config.user_folder, native=native, wanted=config.reads_lines)
    awaits = AwaitLooks(recorder, blame) if blame.reads_lines else None
    sampler = Sampler(recorder, blame, looks, awaits, native=native)
    sampler.start()
    hello = partial(
        channel.hello,
        config.target,
        str(path),
        *sampler.tids,
        shows_calls=looks.shows_calls,
        reads_lines=blame.reads_lines,
        sees_awaits=awaits is not None,
        environment=worker_environment(config),
    )
    following = Following(application, recorder) if config.follows else None
    if interface == "wsgi":
        return recorder.wsgi(following.wsgi if following else application), hello
    return ProbedAsgi(application, recorder, following.asgi if following else None), hello


class ReadyAfterLifespan:
    """An ASGI application whose worker is ready when it has told its server that its lifespan has begun."""

    def __init__(
        self, application: Callable[..., Any], hello: Callable[[], None], failed: Callable[[str], None]
    ) -> None:
        self._application, self._hello, self._failed = application, hello, failed

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """ASGI 3."""
        if scope["type"] != "lifespan":
            return self._application(scope, receive, send)

        async def send_seen(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.failed":
                self._failed(str(message.get("message", "")))
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._hello()

        return self._application(scope, receive, send_seen)
