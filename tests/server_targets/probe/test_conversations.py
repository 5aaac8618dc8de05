"""What servers and applications may say to each other, generated: both probes record it alike and alter nothing.

A conversation is run three times: without a probe, with the one in Python and with the compiled one. What the server
and the application see is the same in all three; what is recorded is the same in both probes, but for its times.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import KINDS, flag_of, kind_of, of_requests, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.accept import accepted_ns
from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOREIGN_FROM, HEADER_ASGI, HEADER_WSGI

MANY = settings(max_examples=int(os.environ.get("ASGI_VS_WSGI_EXAMPLES", "40")), deadline=None)


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


# ---- WSGI

HEADERS = st.one_of(
    st.none(),
    st.integers(-10, 10).map(str),
    st.integers(FOREIGN_FROM - 2, FOREIGN_FROM + 2).map(str),
    st.integers(1, 20).map(lambda size: "9" * size),
    st.sampled_from(["9" * 5000, "0" * 30 + "7", "+7", " 7 ", "1_0", "٧", "7.0", "0x7", "\ud800", "", "sieben"]),
    st.sampled_from([b"7", b"\xff", 7, -7, 1e400, 3.7, [], object, True]),
)
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


# ---- ASGI

MESSAGES = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("http.response.start")},
        optional={
            "status": st.sampled_from(
                [200, 404, 0, -1, 1 << 70, 1 << 40, "200", None, True, http.HTTPStatus.OK, 2.5, []]
            )
        },
    ),
    st.just({"type": "http.response.body", "body": b"part"}),
    st.sampled_from([{}, {"type": None}, {"type": b"http.response.start"}, {"type": ["x"]}, [], None, 7, "type"]),
)
ASGI_STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["send", "send by name", "send without awaiting"]), MESSAGES),
        st.tuples(st.just("send wrongly"), st.none()),
        st.tuples(st.sampled_from(["sleep", "receive", "task", "gather"]), st.none()),
        st.tuples(st.just("raise"), st.sampled_from([Told, asyncio.CancelledError, GeneratorExit])),
    ),
    max_size=5,
)
SHAPES = st.sampled_from(["coroutine", "awaitable", "future", "raises at once", "returns nothing", "object"])
SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "headers": st.one_of(
            st.lists(st.tuples(st.sampled_from([b"host", HEADER_ASGI, "x-request-id"]), HEADERS), max_size=3),
            st.sampled_from([(), None, ((HEADER_ASGI, b"8"),)]),
        ),
        "client": st.sampled_from([None, ("127.0.0.1", 4000), ["::1", 4000], ("", None), (), ("unix",)]),
    },
)
ENDS = st.sampled_from(["awaited", "cancelled at once", "cancelled later", "closed at once", "dropped", "closed later"])


class Awaitable:
    def __init__(self, coroutine):
        self.coroutine = coroutine

    def __await__(self):
        return self.coroutine.__await__()


def asgi_application(steps, shape, events, kept):
    async def serving(scope, receive, send):
        for what, of_it in steps:
            try:
                if what == "send":
                    events.append(("sent", await send(of_it)))
                elif what == "send by name":
                    events.append(("sent", await send(message=of_it)))
                elif what == "send without awaiting":
                    send(of_it).close()
                elif what == "send wrongly":
                    await send()
                elif what == "sleep":
                    await asyncio.sleep(0)
                elif what == "receive":
                    events.append(("received", await receive()))
                elif what == "task":
                    events.append(("task", await asyncio.create_task(asyncio.sleep(0, "done"))))
                elif what == "gather":
                    events.append(("gathered", await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))))
            except (Told, TypeError, AttributeError) as error:
                events.append(("error", type(error).__name__))
            if what == "raise":
                raise of_it("as it was")
        kept.append(send)
        return "its value"

    def application(scope, receive, send):
        events.append(("called", sorted(scope)))
        if shape == "raises at once":
            raise Told("at once")
        if shape == "returns nothing":
            return None
        coroutine = serving(scope, receive, send)
        if shape == "awaitable":
            return Awaitable(coroutine)
        if shape == "future":
            return asyncio.ensure_future(coroutine)
        return coroutine

    if shape == "object":
        return type("Application", (), {"__call__": staticmethod(application)})()
    return application


def asgi_conversation(kind, scope, steps, shape, end):
    events, records, kept = [], [], []
    application = asgi_application(steps, shape, events, kept)
    scope = {"type": "http", **scope}
    report = None
    if kind:
        report, records = on_list(kind)
        application = ProbedAsgi(application, report)

    async def send(message):
        events.append(("server got", repr(message)))
        if not isinstance(message, dict):
            raise Told("no message")
        return len(message)

    async def receive():
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def server():
        async def handle():
            return await application(scope, receive, send)

        if end in ("closed at once", "dropped", "closed later"):
            with contextlib.suppress(Told):
                steps_of_it = application(scope, receive, send)
                if end == "closed later" and hasattr(steps_of_it, "send"):
                    with contextlib.suppress(StopIteration, Told, asyncio.CancelledError, GeneratorExit, TypeError):
                        steps_of_it.send(None)
                if end != "dropped" and hasattr(steps_of_it, "close"):
                    steps_of_it.close()
                del steps_of_it
            return "let go"
        task = asyncio.ensure_future(handle())
        if end == "cancelled at once":
            task.cancel()
        elif end == "cancelled later":
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
        (came,) = await asyncio.gather(task, return_exceptions=True)
        for late in kept:  # after the end: the server says what is wrong with that
            length = await late({"type": "http.response.start", "status": 500})
            events.append(("late", length))
        return repr(came)

    accepted_ns.clear()
    accepted_ns[4000] = 1
    came = outcome(lambda: asyncio.run(server()))
    gc.collect(0)
    left = (len(accepted_ns), len(report.lanes.slots)) if report else None
    accepted_ns.clear()
    return came, events, told(of_requests(records)), left


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@MANY
@given(SCOPES, ASGI_STEPS, SHAPES, ENDS)
def test_asgi_conversations_are_recorded_alike_and_pass_unaltered(scope, steps, shape, end):
    bare, *probed = [asgi_conversation(kind, scope, steps, shape, end) for kind in (None, *KINDS)]
    for came, events, records, left in probed:
        if end.startswith(("awaited", "cancelled")):
            assert came == bare[0]
            assert events == bare[1]
        assert events == probed[0][1]
        assert records == probed[0][2]
        assert left == probed[0][3]
        begun = sum(name == "BEGIN" for name, *_ in records)
        assert begun == sum(name == "END" for name, *_ in records)
        assert begun == 1 or end == "cancelled at once"
