"""`servers`: which products can be compared here, and how to get the others."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers import ServerProduct, products
from asgi_vs_wsgi.tui.commands.output import columns, print_json, print_lines


def list_servers(*, as_json: bool) -> int:
    """Print all products that we know."""
    if as_json:
        print_json([server_entry(product) for product in products()])
    else:
        print_lines(servers_text(products()))
    return 0


def server_entry(product: ServerProduct) -> dict[str, str | bool | None]:
    """A product as `servers --json` tells it."""
    return {
        "name": product.name,
        "interface": product.interface,
        "product": product.product,
        "installed": product.installed,
        "version": product.version,
        "install": product.install,
    }


def servers_text(known: tuple[ServerProduct, ...]) -> list[str]:
    """A table: name, interface, and the version or the command that installs it."""
    return columns([("server", "interface", "version"), *(_row(product) for product in known)])


def _row(product: ServerProduct) -> tuple[str, str, str]:
    version = (product.version or "") if product.installed else f"not installed: {product.install}"
    return product.name, product.interface.upper(), version
