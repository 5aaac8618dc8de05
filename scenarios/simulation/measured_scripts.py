"""Scripts: what each measured request did, as steps that the simulator plays again on another server, or in a crowd.

    WSGI   cpu · begin · cpu wait cpu … · cpu · done · cpu
    ASGI   cpu · wait 0 · begin · cpu · thread · cpu wait · loop · wait · cpu … done … · cpu

A step is a word and seconds. `cpu` computes, `wait` lets others go on where the server can (a thread blocks, a loop
sets the request aside), `hold` blocks a loop without computing, `thread` and `loop` are hops, `begin` and `done` are
marks: the application is entered, the client has its answer. Where a request was only stalled, it has no step: the
simulator makes its own stalls.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter, itemgetter
from statistics import median
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.states import State, inside
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from asgi_vs_wsgi.scenarios.load.visits import Visits
    from asgi_vs_wsgi.scenarios.trace.slices import Occupancy, RequestRecord, Slice

Step = tuple[str, float]
Script = tuple[Step, ...]
Scripts = dict[str, list[Script]]
"""Class of visitors to the scripts of those of them that were served."""

_WHEN = itemgetter(0)
GAP_S = 0.75e-3
"""A shorter suspension is the loop's own work (callbacks, hops to a thread), and no wait."""
HOP_S = 0.4e-3
"""The most that a hop between loop and thread may cost in CPU; what is beyond was waiting for its turn."""
SLIVER_S = 0.06e-3
"""CPU between two looks at one wait: the sampler read a clock, nothing alternated."""
LOOK_S, MOST_OF_A_LOOK_S = 8e-3, 1e-3
"""Between two looks (some 5 ms) it is known how much CPU was used, and not when: it was after the wait that the first
of them saw, and not before the rest of it."""
SHORT_S = 0.2e-3
"""A thread that was off the CPU for less wanted it: no call waits for so little."""
TURNS_AFTER_A_THREAD = 3
"""Of the loop, between the end of a thread and the step that it resumes."""
STREAMED_NS = 20_000_000
"""An answer whose first byte came so long before its last was sent in pieces."""
LEAVES_NS = 100_000
"""From the start of a response until it has left the loop."""
CONTIGUOUS_NS = 300_000
"""Steps of a loop that are no further apart were one crowd: between them it had no time."""
FREE_S, LEAST_FREE = 1e-3, 3
"""A shorter crowd is none; so many waits without one tell how long the wait is."""
TIMES = ("cpu", "wait", "hold")
LEAST_CPU = 0.6
"""Of the CPU that was measured: less cannot be explained by where in a request it was needed."""
_start = attrgetter("start_ns")


class Sums:
    """Of one script: seconds of CPU, of waiting aside or in a thread, and of holding a loop without computing."""

    def __init__(self, script: Script) -> None:
        self.cpu_s, self.wait_s, self.hold_s = (sum(s for word, s in script if word == kind) for kind in TIMES)


def until_done_s(script: Script) -> float:
    """How long it takes alone, until its client has the answer."""
    done = next((at for at, (word, _) in enumerate(script) if word == "done"), len(script))
    return sum(s for word, s in script[:done] if word in TIMES)


def cpu_of(scripts: Scripts) -> float:
    """Mean CPU of a request, in seconds."""
    every = [Sums(script).cpu_s for each in scripts.values() for script in each]
    return sum(every) / len(every) if every else 0.0


def wsgi_body(handling: RequestRecord) -> list[Step]:
    """What went on in a thread between the application's entry and its end; the thread was held all the time."""
    steps: list[Step] = []
    for span in inside(handling, handling.begin_ns, handling.end_ns):
        seconds = (span.end_ns - span.start_ns) / 1e9
        if span.state is State.RUNNING:
            steps.append(("cpu", seconds))
        elif span.state is not State.STALLED and seconds >= SHORT_S:
            steps.append(("wait", seconds))
    return merged(steps)


