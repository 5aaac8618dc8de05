"""Reads a worker's ring file (asgi_vs_wsgi.server_targets.probe.protocol.ring) while the worker writes it."""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD_BYTES
from asgi_vs_wsgi.server_targets.probe.protocol.ring import HEADER, HEADER_BYTES, MAGIC

if TYPE_CHECKING:
    from pathlib import Path

_WORDS = RECORD_BYTES // 8
_SEQ_WORD = _WORDS - 1
_MOST_UNFILLED = 1024


class RingReader:
    """Follows one ring; `read` returns what is new, `lost` counts what was overwritten before it was read."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self._map = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        magic, record_bytes, self._capacity = HEADER.unpack_from(self._map, 0)
        if magic != MAGIC or record_bytes != RECORD_BYTES:
            raise ValueError(f"{path} is no ring file of this version")
        self._bytes = memoryview(self._map)[HEADER_BYTES:]
        self._words = self._bytes.cast("Q")
        self._next = 1
        """Number, never wrapped, of the record that is to be read next."""
        self.lost = 0

    def read(self) -> bytes:
        """Whole records in the order in which they were drawn; empty when there is nothing new."""
        parts: list[bytes] = []
        before = 0
        while before != self._next:  # a lap of the writer moves it too, and hands out nothing by itself
            before = self._next
            parts.append(self._run())
        return b"".join(parts)

    def read_last(self) -> bytes:
        """As `read`, for a writer that is dead: a slot that it drew and never filled is lost, not awaited."""
        parts = [self.read()]
        while hole := self._hole():
            self.lost += hole
            self._next += hole
            parts.append(self.read())
        return b"".join(parts)

    def _hole(self) -> int:
        """How many slots are missing before the next filled one; 0 when none follows (each thread draws one)."""
        for ahead in range(1, _MOST_UNFILLED):
            if self._seq((self._next + ahead) % self._capacity) == self._next + ahead:
                return ahead
        return 0

    def _run(self) -> bytes:
        """The records ready between the cursor and the end of the ring."""
        slot = self._next % self._capacity
        ready = self._ready(slot)
        data = bytes(self._bytes[slot * RECORD_BYTES : (slot + ready) * RECORD_BYTES])
        if ready and self._seq(slot) != self._next:
            return self._lapped()  # the writer came round while we copied
        self._next += ready
        return data

    def _ready(self, slot: int) -> int:
        """How many records from `slot` on carry the number that is expected there."""
        step = 256
        ready = 0
        while slot + ready < self._capacity:
            until = min(slot + ready + step, self._capacity)
            found = self._words[(slot + ready) * _WORDS + _SEQ_WORD : until * _WORDS : _WORDS].tolist()
            first = self._next + ready
            if found != list(range(first, first + len(found))):
                return ready + self._matching(found, first)
            ready += len(found)
            step *= 2
        return ready

    def _matching(self, found: list[int], first: int) -> int:
        for index, seq in enumerate(found):
            if seq != first + index:
                if seq > first + index:
                    self._skip_lap(seq, first + index)
                return index
        return len(found)

    def _skip_lap(self, seq: int, expected: int) -> None:
        """A number beyond the expected one: the writer is a lap ahead, and what lay here is gone."""
        if expected == self._next:  # nothing before it is still to be handed out
            self.lost += seq - expected
            self._next = seq

    def _lapped(self) -> bytes:
        slot = self._next % self._capacity
        seq = self._seq(slot)
        self.lost += seq - self._next
        self._next = seq
        return b""

    def _seq(self, slot: int) -> int:
        return int(self._words[slot * _WORDS + _SEQ_WORD])

    def close(self) -> None:
        """Let go of the mapping."""
        self._words.release()
        self._bytes.release()
        self._map.close()
