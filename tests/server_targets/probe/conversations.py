"""What both kinds of generated conversations are compared by.

A conversation is run three times: without a probe, with the one in Python and with the compiled one. What the server
and the application see is the same in all three; what is recorded is the same in both probes, but for its times.
"""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st
from kinds import flag_of, kind_of

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.server_targets.probe.request_context import FOREIGN_FROM

MANY = settings(max_examples=int(os.environ.get("ASGI_VS_WSGI_EXAMPLES", "40")), deadline=None)
HEADERS = st.one_of(
    st.none(),
    st.integers(-10, 10).map(str),
    st.integers(FOREIGN_FROM - 2, FOREIGN_FROM + 2).map(str),
    st.integers(1, 20).map(lambda size: "9" * size),
    st.sampled_from(["9" * 5000, "0" * 30 + "7", "+7", " 7 ", "1_0", "٧", "7.0", "0x7", "\ud800", "", "sieben"]),
    st.sampled_from([b"7", b"\xff", 7, -7, 1e400, 3.7, [], object, True]),
)


def told(records):
    """What can be compared: kind, flag, lane, whose request, and the value where it is no time."""
    return [
        (
            Kind(kind_of(record)).name,
            flag_of(record),
            record[3] & 0xFFFF,
            "another's" if record[2] >= FOREIGN_FROM else record[2],
            record[1] if kind_of(record) == Kind.RESPONSE_START else None,
        )
        for record in records
        if kind_of(record) != Kind.LOOP_LATE
    ]


class Told(Exception):
    """An application's or a server's own."""


def outcome(call):
    """What came of it: a value, or an error as words."""
    try:
        return "returned", call()
    except BaseException as error:
        return "raised", type(error).__name__, str(error)
