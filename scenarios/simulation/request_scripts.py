"""What a request does, as data: a script of steps that compute, wait, hold, and tell when the client has its answer.

    ScriptTable.of([RequestClass("page", [(cpu(0.001), BEGIN, wait(0.2), cpu(0.001), DONE, cpu(0.0002))])])

All times are seconds. A step may be drawn anew for each request (`exponential`); else variety comes from many scripts.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_STATIONS = 32
MOST_STEPS = 1 << 20
"""In one script."""
MOST_CLASSES = 30_000


class Op(IntEnum):
    """What a step does. On a loop the worker's main thread does it, in a thread the request's own."""

    END = 0
    """Added by `ScriptTable`: the worker is done with the request."""
    CPU = 1
    """Compute: with the GIL where there is one, on a core that is shared with all that compute."""
    WAIT = 2
    """In a thread: block it. On a loop: set the request aside; 0 s is one more turn of the loop."""
    HOLD = 3
    """Block the thread, or the whole loop, without computing."""
    ACQUIRE = 4
    """Take a place of a station, in line where none is free."""
    RELEASE = 5
    THREAD = 6
    """Leave the loop for a thread of the request's own (nothing in a pool)."""
    LOOP = 7
    """Back into the loop's ready queue (nothing in a pool)."""
    BEGIN = 8
    """The application begins."""
    FIRST = 9
    """The first byte of the answer leaves. Without it, that is `DONE`."""
    DONE = 10
    """The client has the whole answer; what follows is work after it. Without it, that is the end."""
    YIELD = 11
    """A system call that lets go of the GIL, if somebody waits for it."""


TIMED = frozenset((Op.CPU, Op.WAIT, Op.HOLD))
AT_STATION = frozenset((Op.ACQUIRE, Op.RELEASE))
DRAWN = 64
"""Added to the op of a step whose seconds are drawn, in a `ScriptTable`."""


@dataclass(frozen=True, slots=True)
class Step:
    """`seconds` are of CPU, WAIT and HOLD, a mean where `exponential`; `station` is of ACQUIRE and RELEASE."""

    op: Op
    seconds: float = 0.0
    station: int = 0
    exponential: bool = False


def cpu(seconds: float, *, exponential: bool = False) -> Step:
    """Computes."""
    return Step(Op.CPU, seconds, exponential=exponential)


def wait(seconds: float, *, exponential: bool = False) -> Step:
    """Waits: blocks a thread, is set aside by a loop."""
    return Step(Op.WAIT, seconds, exponential=exponential)


def hold(seconds: float, *, exponential: bool = False) -> Step:
    """Blocks the thread or the whole loop."""
    return Step(Op.HOLD, seconds, exponential=exponential)


def acquire(station: int = 0) -> Step:
    """Takes a place of the model's station of that index."""
    return Step(Op.ACQUIRE, station=station)


def release(station: int = 0) -> Step:
    """Gives it back."""
    return Step(Op.RELEASE, station=station)


THREAD, LOOP, BEGIN, FIRST, DONE, YIELD = map(Step, (Op.THREAD, Op.LOOP, Op.BEGIN, Op.FIRST, Op.DONE, Op.YIELD))


@dataclass(frozen=True, slots=True)
class RequestClass:
    """Requests of one kind: each gets one of `scripts`, picked evenly. `share` is a weight among the classes."""

    name: str
    scripts: Sequence[Sequence[Step]]
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class ScriptTable:
    """All scripts of all classes as columns, made once and used by many simulations. Make one by `ScriptTable.of`."""

    names: tuple[str, ...]
    shares: tuple[float, ...]
    class_start: array[int]
    """The first script of each class, and at the end the number of scripts."""
    start: array[int]
    """The first step of each script, and at the end the number of steps, ENDs included."""
    op: array[int]
    """Of each step, `DRAWN` added where its value is the mean of an exponential."""
    value: array[float]
    """Of each step: seconds, or a station's index."""
    stations: int
    """How many the model must have: the highest index used, and one."""

    @classmethod
    def of(cls, classes: Sequence[RequestClass]) -> ScriptTable:
        """Checks every step on the way: BadInput in one line."""
        _check_classes(classes)
        class_start, start, op, value = array("i"), array("i"), array("B"), array("d")
        stations = 0
        for kind in classes:
            class_start.append(len(start))
            for number, script in enumerate(kind.scripts):
                stations = max(stations, _check_script(script, f"script {number} of class “{kind.name}”"))
                start.append(len(op))
                for step in script:
                    op.append(step.op + (DRAWN if step.exponential else 0))
                    value.append(step.station if step.op in AT_STATION else step.seconds)
                op.append(Op.END)
                value.append(0.0)
        class_start.append(len(start))
        start.append(len(op))
        names = tuple(kind.name for kind in classes)
        return cls(names, tuple(float(kind.share) for kind in classes), class_start, start, op, value, stations)

    @property
    def shares_column(self) -> array[float]:
        """`shares` for the compiled engine."""
        return array("d", self.shares)

    @property
    def scripts(self) -> int:
        """How many."""
        return len(self.start) - 1


# ---- what is wrong with them


def _check_classes(classes: Sequence[RequestClass]) -> None:
    if not classes:
        raise BadInput("no class of requests", hint="at least one, with at least one script")
    require_whole("number of classes", len(classes), 1, MOST_CLASSES)
    for kind in classes:
        if not kind.scripts:
            raise BadInput(f"class “{kind.name}” has no script", hint="at least one")
        require_not_negative(f"share of class “{kind.name}”", kind.share)
    if sum(kind.share for kind in classes) <= 0:
        raise BadInput("no class has a share of the requests", hint="at least one above 0")


def _check_script(script: Sequence[Step], where: str) -> int:
    """How many stations it knows of."""
    if len(script) >= MOST_STEPS:
        raise BadInput(f"{where} has {len(script):,} steps", hint=f"fewer than {MOST_STEPS:,}")
    held: set[int] = set()
    known = 0
    for place, step in enumerate(script):
        at = f"step {place} of {where}"
        if step.op == Op.END:
            raise BadInput(f"{at} is an END", hint="a script ends by itself")
        if step.op in TIMED:
            require_not_negative(f"time of {at}", step.seconds)
        elif step.exponential:
            raise BadInput(f"{at} has no time that could be drawn", hint="only cpu, wait and hold have one")
        if step.op in AT_STATION:
            require_whole(f"station of {at}", step.station, 0, MOST_STATIONS - 1)
            if (step.op == Op.ACQUIRE) == (step.station in held):
                words = "is taken twice" if step.op == Op.ACQUIRE else "is given back and was not taken"
                raise BadInput(f"station {step.station} {words}: {at}", hint="acquire it once, then release it")
            held ^= {step.station}
            known = max(known, step.station + 1)
    return known


def require_positive(what: str, number: float, *, infinite: bool = False) -> None:
    """BadInput unless it is above 0."""
    if not (number > 0 and (infinite or number < math.inf)):
        raise BadInput(f"{what}: {number:g}", hint="a number above 0")


def require_not_negative(what: str, number: float) -> None:
    """BadInput unless it is 0 or more, and finite."""
    if not 0 <= number < math.inf:
        raise BadInput(f"{what}: {number:g}", hint="0 or more, and not endless")


def require_whole(what: str, number: int, low: int, high: int) -> None:
    """BadInput unless it is a whole number within these."""
    if not (isinstance(number, int) and low <= number <= high):
        raise BadInput(f"{what}: {number}", hint=f"a whole number from {low:,} to {high:,}")
