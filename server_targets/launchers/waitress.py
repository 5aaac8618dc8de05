"""waitress on a socket of ours: `DESCRIPTOR THREADS MODULE:NAME`."""

from __future__ import annotations

import socket
import sys

import waitress

from asgi_vs_wsgi.server_targets.launchers.application import application


def main() -> None:
    """Serve until ended."""
    descriptor, threads, name = sys.argv[1:]
    waitress.serve(
        application(name),
        sockets=[socket.socket(fileno=int(descriptor))],
        threads=int(threads),
    )
