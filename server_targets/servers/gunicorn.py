"""gunicorn's kinds of workers: a process for a request, threads, greenlets, and an event loop of its own."""

from __future__ import annotations

import re
import signal

from asgi_vs_wsgi.server_targets.servers.server_spec import (
    LIFESPAN,
    EndingLines,
    Number,
    Option,
    ServerSpec,
    Socket,
    Switch,
    backlog,
    seconds,
)

OPTIONS: dict[str, Option] = {
    "timeout_s": seconds("--timeout", "a worker that is silent for so long is killed and replaced"),
    "graceful_timeout_s": seconds("--graceful-timeout", "what a worker that is told to end may take for what it has"),
    "max_requests": Number("--max-requests", "a worker ends after so many requests and is replaced"),
    "max_requests_jitter": Number("--max-requests-jitter", "up to so many more, by chance for each worker", low=0),
    "backlog": backlog(),
    "preload": Switch(
        ("--preload", "-c", "python:asgi_vs_wsgi.server_targets.probe.gunicorn_hooks"),
        (),
        "load the project once and fork the workers from it; a reload then runs the code that was loaded",
    ),
}
OPTIONS_OF_SEVERAL: dict[str, Option] = OPTIONS | {
    "worker_connections": Number("--worker-connections", "connections that one worker takes"),
    "keep_alive_s": seconds("--keep-alive", "how long a connection without a request is kept", low=0),
}
"""Of workers that have more than one connection: a sync worker closes each after its answer."""
ASGI_OPTIONS: dict[str, Option] = OPTIONS_OF_SEVERAL | {
    "lifespan": Switch(("--asgi-lifespan", "on"), ("--asgi-lifespan", "off"), LIFESPAN),
}
ENDING_LINES = EndingLines(
    reloading="Handling signal: hup",
    stopping="Handling signal: term",
    recycling=re.compile(r"\[(\d+)\] \[INFO\] Autorestarting worker after current request"),
)
SINCE = {"--no-control-socket": (25, 1)}
NO_FILE = ("-c", "python:asgi_vs_wsgi.server_targets.project")
"""A module that sets nothing, in the place of a gunicorn.conf.py: `preload_app` in one would change what is run."""


def base_arguments(worker_class: str, socket: Socket, workers: int) -> list[str]:
    """Quiet, with no control socket: its default is one path for all gunicorns of a user."""
    return [
        *("-b", f"fd://{socket.descriptor}"),
        *("--workers", str(workers)),
        *("--worker-class", worker_class),
        "--no-control-socket",
    ]


def sync_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """Threads would silently turn it into gthread."""
    return [*base_arguments("sync", socket, workers), GUNICORN_SYNC.application]


GUNICORN_SYNC = ServerSpec(
    name="gunicorn-sync",
    product="gunicorn",
    interface="wsgi",
    distribution="gunicorn",
    words="gunicorn sync",
    entry="gunicorn.app.wsgiapp:run",
    arguments=sync_arguments,
    slot="worker",
    law_of_waiting="one-per-worker",
    shows_accept=True,
    options=OPTIONS,
    supervised_from=1,
    reload_signal=signal.SIGHUP,
    ending_lines=ENDING_LINES,
    since=SINCE,
    reads_no_file=NO_FILE,
)


USUAL_THREADS = 8
"""Its own default is 1, with which nobody would choose it."""


def gthread_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """One thread is allowed, and is not the same as sync: the main thread still accepts ahead."""
    return [*base_arguments("gthread", socket, workers), "--threads", str(threads), GUNICORN_GTHREAD.application]


GUNICORN_GTHREAD = ServerSpec(
    name="gunicorn-gthread",
    product="gunicorn",
    interface="wsgi",
    distribution="gunicorn",
    words="gunicorn gthread",
    entry="gunicorn.app.wsgiapp:run",
    arguments=gthread_arguments,
    slot="thread",
    law_of_waiting="one-per-thread",
    shows_accept=True,
    max_threads=1024,
    default_threads=USUAL_THREADS,
    options=OPTIONS_OF_SEVERAL,
    supervised_from=1,
    reload_signal=signal.SIGHUP,
    ending_lines=ENDING_LINES,
    since=SINCE,
    reads_no_file=NO_FILE,
)


def gevent_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """As many greenlets as `worker_connections` allows, 1000 where nobody says."""
    return [*base_arguments("gevent", socket, workers), GUNICORN_GEVENT.application]


GUNICORN_GEVENT = ServerSpec(
    name="gunicorn-gevent",
    product="gunicorn",
    interface="wsgi",
    distribution="gunicorn",
    words="gunicorn gevent",
    entry="gunicorn.app.wsgiapp:run",
    arguments=gevent_arguments,
    slot="none",
    law_of_waiting="all-at-once",
    loop="gevent",
    needs=("gevent",),
    options=OPTIONS_OF_SEVERAL,
    supervised_from=1,
    reload_signal=signal.SIGHUP,
    ending_lines=ENDING_LINES,
    since=SINCE,
    reads_no_file=NO_FILE,
)


def asgi_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """No lifespan, since Django has none."""
    return [
        *base_arguments("asgi", socket, workers),
        *("--asgi-loop", "uvloop"),
        *("--asgi-lifespan", "off"),
        GUNICORN_ASGI.application,
    ]


GUNICORN_ASGI = ServerSpec(
    name="gunicorn-asgi",
    product="gunicorn",
    interface="asgi",
    distribution="gunicorn",
    words="gunicorn asgi",
    entry="gunicorn.app.wsgiapp:run",
    arguments=asgi_arguments,
    slot="none",
    law_of_waiting="all-at-once",
    loop="uvloop",
    http="gunicorn",
    needs=("uvloop",),
    options=ASGI_OPTIONS,
    supervised_from=1,
    reload_signal=signal.SIGHUP,
    ending_lines=ENDING_LINES,
    oldest=(24, 0),
    since=SINCE,
    reads_no_file=NO_FILE,
)
