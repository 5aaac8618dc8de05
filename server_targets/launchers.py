"""Starts servers whose own command line cannot be handed a socket that already listens.

Each is started with the arguments that its file in `server_targets.servers` says: the descriptor of the socket first,
and last where the application is (`MODULE:NAME`).
"""

from __future__ import annotations

import logging
import socket
import socketserver
import sys
from importlib import import_module
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

HttpServer = TypeVar("HttpServer", bound=WSGIServer)


def serve_with_waitress() -> None:
    """Serve `DESCRIPTOR THREADS [--NAME NUMBER]... MODULE:NAME` until ended."""
    import waitress

    descriptor, threads, *words, name = sys.argv[1:]
    options = {flag[2:].replace("-", "_"): int(value) for flag, value in zip(words, words[1:]) if flag.startswith("--")}
    waitress.serve(
        _application(name),
        sockets=[socket.socket(fileno=int(descriptor))],
        threads=int(threads),
        **options,
    )


def serve_with_wsgiref() -> None:
    """Serve `DESCRIPTOR MODULE:NAME` until ended, with the standard library's server."""
    descriptor, name = sys.argv[1:]
    server = _on_descriptor(WSGIServer, _Quiet, int(descriptor))
    server.set_app(_application(name))
    server.serve_forever()


def serve_with_runserver() -> None:
    """Serve `DESCRIPTOR MODULE:NAME` until ended, with what `manage.py runserver` serves with.

    The same classes, put together as django.core.servers.basehttp.run does it, without the reloader.
    """
    from django.core.servers import basehttp

    class Threaded(socketserver.ThreadingMixIn, basehttp.WSGIServer):
        daemon_threads = True

    descriptor, name = sys.argv[1:]
    server = _on_descriptor(Threaded, basehttp.WSGIRequestHandler, int(descriptor))
    server.set_app(_application(name))
    # Loading the application set Django's logging up. No line for each request, as on the other servers.
    logging.getLogger("django.server").setLevel(logging.WARNING)
    server.serve_forever()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: object = "-", size: object = "-") -> None:
        """No line for each request, as on the other servers."""


def _application(name: str) -> Any:
    """The object at `MODULE:NAME`; importing ours says hello to the lab."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _on_descriptor(kind: type[HttpServer], handler: Any, descriptor: int) -> HttpServer:
    """A server of that kind that accepts from the listening socket `descriptor`."""
    listener = socket.socket(fileno=descriptor)
    server = kind(listener.getsockname(), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = listener.getsockname()
    server.setup_environ()
    return server
