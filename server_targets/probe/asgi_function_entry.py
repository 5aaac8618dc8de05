"""The entry for servers that take nothing but an `async def` for an ASGI application (hypercorn, daphne)."""

from typing import Any

from asgi_vs_wsgi.server_targets.probe.entry import load

_application = load("asgi")


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI 3."""
    await _application(scope, receive, send)
