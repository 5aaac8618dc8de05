"""What every kind of gunicorn worker shares: its quiet start, and the options that scenarios may set."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.server_spec import Option, Socket

OPTIONS = {
    "timeout_s": Option("--timeout", "a worker that is silent for so long is killed and replaced"),
    "worker_connections": Option("--worker-connections", "connections that one worker takes"),
    "backlog": Option("--backlog", "connections that wait in the kernel's queue"),
}


def base_arguments(worker_class: str, socket: Socket, workers: int) -> list[str]:
    """Quiet, with no control socket: its default is one path for all gunicorns of a user."""
    return [
        *("-b", f"fd://{socket.descriptor}"),
        *("--workers", str(workers)),
        *("--worker-class", worker_class),
        "--no-control-socket",
    ]
