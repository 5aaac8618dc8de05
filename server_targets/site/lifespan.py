"""The beginning and the end of a server's life, told to the scenario: Django knows nothing of them (ASGI's lifespan).

A scenario's `startup.py` may hold `async def lifespan()` that yields once. What it yields, where that is a mapping, is
each request's `scope["state"]`, on servers that have it.
"""

from __future__ import annotations

import inspect
import traceback
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.site.scenario_package import hook_failure, scenario_hook
from asgi_vs_wsgi.server_targets.worker_config import NotStarted, worker_config

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LIFESPAN = "lifespan"


class WithLifespan:
    """Answers the server's lifespan, and hands everything else to the application."""

    def __init__(self, application: Callable[..., Any], lifespan: Callable[[], Any]) -> None:
        self._application, self._lifespan = application, lifespan

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """ASGI 3."""
        if scope["type"] == LIFESPAN:
            return self._live(scope, receive, send)
        return self._application(scope, receive, send)

    async def _live(self, scope: dict[str, Any], receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        await receive()
        stage = "startup"
        try:
            async with self._lifespan() as state:
                if state is not None:
                    _keep(state, scope)
                stage = "shutdown"
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:  # noqa: BLE001 - the scenario's own; the server is told, and its log
            traceback.print_exc()
            words = str(error) if isinstance(error, NotStarted) else hook_failure(LIFESPAN, error)
            await send({"type": f"lifespan.{stage}.failed", "message": words})
        else:
            await send({"type": "lifespan.shutdown.complete"})


def _keep(state: Any, scope: dict[str, Any]) -> None:
    if "state" not in scope:
        raise NotStarted("lifespan() of startup.py yields a state, and this server keeps none for its requests")
    scope["state"].update(state)


def with_lifespan(application: Callable[..., Any]) -> Callable[..., Any]:
    """The application, with the scenario's `lifespan` where the server tells of its own."""
    if not worker_config().site.lifespan:
        return application
    found: Any = scenario_hook(LIFESPAN) or nullcontext
    made: Callable[[], AbstractAsyncContextManager[Any]] = (
        asynccontextmanager(found) if inspect.isasyncgenfunction(found) else found
    )
    return WithLifespan(application, made)
