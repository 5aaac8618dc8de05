"""What servers and applications may say to each other over ASGI, generated: recorded alike, and nothing is altered."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http

import pytest
from conversations import HEADERS, MANY, Told, outcome, told
from hypothesis import given
from hypothesis import strategies as st
from kinds import KINDS, of_requests, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.accept import accepted_ns
from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.request_context import HEADER_ASGI

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
