"""What the launchers share: finding the application, and http.server on a socket that already listens."""

from __future__ import annotations

import socket
from importlib import import_module
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIServer

Server = TypeVar("Server", bound=WSGIServer)


def application(name: str) -> Any:
    """The object at `MODULE:NAME`; importing ours says hello to the lab."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def on_descriptor(kind: type[Server], handler: Any, descriptor: int) -> Server:
    """A server of that kind that accepts from the listening socket `descriptor`."""
    listener = socket.socket(fileno=descriptor)
    server = kind(listener.getsockname(), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = listener.getsockname()
    server.setup_environ()
    return server
