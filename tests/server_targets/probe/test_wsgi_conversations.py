"""What servers and applications may say to each other over WSGI, generated: recorded alike, and nothing is altered."""

from __future__ import annotations

import contextlib
import gc
import http

from conversations import HEADERS, MANY, Told, outcome, told
from hypothesis import given
from hypothesis import strategies as st
from kinds import KINDS, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.accept import accepted_ns
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, HEADER_WSGI

PORTS = st.one_of(
    st.sampled_from(["4000", " 4000 ", "", "none", "-1", "4e3", None, 4000, 4000.5, b"4000", "\ud800", [], "9" * 5000])
)
STATUSES = st.one_of(
    st.sampled_from(["200 OK", "404", "20", "", "abc def", "2é0 OK", "٢٠٠ OK", "-20 OK", "\ud800", "1e3"]),
    st.sampled_from([None, 200, b"200 OK", http.HTTPStatus.OK, ["2", "0", "0"]]),
)


class Body:
    """Of a page: what it is made of, and what goes wrong with it."""

    def __init__(self, events, *, closes, slotted=False):
        self.events = events
        if closes == "raises":
            self.close = self.raises
        elif closes == "none":
            self.close = None
        elif closes:
            self.close = lambda: events.append("closed")

    def raises(self):
        self.events.append("closed")
        raise Told("in close")

    def __iter__(self):
        self.events.append("iterated")
        yield b"part"


class Refusing(Body):
    """Takes no attribute that it does not know, and says so in its own way."""

    def __setattr__(self, name, value):
        if name == "close" and "close" in self.__dict__:
            raise TypeError("no more")
        super().__setattr__(name, value)


class Unreadable:
    """Whose `close` cannot even be looked at."""

    @property
    def close(self):
        raise Told("of close")

    def __iter__(self):
        return iter([b"part"])


class Sized(Body):
    def __len__(self):
        return 1


def generated(events):
    try:
        yield b"part"
        yield b"more"
    finally:
        events.append("closed")


BODIES = {
    "list": lambda events: [b"part"],
    "empty": lambda events: [],
    "tuple": lambda events: (b"part",),
    "generator": generated,
    "iterator": lambda events: iter([b"part"]),
    "page": lambda events: Body(events, closes=True),
    "page without close": lambda events: Body(events, closes=False),
    "page whose close is None": lambda events: Body(events, closes="none"),
    "page whose close raises": lambda events: Body(events, closes="raises"),
    "sized page": lambda events: Sized(events, closes=True),
    "page that takes no attribute": lambda events: Refusing(events, closes=True),
    "page whose close cannot be looked at": lambda events: Unreadable(),
    "bytes": lambda events: b"ab",
    "nothing": lambda events: None,
}

WSGI_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), STATUSES),
        st.tuples(st.just("start with exc_info"), STATUSES),
        st.tuples(st.just("start by name"), STATUSES),
        st.tuples(st.just("write"), st.none()),
        st.tuples(st.just("start wrongly"), st.none()),
        st.tuples(st.just("raise"), st.sampled_from([Told, KeyboardInterrupt, SystemExit, GeneratorExit])),
    ),
    max_size=4,
)
CLOSINGS = st.sampled_from(["once", "twice", "never", "before reading", "in the midst"])


def wsgi_application(steps, body, events):
    def application(environ, start_response):
        events.append(("called", sorted(map(str, environ))))
        write = None
        for what, of_it in steps:
            with contextlib.suppress(Told, TypeError, AttributeError, UnicodeError, ValueError):
                if what == "start":
                    write = start_response(of_it, [("X", "y")])
                elif what == "start with exc_info":
                    write = start_response(of_it, [], (Told, Told("earlier"), None))
                elif what == "start by name":
                    write = start_response(of_it, [], exc_info=None)
                elif what == "write" and write:
                    events.append(("wrote", write(b"part")))
                elif what == "start wrongly":
                    start_response()
            if what == "raise":
                raise of_it("as it was")
        return BODIES[body](events)

    return application


def wsgi_server(application, environ, events, closing):
    """As servers do it, and as they should not."""

    def start_response(status, headers, exc_info=None):
        events.append(("start", repr(status), headers, exc_info is not None))
        if not isinstance(status, str):
            raise Told("no status")
        return lambda part: events.append(("write", part)) or len(part)

    def serve():
        body = application(environ, start_response)
        close = getattr(body, "close", None)
        if closing == "before reading" and close:
            events.append(outcome(close))
        parts = []
        for part in body:
            parts.append(part)
            if closing == "in the midst" and close:
                events.append(outcome(close))
        if closing in ("once", "twice") and close:
            events.append(outcome(close))
        if closing == "twice" and close:
            events.append(outcome(close))
        return parts, hasattr(body, "__len__") and len(body), close is not None

    came = outcome(serve)
    gc.collect(0)
    return came


def wsgi_conversation(kind, header, port, steps, body, closing, accepted):
    """(what came of it, what both sides saw, what was recorded, whether a slot was left)"""
    environ = {HEADER_WSGI: header, "REMOTE_PORT": port, "PATH_INFO": "/"}
    environ = {name: value for name, value in environ.items() if value is not None}
    events, records = [], []
    application = wsgi_application(steps, body, events)
    accepted_ns.clear()
    if accepted:
        accepted_ns[4000] = 1
    report = None
    if kind:
        report, records = on_list(kind)
        application = report.wsgi(application)
    came = wsgi_server(application, environ, events, closing)
    left = (len(report.lanes.slots), CURRENT.get(), dict(accepted_ns)) if report else None
    CURRENT.set(0)
    accepted_ns.clear()
    return came, events, told(records), left


def with_a_close(came):
    """A body of ours has a `close` where the application's had none; that alone may differ."""
    return came if came[0] == "raised" else (came[0], came[1][:2])


@MANY
@given(HEADERS, PORTS, WSGI_STEPS, st.sampled_from(sorted(BODIES)), CLOSINGS, st.booleans())
def test_wsgi_conversations_are_recorded_alike_and_pass_unaltered(header, port, steps, body, closing, accepted):
    said = (header, port, steps, body, closing, accepted)
    bare, *probed = [wsgi_conversation(kind, *said) for kind in (None, *KINDS)]
    for came, events, records, left in probed:
        assert with_a_close(came) == with_a_close(bare[0])
        ours = [("returned", None)]  # a close that the application did not have
        assert [event for event in events if event not in ours] == [event for event in bare[1] if event not in ours]
        assert records[:1] == probed[0][2][:1]
        assert records == probed[0][2]
        assert left == probed[0][3]
        assert left[0] == 0, "no slot is left"
        begun = sum(name == "BEGIN" for name, *_ in records)
        assert begun == sum(name == "END" for name, *_ in records) == 1
