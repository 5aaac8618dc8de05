"""Both kinds of recorder, the one in Python and the compiled one: tests hold them to the same."""

from __future__ import annotations

import mmap
from types import SimpleNamespace
from typing import Any

from asgi_vs_wsgi.server_targets.probe.backends import (
    NativeRecorder,
    PythonRecorder,
    native,
    native_recorder,
    python_recorder,
)
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK
from asgi_vs_wsgi.server_targets.probe.recorder import Recorder

KINDS: dict[str, type[PythonRecorder]] = {
    "python": PythonRecorder,
    **({} if native is None else {"compiled": NativeRecorder}),
}


def on_ring(kind: str, buffer: mmap.mmap) -> Recorder:
    """A recorder that writes to the ring in `buffer`."""
    return {"python": python_recorder, "compiled": native_recorder}[kind](buffer, SimpleNamespace())  # type: ignore[arg-type]


def on_list(kind: str) -> tuple[Recorder, list[tuple[Any, ...]]]:
    """A recorder and what it records: (t_ns, value, request, place)."""
    records: list[tuple[Any, ...]] = []
    return KINDS[kind](lambda *record: records.append(record), SimpleNamespace()), records  # type: ignore[arg-type]


def of_requests(records: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without those of the loop's own work, of which a busy machine makes some anywhere."""
    return [record for record in records if record[2] != OWN_WORK]


def kind_of(record: tuple[Any, ...]) -> int:
    """A record's Kind."""
    return int(record[3] >> 16 & 0xFF)


def lane_of(record: tuple[Any, ...]) -> int:
    """A record's lane."""
    return int(record[3] & 0xFFFF)


def flag_of(record: tuple[Any, ...]) -> int:
    """A record's flag."""
    return int(record[3] >> 24)
