"""The name of what is called, of whatever libraries have put around it."""

from __future__ import annotations

from contextvars import Context
from functools import partial
from inspect import isclass
from types import FunctionType
from typing import Any

DEEPEST = 20
"""Functions within functions, of what is called."""
_LONGEST_NAME = 200


def name_of(call: Any) -> str:
    """`django.contrib.sessions.middleware.SessionMiddleware.process_request`, of whatever asgiref, asyncio or Django
    have put around it; of a view class that, and of what has no name its type's."""
    call = _within(call)
    owner = getattr(call, "__self__", None)
    if owner is not None and not isinstance(call, type) and hasattr(call, "__name__"):
        of = owner if isclass(owner) else type(owner)
        return f"{of.__module__}.{of.__qualname__}.{call.__name__}"[:_LONGEST_NAME]
    named = getattr(call, "view_class", call)
    named = named if hasattr(named, "__qualname__") else type(named)
    return f"{named.__module__}.{named.__qualname__}"[:_LONGEST_NAME]


def _within(call: Any) -> Any:
    """What is called in the end: partials, asgiref's objects, contexts that run something, and wrappers that say so."""
    for _ in range(DEEPEST):
        if isinstance(call, partial):
            owner: Any = getattr(call.func, "__self__", None)
            if _is_asgirefs(owner, "SyncToAsync"):
                call = owner.func
            elif isinstance(owner, Context) and call.args:
                call = call.args[0]
            else:
                call = call.func
        elif _is_asgirefs(call, "SyncToAsync"):
            call = call.func
        elif _is_asgirefs(call, "AsyncToSync"):
            call = call.awaitable
        elif isinstance(call, FunctionType) and hasattr(call, "__wrapped__"):
            call = call.__wrapped__
        else:
            break
    return call


def _is_asgirefs(thing: Any, name: str) -> bool:
    return any(base.__name__ == name for base in type(thing).__mro__)
