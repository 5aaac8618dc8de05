"""The server products that can be compared; one file each."""

from __future__ import annotations

from server_targets.servers.gunicorn_asgi import GUNICORN_ASGI
from server_targets.servers.gunicorn_gthread import GUNICORN_GTHREAD
from server_targets.servers.gunicorn_sync import GUNICORN_SYNC
from server_targets.servers.product import Option, ServerProduct, Socket
from server_targets.servers.uvicorn import UVICORN

_PRODUCTS = {product.name: product for product in (GUNICORN_SYNC, GUNICORN_GTHREAD, UVICORN, GUNICORN_ASGI)}


def products() -> tuple[ServerProduct, ...]:
    """All that we know, installed or not, WSGI first."""
    return tuple(_PRODUCTS.values())


def product(name: str) -> ServerProduct:
    """The product of that name; KeyError for a stranger."""
    return _PRODUCTS[name]


__all__ = ["Option", "ServerProduct", "Socket", "product", "products"]
