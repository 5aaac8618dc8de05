"""Chrome's trace event format, which opens in the Performance panel of DevTools, in vizviewer and in Perfetto.

A group of tracks is a process there, and each of its rows a thread: groups get numbers that are no process's, workers
keep theirs. Times are microseconds of the monotonic clock, which Chromium's own traces count too.
https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.exports.timeline import Count, Slice, Track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.exports.timeline import Instant, Timeline

NO_PROCESS = 1 << 22
"""The kernel's pids end below (PID_MAX_LIMIT, proc(5))."""
AT_ONCE = 2_000
_NAME = "request"


def chrome_trace(timeline: Timeline) -> Iterator[bytes]:
    """One document, a few thousand events at a time."""
    about = {"program": f"{PROGRAM} {timeline.version}", "scenario": timeline.scenario}
    if timeline.simulated:
        about["simulated"] = "no server has run"
    if timeline.clock_kept:
        about["wall_clock_minus_ts_us"] = str(timeline.wall_offset_ns // 1000)
    head = {"displayTimeUnit": "ms", "otherData": about}
    yield msgspec.json.encode(head)[:-1] + b',"traceEvents":[\n'
    part: list[dict[str, Any]] = []
    before = b""
    for target in timeline.targets:
        rows = Rows()
        for event in target.events():
            part += rows.events(event)
            if len(part) >= AT_ONCE:
                yield before + b",\n".join(map(msgspec.json.encode, part))
                part, before = [], b",\n"
    if part:
        yield before + b",\n".join(map(msgspec.json.encode, part))
    yield b"\n]}\n"


class Rows:
    """Which process and thread each track is."""

    def __init__(self) -> None:
        self._tracks: dict[int, Track] = {}
        self._pids: dict[int, int] = {}
        self._named: Counter[tuple[int, str]] = Counter()

    def leave_out(self, group: Track) -> None:
        """Its tracks are named after it, and nothing is on it itself."""
        self._tracks[group.id] = group

    def events(self, event: Track | Slice | Count | Instant) -> Iterator[dict[str, Any]]:
        """Of one thing on the timeline."""
        match event:
            case Track():
                yield from self._track(event)
            case Slice():
                yield from self._slice(event, self._pids[event.track])
            case Count():
                track = self._tracks[event.track]
                args = {track.unit or "value": event.value}
                yield {
                    "ph": "C",
                    "name": track.name,
                    "pid": self._pids[track.id],
                    "ts": event.at_ns / 1000,
                    "args": args,
                }
            case _:
                pid = self._pids[event.track]
                yield {"ph": "i", "s": "p", "name": event.name, "pid": pid, "tid": 0, "ts": event.at_ns / 1000}

    def _track(self, track: Track) -> Iterator[dict[str, Any]]:
        self._tracks[track.id] = track
        row, name = 0, track.name
        if track.kind in ("group", "process"):
            self._pids[track.id] = pid = track.pid or NO_PROCESS + track.id
            if track.parent:
                name = f"{self._tracks[track.parent].name}: {name}"
        else:
            self._pids[track.id] = pid = self._pids[track.parent]
            row = track.id
        if track.kind == "counter":
            return
        self._named[pid, name] += 1
        if row and (same := self._named[pid, name]) > 1:
            name = f"{name} {same}"
        kind = "thread" if row else "process"
        yield {"ph": "M", "name": f"{kind}_name", "pid": pid, "tid": row, "args": {"name": name}}
        yield {"ph": "M", "name": f"{kind}_sort_index", "pid": pid, "tid": row, "args": {"sort_index": track.id}}

    def _slice(self, each: Slice, pid: int) -> Iterator[dict[str, Any]]:
        at, row = each.start_ns / 1000, each.track
        drawn = {"ph": "X", "name": each.name, "cat": _NAME, "pid": pid, "tid": row, "ts": at}
        drawn["dur"] = (each.end_ns - each.start_ns) / 1000
        if each.args:
            drawn["args"] = each.args
        yield drawn
        if each.flow_out:
            yield {"ph": "s", "id": each.flow_out, "name": _NAME, "cat": _NAME, "pid": pid, "tid": row, "ts": at}
        if each.flow_in:
            drawn = {"ph": "f", "bp": "e", "id": each.flow_in, "name": _NAME, "cat": _NAME}
            yield drawn | {"pid": pid, "tid": row, "ts": at}
        for child in each.children:
            yield from self._slice(child, pid)
