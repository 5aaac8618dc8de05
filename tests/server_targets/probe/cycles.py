"""Makes a cycle through each type of the compiled probe, has it collected, and uses what is left meanwhile.

A program of its own, because what it tests for is a crash. `Last` is called when the collector has begun to clear: it
uses the objects of its cycle then, as a finalizer of other people's could.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import itertools
import weakref

from asgi_vs_wsgi.server_targets.probe import _native as native

USES = itertools.count()


GIVEN = [
    (),
    ({}, print),
    (1, 2, 3, 4),
    (print, 7),
    (print, 7, native.LaneSlot(1)),
    ("200 OK", []),
    ({"type": "http.response.start"},),
]


def use(thing):
    """Call whatever it has, with arguments that may fit."""
    next(USES)
    for name in ("send", "throw", "close", "__await__", "__next__", "cr_frame", "fall_silent"):
        with contextlib.suppress(BaseException):
            method = getattr(thing, name)
            for given in ((), (None,), (ValueError,), ([], {}, None, None, 1, native.LaneSlot(1))):
                with contextlib.suppress(BaseException):
                    method(*given)
    for given in GIVEN:  # type: ignore[assignment]
        with contextlib.suppress(BaseException):
            thing(*given)
    with contextlib.suppress(BaseException):  # a recorder
        native.steps(thing, coroutine([]), 7).send(None)
    with contextlib.suppress(BaseException):
        native.steps(thing, coroutine([]), 7, native.LaneSlot(1), print).close()
    repr(thing)


class Last:
    """Its finalizer and its weak reference's callback use all that is in `things`."""

    def __init__(self, things):
        self.things = things

    def __del__(self):
        for thing in self.things:
            use(thing)


async def coroutine(*held):
    yield_ = contextlib.suppress(BaseException)
    with yield_:
        await Forever()


class Forever:
    def __await__(self):
        while True:
            yield


def recorder(held):
    lanes = {}
    free = [native.LaneSlot(9), held]
    of_loop = lambda: native.LaneSlot(0)  # noqa: E731
    raised = lambda *given: held.append(given)  # noqa: E731
    write = lambda *record: record and held  # noqa: E731
    made = native.Recorder(write, lanes, free, set(), lambda: native.LaneSlot(2), of_loop, raised, raised)
    lanes["recorder"] = made
    lanes["held"] = held
    return made


def cycles():
    """Of each kind: a list of objects that refer to one another and to `held`."""
    held = []
    made = recorder(held)
    application = lambda *given: coroutine(held, given)  # noqa: E731
    begun = native.steps(made, coroutine(held), 7, native.LaneSlot(0))
    begun.send(None)
    served = native.steps(made, application(), 7, native.LaneSlot(0), held.append)
    served.send(None)
    unbegun = native.steps(made, application(), 7, native.LaneSlot(0), held.append)
    slot = native.LaneSlot(3)
    slot.outer = held  # type: ignore[assignment]

    poll = native.Poll(lambda *given: held and [], made, native.LaneSlot(4))
    schedule = native.Schedule(lambda callback, *given: callback, made, native.LaneSlot(5), 0)
    callback = schedule(lambda *given: held.append(given))  # type: ignore[operator]

    class Page(list):
        pass

    page = Page([held])
    body = native.ProbedWsgi(lambda environ, start: held.append(start) or page, made)({}, lambda *given: held)
    probed = native.ProbedWsgi(lambda environ, start: [held, start], made)
    listed = probed({}, lambda *given: held)
    context = [begun, served, unbegun, slot, body, body.close, probed, listed, listed.close, made]  # type: ignore[attr-defined]
    held += [*context, poll, schedule, callback]
    return held


class Gone:
    """Counts what was collected."""


def main():
    gone = []
    for first in range(15):
        held = cycles()
        marker = Gone()
        held += [Last(held[first:] + held[:first]), marker]
        gone.append(weakref.ref(marker))
        del held, marker
        gc.collect()
    used = next(USES)
    # As the collector does it, and everything used afterwards.
    for made in cycles():
        address = ctypes.c_void_p.from_address(id(type(made)) + TP_CLEAR).value
        if type(made).__module__ == "asgi_vs_wsgi.server_targets.probe._native" and address:
            clear = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object)(address)
            clear(made)
            clear(made)
        use(made)
    gc.collect()
    assert used > 10 * 10, used
    print("all gone" if not any(ref() for ref in gone) else "something stayed")


TP_CLEAR = 24 + 8 * 21
"""Offset of tp_clear in a type object (object.h): after the variable head 21 pointers' worth."""

if __name__ == "__main__":
    main()