def asgi_bodies(handlings: Sequence[RequestRecord], visits: Visits) -> list[list[Step]]:
    """The same of requests of one class on event loops, `done` among their steps."""
    ordered = [sorted(handling.slices, key=_start) for handling in handlings]
    waits = _waits(handlings, ordered)
    return [
        _asgi_body(handling, slices, waits_s, visits)
        for handling, slices, waits_s in zip(handlings, ordered, waits, strict=True)
    ]


def _asgi_body(
    handling: RequestRecord, slices: Sequence[Slice], waits_s: Sequence[float], visits: Visits
) -> list[Step]:
    answered_ns = _answered_ns(handling, visits)
    leaving = next((s for s in reversed(slices) if s.on_loop and s.start_ns <= answered_ns), None)
    steps: list[Step] = []
    at_ns, in_thread, told = handling.begin_ns, False, False
    for slice_, wait_s in zip(slices, waits_s, strict=True):
        gap_s = max(0, slice_.start_ns - at_ns) / 1e9
        hop_s = min(gap_s, HOP_S)
        if slice_.on_loop and in_thread:
            steps += [("cpu", hop_s / 2), ("loop", 0.0), *[("wait", 0.0)] * TURNS_AFTER_A_THREAD]
            in_thread = False
        elif slice_.on_loop and wait_s >= GAP_S:
            steps.append(("wait", wait_s))
        elif slice_.on_loop and at_ns > handling.begin_ns + 50_000:
            steps += [("wait", 0.0), ("cpu", hop_s / 2)]
        elif not slice_.on_loop:
            steps += [("thread", 0.0), ("cpu", hop_s)] if not in_thread else [("wait", gap_s)] * (gap_s >= GAP_S)
            in_thread = True
        pieces = merged(_slice_steps(slice_, max(at_ns, slice_.start_ns), slice_.end_ns or handling.end_ns))
        if slice_ is leaving:
            pieces, told = _with_done(pieces, max(0, answered_ns - slice_.start_ns) / 1e9), True
        steps += pieces
        at_ns = max(at_ns, slice_.end_ns or handling.end_ns)
    if in_thread:
        steps.append(("loop", 0.0))
    return steps if told else [*steps, ("done", 0.0)]


def _answered_ns(handling: RequestRecord, visits: Visits) -> int:
    """When the answer left its worker: not when the client had it, which may be a step of others later."""
    done_ns = visits.done_ns[handling.request - visits.first_id]
    started_ns = handling.response_start_ns
    if not started_ns or done_ns - started_ns > STREAMED_NS:
        return done_ns
    return started_ns + LEAVES_NS


def _with_done(pieces: Sequence[Step], after_s: float) -> list[Step]:
    """The answer leaves so long after the start of these."""
    steps: list[Step] = []
    for at, (word, seconds) in enumerate(pieces):
        if seconds > after_s:
            return [*steps, (word, after_s), ("done", 0.0), (word, seconds - after_s), *pieces[at + 1 :]]
        steps.append((word, seconds))
        after_s -= seconds
    return [*steps, ("done", 0.0)]


def _slice_steps(slice_: Slice, start_ns: int, end_ns: int) -> Iterable[Step]:
    """From then on: what went on beside another thread of the same request takes no time of its own."""
    for state, from_ns, to_ns, _ in slice_.pieces(end_ns):
        seconds = (to_ns - max(from_ns, start_ns)) / 1e9
        if seconds <= 0:
            continue
        if state is State.RUNNING:
            yield "cpu", seconds
        elif state is State.STALLED:
            continue
        elif seconds < SHORT_S:
            yield "cpu", seconds if slice_.on_loop else 0.0
        else:
            yield ("hold" if slice_.on_loop else "wait"), seconds


