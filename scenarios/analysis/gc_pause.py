"""Where looking for garbage takes longer than the work whose results are all kept, or comes while visitors are sent."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def gc_paused() -> Iterator[None]:
    """Nothing that is made meanwhile is garbage before `free_last_run`; within another pause, that one's end counts."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def gc_spared() -> Iterator[None]:
    """What is there already is not looked through before the end: 10 to 20 ms in which nobody is sent and nothing read.

    What is made meanwhile is, as always.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def free_last_run() -> None:
    """What pauses have set aside is looked at again: a run that nobody has any more is full of circles."""
    gc.unfreeze()
    gc.collect()
