"""Both kinds of reporter, the one in Python and the compiled one: tests hold them to the same."""

from __future__ import annotations

import mmap
from types import SimpleNamespace
from typing import Any

from asgi_vs_wsgi.server_targets.probe.backends import QuickReporter, native, plain_reporter, quick_reporter
from asgi_vs_wsgi.server_targets.probe.recorder import Reporter

KINDS: dict[str, type[Reporter]] = {"python": Reporter, **({} if native is None else {"compiled": QuickReporter})}


def on_ring(kind: str, buffer: mmap.mmap) -> Reporter:
    """A reporter that writes to the ring in `buffer`."""
    return {"python": plain_reporter, "compiled": quick_reporter}[kind](buffer, SimpleNamespace())  # type: ignore[arg-type]


def on_list(kind: str) -> tuple[Reporter, list[tuple[Any, ...]]]:
    """A reporter and what it records: (t_ns, value, request, place)."""
    records: list[tuple[Any, ...]] = []
    return KINDS[kind](lambda *record: records.append(record), SimpleNamespace()), records  # type: ignore[arg-type]


def kind_of(record: tuple[Any, ...]) -> int:
    """A record's Kind."""
    return int(record[3] >> 16 & 0xFF)


def flag_of(record: tuple[Any, ...]) -> int:
    """A record's flag."""
    return int(record[3] >> 24)
