"""What `manage.py runserver` serves with, on a socket of ours: `DESCRIPTOR MODULE:NAME`.

The same classes, put together as django.core.servers.basehttp.run does it, without the reloader.
"""

from __future__ import annotations

import logging
import socketserver
import sys

from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer

from asgi_vs_wsgi.server_targets.launchers.application import application, on_descriptor


class _Threaded(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


def main() -> None:
    """Serve until ended."""
    descriptor, name = sys.argv[1:]
    server = on_descriptor(_Threaded, WSGIRequestHandler, int(descriptor))
    server.set_app(application(name))
    # Loading the application set Django's logging up. No line for each request, as on the other servers.
    logging.getLogger("django.server").setLevel(logging.WARNING)
    server.serve_forever()
