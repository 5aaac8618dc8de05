"""The standard library's server on a socket of ours: `DESCRIPTOR MODULE:NAME`."""

from __future__ import annotations

import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from asgi_vs_wsgi.server_targets.launchers.application import application, on_descriptor


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: object = "-", size: object = "-") -> None:
        """No line for each request, as on the other servers."""


def main() -> None:
    """Serve until ended."""
    descriptor, name = sys.argv[1:]
    server = on_descriptor(WSGIServer, _Quiet, int(descriptor))
    server.set_app(application(name))
    server.serve_forever()
