"""Which request the running code belongs to, and the number that a request goes by."""

from __future__ import annotations

import itertools
from contextvars import ContextVar
from typing import Any

from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD

HEADER_NAME = "X-Request-Id"


HEADER_ASGI = HEADER_NAME.lower().encode()


HEADER_WSGI = "HTTP_" + HEADER_NAME.upper().replace("-", "_")


FOLLOW_NAME = "X-Asgi-Vs-Wsgi-Follow"
"""Of a lone request that is to be followed line by line (hooks.line_tracer), or timed (hooks.visit_times)."""
FOLLOW_LINES, FOLLOW_TIMES = "lines", "times"
FOLLOW_ASGI = FOLLOW_NAME.lower().encode()
FOLLOW_WSGI = "HTTP_" + FOLLOW_NAME.upper().replace("-", "_")


CURRENT: ContextVar[int] = ContextVar("asgi_vs_wsgi_request", default=0)
"""The request of this context, 0 outside any."""


FOREIGN_FROM = 0xE000_0000
"""Requests that are not the driver's (a browser's) are numbered from here; a record has 32 bits for the number."""


_FOREIGN_NUMBERS = OWN_THREAD - FOREIGN_FROM - 1


_foreign = itertools.count()


def number_of(header: Any) -> int:
    """The driver's number for a request, or one of our own for a visitor who brings none (or a strange one)."""
    try:
        number = int(header) if header else 0
    except (ValueError, TypeError, OverflowError):
        number = 0
    return number if 0 < number < FOREIGN_FROM else FOREIGN_FROM + 1 + next(_foreign) % _FOREIGN_NUMBERS
