"""What a server's worker imports as its application: arms its end, loads the real application, says hello.

The lab tells what to do by the environment (see Settings). Servers import `wsgi_entry:application` or
`asgi_entry:application`, which call `load`.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from asgi_vs_wsgi.server_targets.probe.backends import best_reporter, native
from asgi_vs_wsgi.server_targets.probe.hooks.accept import follow_accepts
from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.hooks.executors import follow_threads
from asgi_vs_wsgi.server_targets.probe.parent_death import die_with_parent
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

PREFIX = "ASGI_VS_WSGI_"


@dataclass(frozen=True)
class Settings:
    """The lab's words to a worker, each an environment variable `ASGI_VS_WSGI_NAME`."""

    lab: str
    """Path of the lab's socket."""
    target: int
    """Which target of the run this worker belongs to."""
    master: int
    """pid of the server's first process; set by asgi_vs_wsgi.server_targets.processes.launch."""
    application: str
    """`module:name` of the application to load."""
    probe: bool
    folder: str
    """The folder of the user's own code, for blame."""
    ring: int
    """How many records its ring is to hold."""
    lines: bool = True
    """Whether to look at which source lines requests are; 0 in the environment says no."""

    @classmethod
    def from_environment(cls) -> Settings:
        """Read them; a missing one is a KeyError with its name."""
        read = {name: os.environ[PREFIX + name.upper()] for name in cls.__annotations__ if name != "lines"}
        return cls(
            read["lab"],
            int(read["target"]),
            int(read["master"]),
            read["application"],
            read["probe"] == "1",
            read["folder"],
            int(read["ring"]),
            os.environ.get(f"{PREFIX}LINES") != "0",
        )


def load(interface: str) -> Callable[..., Any]:
    """The application, wrapped in the probe unless that is off; `interface` is `wsgi` or `asgi`."""
    settings = Settings.from_environment()
    if os.getpid() != settings.master:
        die_with_parent(settings.master)
    channel = Channel(settings.lab)
    channel.loading(settings.target)
    module, _, name = settings.application.partition(":")
    application: Callable[..., Any] = getattr(import_module(module), name)
    gc.collect()  # tens of milliseconds for what starting left behind, which would else fall into some request
    if not settings.probe:
        channel.hello(settings.target)
        load.keep = channel  # type: ignore[attr-defined]  # its end of file is this worker's end
        return application
    return _probed(application, interface, settings, channel)


def _probed(
    application: Callable[..., Any], interface: str, settings: Settings, channel: Channel
) -> Callable[..., Any]:
    path = Path(settings.lab).parent / f"{os.getpid()}.ring"
    reporter = best_reporter(ring.create(path, settings.ring), channel)
    follow_threads(reporter)
    follow_accepts(reporter)
    looks = ThreadStates()
    blame = SourceLocations(channel, settings.folder, native=native, wanted=settings.lines)
    sampler = Sampler(reporter, blame, looks).start()
    channel.hello(settings.target, str(path), sampler, shows_calls=looks.shows_calls, reads_lines=blame.reads_lines)
    return reporter.wsgi(application) if interface == "wsgi" else ProbedAsgi(application, reporter)
