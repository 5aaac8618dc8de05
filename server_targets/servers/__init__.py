"""The server products that can be compared; one file each."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.daphne import DAPHNE
from asgi_vs_wsgi.server_targets.servers.granian import GRANIAN_ASGI, GRANIAN_WSGI
from asgi_vs_wsgi.server_targets.servers.gunicorn import GUNICORN_ASGI, GUNICORN_GEVENT, GUNICORN_GTHREAD, GUNICORN_SYNC
from asgi_vs_wsgi.server_targets.servers.hypercorn import HYPERCORN
from asgi_vs_wsgi.server_targets.servers.runserver import RUNSERVER
from asgi_vs_wsgi.server_targets.servers.server_spec import Number, Option, ServerSpec, Socket, Value
from asgi_vs_wsgi.server_targets.servers.uvicorn import UVICORN, UVICORN_H11
from asgi_vs_wsgi.server_targets.servers.waitress import WAITRESS
from asgi_vs_wsgi.server_targets.servers.wsgiref import WSGIREF

_WSGI = (GUNICORN_SYNC, GUNICORN_GTHREAD, GUNICORN_GEVENT, GRANIAN_WSGI, WAITRESS, RUNSERVER, WSGIREF)
_ASGI = (UVICORN, UVICORN_H11, GUNICORN_ASGI, GRANIAN_ASGI, HYPERCORN, DAPHNE)
_PRODUCTS = {product.name: product for product in (*_WSGI, *_ASGI)}


def server_specs() -> tuple[ServerSpec, ...]:
    """All that we know, installed or not, WSGI first."""
    return tuple(_PRODUCTS.values())


def server_spec(name: str) -> ServerSpec:
    """The product of that name; KeyError for a stranger."""
    return _PRODUCTS[name]


__all__ = ["Number", "Option", "ServerSpec", "Socket", "Value", "server_spec", "server_specs"]
