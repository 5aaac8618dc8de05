"""The standard library as it was before gevent patched it: our own thread must be a thread, and its sleep a sleep."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def patched() -> bool:
    """Whether this process runs on greenlets."""
    monkey = sys.modules.get("gevent.monkey")
    return bool(monkey and monkey.is_module_patched("threading"))


def original(module: str, name: str) -> Any:
    """What `module` calls `name` in a process that nobody has patched."""
    if patched():
        return sys.modules["gevent.monkey"].get_original(module, name)
    return getattr(import_module(module), name)


get_ident: Callable[[], int] = original("_thread", "get_ident")
"""Of the thread itself: gevent's is the greenlet's own, by which nobody finds the frames that run."""
get_native_id: Callable[[], int] = original("_thread", "get_native_id")
