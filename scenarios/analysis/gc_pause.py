"""For work whose results are all kept: looking for garbage among them takes longer than the work."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def gc_paused() -> Iterator[None]:
    """Nothing that is made meanwhile is garbage before another run is opened."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
