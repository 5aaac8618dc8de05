"""For work whose results are all kept: looking for garbage among them takes longer than the work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Nothing that is made meanwhile is garbage before another run is opened."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
