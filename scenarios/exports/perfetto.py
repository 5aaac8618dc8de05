"""Perfetto's own format, TrackEvent packets in protobuf, which ui.perfetto.dev and the trace processor open.

    Trace ── TracePacket(1)… ── clock_snapshot(6)      the monotonic clock, and the wall's where the run kept it
                             ├─ track_descriptor(60)   name, parent, order among its siblings
                             ├─ interned_data(12)      names, told once and then meant by their numbers
                             └─ timestamp(8) track_event(11)   begin, end, instant or counter

The few messages that are needed are written by hand: https://perfetto.dev/docs/reference/trace-packet-proto. Numbers
in parentheses are fields. What repeats is put together once, and times have a fixed width, since a trace of 20,000
requests has a million packets.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.exports.timeline import Count, Slice, Track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.exports.timeline import Args, Event, Timeline

REALTIME, MONOTONIC = 1, 3
EXPLICIT_ORDER = 3
CLEARED, NEEDS_STATE = 1, 2
"""Flags of a sequence: it begins, and it refers to interned names."""
BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
PART_BYTES = 1_000_000
_UUID = 1 << 40
_TIME_BYTES = 10
_64_BITS = (1 << 64) - 1


def perfetto(timeline: Timeline) -> Iterator[bytes]:
    """The trace, a megabyte at a time."""
    packets = _Packets(timeline)
    for target in timeline.targets:
        for event in target.events():
            packets.add(event)
            if len(packets.out) > PART_BYTES:
                yield packets.taken()
    yield packets.taken()


class _Packets:
    """What has been written and not been taken yet."""

    def __init__(self, timeline: Timeline) -> None:
        self.out = bytearray()
        self._names: dict[str, int] = {}
        self._keys: dict[str, int] = {}
        self._begins: dict[tuple[int, str], tuple[bytes, bytes, bytes]] = {}
        """Track and name to what stands before the time and after it, and to the event alone, to be added to."""
        self._ends: dict[int, tuple[bytes, bytes]] = {}
        self._low = [bytes((bits & 127 | 128, bits >> 7 | 128)) for bits in range(1 << 14)]
        """Fourteen bits as two bytes of a varint that goes on."""
        self._upper: dict[int, bytes] = {}
        self._packet(_number(13, CLEARED) + self._clocks(timeline))

    def taken(self) -> bytes:
        """All of it, once."""
        data, self.out = bytes(self.out), bytearray()
        return data

    def add(self, event: Event) -> None:
        """One thing on the timeline; tracks come before what is on them."""
        if isinstance(event, Slice):
            self._slice(event)
        elif isinstance(event, Count):
            value = event.value
            told = b"\xe1\x02" + struct.pack("<d", value) if isinstance(value, float) else _number(30, value)
            self._timed(event.at_ns, _number(9, COUNTER) + _number(11, _UUID + event.track) + told)
        elif isinstance(event, Track):
            self._track(event)
        else:
            self._timed(event.at_ns, _number(9, INSTANT) + _number(11, _UUID + event.track) + _text(23, event.name))

    def _clocks(self, timeline: Timeline) -> bytes:
        """One moment on both clocks; without one, times are the trace's own, and a clock's name would lose them."""
        if not timeline.clock_kept:
            return b""
        at_ns = min((target.start_ns for target in timeline.targets), default=0)
        monotonic = _number(1, MONOTONIC) + _number(2, at_ns)
        wall = _number(1, REALTIME) + _number(2, timeline.wall_ns(at_ns))
        return _message(6, _message(1, monotonic) + _message(1, wall) + _number(2, MONOTONIC))

    def _track(self, track: Track) -> None:
        told = _number(1, _UUID + track.id) + _text(2, track.name) + _number(12, track.id)
        if track.parent:
            told += _number(5, _UUID + track.parent)
        if track.kind == "counter":
            told += _message(8, _text(6, track.unit) if track.unit else b"")
        elif track.kind != "slices":
            told += _number(11, EXPLICIT_ORDER)
        if track.about:
            told += _text(14, track.about)
        self._packet(_message(60, told))

    def _slice(self, each: Slice) -> None:
        """Begin, what is inside, end: on one track that is the order that a reader nests by."""
        before, after, event = self._begins.get((each.track, each.name)) or self._begin(each.track, each.name)
        if each.args or each.flow_out or each.flow_in:
            self._timed(each.start_ns, event + self._details(each))
        else:
            self.out += before + self._time(each.start_ns) + after
        for child in each.children:
            self._slice(child)
        before, after = self._ends.get(each.track) or self._end(each.track)
        self.out += before + self._time(each.end_ns) + after

    def _begin(self, track: int, name: str) -> tuple[bytes, bytes, bytes]:
        event = _number(9, BEGIN) + _number(11, _UUID + track) + _number(10, self._interned(self._names, 2, name))
        self._begins[track, name] = known = (*self._around(event), event)
        return known

    def _end(self, track: int) -> tuple[bytes, bytes]:
        self._ends[track] = known = self._around(_number(9, END) + _number(11, _UUID + track))
        return known

    def _details(self, each: Slice) -> bytes:
        told = self._annotations(each.args) if each.args else b""
        if each.flow_out:
            told += b"\xf9\x02" + struct.pack("<Q", each.flow_out)  # flow_ids(47)
        if each.flow_in:
            told += b"\x81\x03" + struct.pack("<Q", each.flow_in)  # terminating_flow_ids(48)
        return told

    def _annotations(self, args: Args) -> bytes:
        told = b""
        for key, value in args.items():
            name = _number(1, self._keys.get(key) or self._interned(self._keys, 3, key))
            if isinstance(value, str):
                told += _message(4, name + _text(6, value))
            elif isinstance(value, float):
                told += _message(4, name + b"\x29" + struct.pack("<d", value))
            else:
                told += _message(4, name + _number(4, value))
        return told

    def _interned(self, known: dict[str, int], kind: int, words: str) -> int:
        """The number of a name, which is told when it is first drawn."""
        number = known.get(words)
        if number is None:
            number = known[words] = len(known) + 1
            self._packet(_message(12, _message(kind, _number(1, number) + _text(2, words))))
        return number

    def _timed(self, at_ns: int, event: bytes) -> None:
        before, after = self._around(event)
        self.out += before + self._time(at_ns) + after

    def _around(self, event: bytes) -> tuple[bytes, bytes]:
        """What stands before the time of a packet, and after it."""
        after = _message(11, event) + _SEQUENCE + _number(13, NEEDS_STATE)
        return b"\x0a" + _varint(1 + _TIME_BYTES + len(after)) + b"\x40", after

    def _time(self, at_ns: int) -> bytes:
        """A varint of ten bytes, whatever its value: as many as 64 bits may take. The upper ones hardly change."""
        upper = self._upper.get(at_ns >> 28)
        if upper is None:
            left = [at_ns >> shift & 127 | 128 for shift in range(28, 63, 7)]
            upper = self._upper[at_ns >> 28] = bytes((*left, at_ns >> 63 & 1))
        return self._low[at_ns & 16383] + self._low[at_ns >> 14 & 16383] + upper

    def _packet(self, told: bytes) -> None:
        data = told + _SEQUENCE
        self.out += b"\x0a" + _varint(len(data)) + data


@lru_cache(maxsize=1 << 16)
def _varint(number: int) -> bytes:
    """Of a whole number; one below zero takes ten bytes, as protobuf writes it."""
    number &= _64_BITS
    if number < 128:
        return bytes((number,))
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _message(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _text(field: int, words: str) -> bytes:
    return _message(field, words.encode())


_SEQUENCE = _number(10, 1)
"""All packets are of one writer."""
