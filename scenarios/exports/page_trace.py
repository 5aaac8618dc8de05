"""What a browser recorded of a page, with the server's workers as tracks beside the page's own: one clock, no guess.

Chromium's trace clock is CLOCK_MONOTONIC, as that of our records is. Each viewer is told of the workers in its own way,
for neither draws the other's:

    Perfetto, vizviewer             processes with threads and counters, as in chrome_trace
    DevTools' Performance panel     TimeStamp events, as of console.timeStamp(label, start, end, track, group, colour)

https://developer.chrome.com/docs/devtools/performance/extension#inject_your_data_with_consoletimestamp
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.exports.chrome_trace import AT_ONCE, NO_PROCESS, Rows
from asgi_vs_wsgi.scenarios.exports.timeline import Count, Slice, Track
from asgi_vs_wsgi.scenarios.exports.tracks import BROWSER
from asgi_vs_wsgi.scenarios.results.browser import TraceEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.exports.timeline import Event, PageRecording, Timeline

COLOURS = {
    "running": "secondary",
    "blocked": "error",
    "stalled": "warning",
    "awaiting": "primary-light",
    "sending": "secondary-light",
}
"""Of the panel's own palette, which has no others."""
OWN, OTHERS = "primary-dark", "tertiary-light"
"""A request of the browser's, and one of those who came beside it."""
FOR_DEVTOOLS = {"cat": "devtools.timeline", "name": "TimeStamp", "ph": "I", "s": "t", "pid": NO_PROCESS, "tid": 1}


def page_trace(timeline: Timeline) -> Iterator[bytes]:
    """One document; BadInput where no browser recorded anything."""
    (target,) = timeline.targets
    if target.page is None:
        told = f"{target.name}: no browser recorded a trace in this run"
        raise BadInput(told, hint=f"`{PROGRAM} browse {timeline.scenario} --save FILE` has one do so")
    about = {"program": f"{PROGRAM} {timeline.version}", "scenario": timeline.scenario, "target": target.label}
    if not target.page.whole:
        about["cut_off"] = "the browser had no room for more events"
    head = msgspec.json.encode({"displayTimeUnit": "ms", "otherData": about})
    own = target.page.events.strip()[1:-1].strip()
    yield head[:-1] + b',"traceEvents":[\n' + own
    before, part = b",\n" * bool(own), []
    for event in _drawn(target.page, target.label):
        part.append(msgspec.json.encode(event))
        if len(part) >= AT_ONCE:
            yield before + b",\n".join(part)
            before, part = b",\n", []
    yield (before if part else b"") + b",\n".join(part) + b"\n]}\n"


def _drawn(page: PageRecording, label: str) -> Iterator[dict[str, Any]]:
    first_ns, last_ns = _window_ns(page.events)
    rows, tracks = Rows(), dict[int, Track]()
    name = {"name": "thread_name", "ph": "M", "pid": NO_PROCESS, "tid": 1, "args": {"name": "for DevTools"}}
    yield name | {"name": "process_name"}
    yield name
    for event in page.workers():
        if isinstance(event, Track):
            tracks[event.id] = event
            if event.parent:
                yield from rows.events(event)
            else:
                rows.leave_out(event)
        elif _overlaps(event, first_ns, last_ns):
            yield from rows.events(event)
            if isinstance(event, Slice):
                track = tracks[event.track]
                yield from _for_devtools(event, f"{tracks[track.parent].name}, {track.name}", f"{label}: the server", 0)


def _window_ns(events: bytes) -> tuple[int, int]:
    """From the browser's first event to its last: what the workers did before or after is none of it."""
    at = [each for each in msgspec.json.decode(events, type=list[TraceEvent]) if each.ph != "M" and each.ts]
    first_us, last_us = min((e.ts for e in at), default=0), max((e.ts + e.dur for e in at), default=0)
    return round(first_us * 1000), round(last_us * 1000)


def _overlaps(event: Event, first_ns: int, last_ns: int) -> bool:
    match event:
        case Slice():
            return event.end_ns > first_ns and event.start_ns < last_ns
        case Count():
            return first_ns <= event.at_ns <= last_ns
    return not isinstance(event, Track) and first_ns <= event.at_ns <= last_ns


def _for_devtools(each: Slice, track: str, group: str, depth: int) -> Iterator[dict[str, Any]]:
    start, end, args = each.start_ns / 1000, each.end_ns / 1000, each.args or {}
    name = f"{each.name} · {args['at']}" if "at" in args else each.name
    colour = COLOURS.get(each.name) if depth else OWN if each.name.endswith(f"({BROWSER})") else OTHERS
    data = {"name": name, "message": name, "start": start, "end": end, "track": track, "trackGroup": group}
    yield FOR_DEVTOOLS | {"ts": start, "args": {"data": data | {"color": colour or OTHERS}}}
    for child in each.children:
        yield from _for_devtools(child, track, group, depth + 1)