def _waits(handlings: Sequence[RequestRecord], ordered: Sequence[Sequence[Slice]]) -> list[list[float]]:
    """How long each request really waited before each of its slices, without the stall at the end of the wait.

    A wait may have been over while other requests still held the loop, back to back, up to the resumption: it is as
    long as the gap at most, and as the gap without that crowd at least. Between these it is what the same wait of
    requests was that met no crowd, or of the quickest; a gap that is mostly crowd was no wait but for the rest.
    """
    gaps = [_gaps(handling, slices) for handling, slices in zip(handlings, ordered, strict=True)]
    known: dict[tuple[int, int], float] = {}
    alike: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for of_one in gaps:
        for place, each in enumerate(of_one):
            alike.setdefault((len(of_one), place), []).append(each)
    for key, of_all in alike.items():
        free = [gap for gap, crowd in of_all if crowd < FREE_S]
        known[key] = median(free) if len(free) >= LEAST_FREE else min(gap for gap, _ in of_all)

    def waited_s(gap: float, crowd: float, alike_s: float) -> float:
        return gap - crowd if crowd > gap / 2 else min(gap, max(gap - crowd, alike_s))

    return [
        [waited_s(gap, crowd, known[len(of_one), place]) for place, (gap, crowd) in enumerate(of_one)]
        for of_one in gaps
    ]


def _gaps(handling: RequestRecord, slices: Sequence[Slice]) -> list[tuple[float, float]]:
    """(gap before each slice, how long a crowd held the loop at its end), in seconds."""
    loop, at_ns, found = handling.worker.loops.get(handling.lane), handling.begin_ns, []
    for slice_ in slices:
        gap_ns = max(0, slice_.start_ns - at_ns)
        crowd_ns = _crowd_before(loop, slice_.start_ns, at_ns) if loop and gap_ns and slice_.on_loop else 0
        for over_ns, cpu_us in _collected(handling, at_ns, slice_.start_ns) if gap_ns and slice_.on_loop else ():
            if slice_.start_ns - over_ns <= crowd_ns + CONTIGUOUS_NS:
                crowd_ns = max(crowd_ns, slice_.start_ns - max(at_ns, over_ns - cpu_us * 1000))
        found.append((gap_ns / 1e9, crowd_ns / 1e9))
        at_ns = max(at_ns, slice_.end_ns or slice_.start_ns)
    return found


def _collected(handling: RequestRecord, after_ns: int, until_ns: int) -> Sequence[tuple[int, int]]:
    """When its worker had collected all its garbage, in ns, and the CPU of that, in us: of a run there are many, which
    it has told of in their order."""
    over = handling.worker.vitals[Vital.FULL_COLLECTION_US]
    return over[bisect_right(over, after_ns, key=_WHEN) : bisect_right(over, until_ns, key=_WHEN)]


def _crowd_before(loop: Occupancy, until_ns: int, from_ns: int) -> int:
    place, at_ns = bisect_left(loop.starts_ns, until_ns) - 1, until_ns
    while place >= 0 and at_ns > from_ns and at_ns - loop.ends_ns[place] < CONTIGUOUS_NS:
        at_ns = loop.starts_ns[place]
        place -= 1
    return until_ns - max(at_ns, from_ns)


def without_collections(handling: RequestRecord, body: list[Step]) -> list[Step]:
    """Of one in whose own time its worker collected all its garbage: its longest step of CPU is so much shorter."""
    meanwhile = {
        each
        for slice_ in handling.slices
        for each in _collected(handling, slice_.start_ns, slice_.end_ns or handling.end_ns)
    }
    spent_us = sum(cpu_us for _, cpu_us in meanwhile)
    longest = max((s for word, s in body if word == "cpu"), default=0.0)
    if not spent_us or longest < spent_us / 1e6:
        return body
    at = body.index(("cpu", longest))
    return [*body[:at], ("cpu", max(SLIVER_S, longest - spent_us / 1e6)), *body[at + 1 :]]


