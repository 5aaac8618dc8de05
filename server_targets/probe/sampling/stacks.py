"""At which line other threads are, taken so that no frame of theirs is held when the GIL can change hands.

Who holds a frame while its thread goes on makes that thread hand the frame over when it returns, and its callers'
frames with it; a frame that is read while its thread unwinds is freed memory. CPython 3.11.7 crashes of it within
seconds, 3.12.1 did under a large project. `sys._current_frames()` cannot be used safely from Python as one does: the
GIL may change hands right behind that very call, with every thread's frame in our hands. So

    compiled (native/lines.c)   frames are read in place, none is made into an object
    in Python (`stacks_of`)     one call into C from the first frame to the last pair, and nothing between
    without a GIL               not at all: there is no moment in which the frames of another thread stand still
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, repeat, starmap, takewhile
from operator import attrgetter, call, truth
from types import CodeType

Line = tuple[CodeType, int | None]
"""Code and the line in it, None (compiled: 0) where it has none."""
Stack = tuple[Line, ...]
"""Innermost first."""

_LINE = attrgetter("f_code", "f_lineno")


def may_read_frames() -> bool:
    """Whether other threads' frames stand still while we look: whether there is a GIL."""
    has_gil = getattr(sys, "_is_gil_enabled", None)
    return hasattr(sys, "_current_frames") and (has_gil is None or bool(has_gil()))


def stacks_of(thread_ids: Sequence[int]) -> list[Stack]:
    """The lines of each thread; empty for one that is not there any more.

    All of it is one call of `list`, which pulls iterators in C through each other. No variable of ours holds an
    iterator that has held a frame: they go with the call. The collector rests meanwhile, since it runs finalizers,
    which are Python code; whether it ran before is asked within the same call.
    """
    was_on: list[bool] = []
    stacks: list[list[Stack]] = []
    try:
        list(
            chain(
                map(was_on.append, starmap(gc.isenabled, repeat((), 1))),
                starmap(gc.disable, repeat((), 1)),
                map(stacks.append, map(list, repeat(_read(thread_ids), 1))),
                map(call, map((gc.disable, gc.enable).__getitem__, was_on)),
            )
        )
    except BaseException:
        if was_on == [True]:
            gc.enable()
        raise
    return stacks[0]


def _read(thread_ids: Sequence[int]) -> Iterator[Stack]:
    """Does nothing before it is iterated."""
    all_frames = chain.from_iterable(map(repeat, starmap(sys._current_frames, repeat((), 1))))
    frame_of_each = map(dict.get, all_frames, thread_ids)
    # getattr(getattr(frame, "f_back"), "f_back") … up to None
    and_callers = map(accumulate, map(chain, zip(frame_of_each), repeat(repeat("f_back"))), repeat(getattr))
    lines = map(map, repeat(_LINE), map(takewhile, repeat(truth), and_callers))
    return map(tuple, lines)
