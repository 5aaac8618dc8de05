"""What a server's worker imports as its application: arms its end, loads the real application, says hello.

What to do is in the worker's configuration (server_targets.worker_config). Servers import `wsgi_entry:application`
or `asgi_entry:application`, which call `load`.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.backends import best_recorder, native
from asgi_vs_wsgi.server_targets.probe.hooks.accept import follow_accepts
from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.hooks.executors import follow_threads
from asgi_vs_wsgi.server_targets.probe.hooks.failures import follow_django
from asgi_vs_wsgi.server_targets.probe.parent_death import die_with_parent
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates
from asgi_vs_wsgi.server_targets.worker_config import NoWorkerConfig, ProbeConfig, WorkerConfig, worker_config

if TYPE_CHECKING:
    from collections.abc import Callable

BOOT_FAILED = 3
"""The exit status by which gunicorn knows that starting the worker again would not help."""


def load(interface: str) -> Callable[..., Any]:
    """The application, wrapped in the probe unless that is off; `interface` is `wsgi` or `asgi`."""
    config = _config()
    server = os.getpgrp()  # its first process leads a group of its own (server_targets.processes.launch)
    if os.getpid() != server:
        die_with_parent(server)
    probe = config.probe
    channel = Channel(probe.lab_socket)
    channel.loading(probe.target)
    atexit.register(channel.leaving)
    module, _, name = probe.application.partition(":")
    application: Callable[..., Any] = getattr(import_module(module), name)
    gc.collect()  # tens of milliseconds for what starting left behind, which would else fall into some request
    if not probe.records:
        channel.hello(probe.target)
        load.keep = channel  # type: ignore[attr-defined]  # its end of file is this worker's end
        return application
    return _probed(application, interface, probe, channel)


def _config() -> WorkerConfig:
    """One line where there is none: who starts a worker after the run has nobody to serve, and no fault to trace."""
    try:
        return worker_config()
    except NoWorkerConfig as missing:
        sys.stderr.write(f"{missing}\n")
        sys.exit(BOOT_FAILED)


def _probed(
    application: Callable[..., Any], interface: str, config: ProbeConfig, channel: Channel
) -> Callable[..., Any]:
    path = Path(config.lab_socket).parent / f"{os.getpid()}.ring"
    recorder = best_recorder(ring.create(path, config.ring_capacity), channel, config.user_folder)
    follow_threads(recorder)
    follow_accepts()
    follow_django(recorder.failures)
    looks = ThreadStates()
    blame = SourceLocations(channel, config.user_folder, native=native, wanted=config.reads_lines)
    sampler = Sampler(recorder, blame, looks).start()
    channel.hello(config.target, str(path), sampler, shows_calls=looks.shows_calls, reads_lines=blame.reads_lines)
    return recorder.wsgi(application) if interface == "wsgi" else ProbedAsgi(application, recorder)
