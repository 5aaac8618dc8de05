"""The slow and plain way to tell awaiting from stalled, which sums and drawings are compared with."""

from __future__ import annotations

from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
from asgi_vs_wsgi.scenarios.trace.states import Span, State


def settle(spans: list[Span], handling: RequestRecord | None) -> Iterator[Span]:
    """The same spans with every suspension divided into awaiting and, where its loop was held, stalled."""
    loop = handling.worker.loops.get(handling.lane) if handling else None
    for span in spans:
        if span.state is not State.AWAITING or loop is None:
            yield span
            continue
        at_ns = span.start_ns
        for index in loop.steps_between(span.start_ns, span.end_ns):
            held_from = max(loop.starts_ns[index], at_ns)
            held_to = min(loop.ends_ns[index], span.end_ns)
            if held_from > at_ns:
                yield Span(State.AWAITING, at_ns, held_from)
            if held_to > held_from:
                yield Span(State.STALLED, held_from, held_to)
            at_ns = max(at_ns, held_to)
        if loop.open_since_ns and loop.open_since_ns < span.end_ns:
            held_from = max(at_ns, loop.open_since_ns)
            if held_from > at_ns:
                yield Span(State.AWAITING, at_ns, held_from)
            yield Span(State.STALLED, held_from, span.end_ns)
        elif span.end_ns > at_ns:
            yield Span(State.AWAITING, at_ns, span.end_ns)