def merged(steps: Iterable[Step]) -> list[Step]:
    """Equal neighbours are one step, and so is a wait with slivers of CPU in it: a longer wait has no more of these."""
    joined: list[Step] = []
    for word, seconds in steps:
        if seconds <= 0:
            continue
        if joined and joined[-1][0] == word:
            joined[-1] = (word, joined[-1][1] + seconds)
        elif len(joined) > 1 and _is_one_wait(joined[-2], joined[-1], (word, seconds)):
            joined[-2:] = [(word, joined[-2][1] + seconds), joined[-1]]
        else:
            joined.append((word, seconds))
    return joined


def _is_one_wait(before: Step, between: Step, after: Step) -> bool:
    if between[0] != "cpu" or before[0] != after[0]:
        return False
    in_a_look = min(before[1], after[1]) < LOOK_S and between[1] < MOST_OF_A_LOOK_S
    return between[1] < SLIVER_S or in_a_look


# ---- the same requests, with other numbers


def changed(scripts: Scripts, each: Callable[[Script], Script]) -> Scripts:
    """Every script changed so."""
    return {name: [each(script) for script in of_class] for name, of_class in scripts.items()}


def scaled(scripts: Scripts, *, wait: float = 1.0, cpu: float = 1.0) -> Scripts:
    """All that waits, and all that computes, so many times as long."""
    times = {"wait": wait, "hold": wait, "cpu": cpu}
    return changed(scripts, lambda script: tuple((word, s * times.get(word, 1.0)) for word, s in script))


def longer(scripts: Scripts, by_s: float, word: str = "cpu") -> Scripts:
    """Each request computes, or holds its worker or loop, so much longer before it begins.

    Less than nothing: where all CPU is known (`word` is `hold`) so much of it comes after the answer, else it computes
    less all along; down to a part of it.
    """
    if by_s >= 0:
        return changed(scripts, lambda script: (script[0], (word, by_s), *script[1:]))
    if not (whole_s := cpu_of(scripts)):
        return scripts
    part = max(LEAST_CPU, 1 + by_s / whole_s)
    return scaled(scripts, cpu=part) if word == "cpu" else changed(scripts, lambda script: _sooner(script, part))


def _sooner(script: Script, part: float) -> Script:
    done = next((at for at, (word, _) in enumerate(script) if word == "done"), len(script))
    before = tuple((word, s * part if word == "cpu" else s) for word, s in script[:done])
    moved_s = sum(s for word, s in script[:done] if word == "cpu") * (1 - part)
    *after, (last, last_s) = script[done:]
    return (*before, *after, (last, last_s + moved_s))


def with_pool(scripts: Scripts, station: int = 0) -> Scripts:
    """Each request that waits holds a place of the station from its first wait to the end of its last."""

    def of_one(script: Script) -> Script:
        waits = [at for at, (word, s) in enumerate(script) if word in ("wait", "hold") and s >= GAP_S]
        if not waits:
            return script
        first, last = waits[0], waits[-1] + 1
        place = float(station)
        return (*script[:first], ("acq", place), *script[first:last], ("rel", place), *script[last:])

    return changed(scripts, of_one)


NEAR_SHARE, NEAR_S = 0.25, 0.004
"""A step that is a parameter's is as long as it, and a little longer."""


def with_parameter(scripts: Scripts, from_s: float, to_s: float) -> Scripts | None:
    """The scripts with the steps that last `from_s` changed to last `to_s`; None where no request has one.

    A parameter of a view says how long one call takes; which one, its length tells.
    """

    def near(seconds: float) -> bool:
        return from_s * 0.98 <= seconds <= from_s * (1 + NEAR_SHARE) + NEAR_S

    def of_one(script: Script) -> Script:
        return tuple((w, max(0.0, s + to_s - from_s)) if w in TIMES and near(s) else (w, s) for w, s in script)

    after = changed(scripts, of_one)
    return None if all(after[name] == scripts[name] for name in scripts) and to_s != from_s else after
