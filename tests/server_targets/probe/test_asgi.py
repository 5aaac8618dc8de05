"""An ASGI request under the probe: what is recorded of its beginning, response and end."""

from __future__ import annotations

import asyncio

import pytest
from kinds import KINDS, flag_of, kind_of, of_requests, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol.records import Ending, Kind, Vital
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOREIGN_FROM, HEADER_ASGI

pytestmark = pytest.mark.parametrize("kind", KINDS)
SCOPE = {"type": "http", "headers": [(b"host", b"x"), (HEADER_ASGI, b"7")], "client": ["127.0.0.1", 4000]}


async def page(scope, receive, send):
    assert CURRENT.get() == 7
    await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})
    return "what it returned"


async def nothing_received():
    return {"type": "http.disconnect"}


def served(kind, application, scope=SCOPE, during=None):
    """(what came of it, records of the request, messages sent); the heartbeat's are left out."""
    report, records = on_list(kind)
    sent = []

    async def send(message):
        sent.append(message)

    async def server():
        async def handle():
            return await ProbedAsgi(application, report)(scope, nothing_received, send)

        task = asyncio.ensure_future(handle())
        if during:
            await during(task)
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        assert CURRENT.get() == 0
        return outcome

    outcome = asyncio.run(server())
    return outcome, [record for record in records if record[2] == 7], sent


def ends(records):
    return [flag_of(record) for record in records if kind_of(record) == Kind.END]


@pytest.mark.parametrize("number", [1, (1 << 31) - 1, 1 << 31, FOREIGN_FROM - 1])
def test_every_number_that_the_driver_may_deal_is_recorded_as_it_is(kind, number):
    report, records = on_list(kind)

    async def knows(scope, receive, send):
        assert CURRENT.get() == number
        await asyncio.sleep(0)

    async def server():
        await ProbedAsgi(knows, report)({**SCOPE, "headers": [(HEADER_ASGI, b"%d" % number)]}, None, None)

    asyncio.run(server())
    numbers = {record[2] for record in of_requests(records) if kind_of(record) in (Kind.BEGIN, Kind.STEP, Kind.END)}
    assert numbers == {number}


def test_begin_steps_response_and_end_are_recorded_in_their_order(kind):
    outcome, records, sent = served(kind, page)
    assert outcome == "what it returned"
    assert [kind_of(record) for record in records] == [
        *(Kind.BEGIN, Kind.STEP, Kind.RESPONSE_START, Kind.END, Kind.STEP),
    ]
    assert records[2][1] == 404
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert ends(records) == [Ending.RETURNED]


def test_an_application_that_raises_ends_as_raised(kind):
    async def application(scope, receive, send):
        await asyncio.sleep(0)
        raise LookupError("as it was")

    outcome, records, _ = served(kind, application)
    assert repr(outcome) == repr(LookupError("as it was"))
    assert ends(records) == [Ending.RAISED]


def test_a_call_that_raises_before_there_is_a_coroutine_ends_as_raised(kind):
    def application(scope, receive, send):
        raise LookupError("as it was")

    outcome, records, _ = served(kind, application)
    assert repr(outcome) == repr(LookupError("as it was"))
    assert ends(records) == [Ending.RAISED]


def test_a_cancelled_request_ends_as_cancelled(kind):
    begun = asyncio.Event()

    async def application(scope, receive, send):
        begun.set()
        await asyncio.Event().wait()

    async def hang_up(task):
        await begun.wait()
        task.cancel()

    outcome, records, _ = served(kind, application, during=hang_up)
    assert isinstance(outcome, asyncio.CancelledError)
    assert ends(records) == [Ending.CANCELLED]


def test_what_can_only_be_awaited_is_an_application_too(kind):
    class Awaitable:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return "what it returned"

    outcome, records, _ = served(kind, lambda scope, receive, send: Awaitable())
    assert outcome == "what it returned"
    assert ends(records) == [Ending.RETURNED]


def test_what_is_not_http_passes_untouched(kind):
    async def application(scope, receive, send):
        return scope["type"], send

    outcome, records, _ = served(kind, application, scope={"type": "lifespan"})
    assert outcome[0] == "lifespan"
    assert not records


def test_a_request_that_the_server_forgets_half_way_has_ended(kind):
    report, records = on_list(kind)

    async def application(scope, receive, send):
        await asyncio.Event().wait()

    async def server():
        steps = ProbedAsgi(application, report)(SCOPE, nothing_received, None)
        steps.__await__().send(None)
        steps.close()  # type: ignore[attr-defined]

    asyncio.run(server())
    assert ends(record for record in records if record[2] == 7) == [Ending.RAISED]


@pytest.mark.parametrize("many", [1, 2, 5])
def test_websockets_are_counted_and_passed_untouched(kind, many):
    """As is the lifespan, which is not counted."""
    report, records = on_list(kind)
    seen = []

    async def application(scope, receive, send):
        seen.append((scope, receive, send))

    async def server():
        probed = ProbedAsgi(application, report)
        for scope in given:
            await probed(scope, nothing_received, print)

    socket = {"type": "websocket", "headers": [(HEADER_ASGI, b"7")]}
    given: list[dict] = [{"type": "lifespan"}, *(dict(socket) for _ in range(many))]
    asyncio.run(server())
    assert [scope for scope, _, _ in seen] == given
    assert all(scope is mine for (scope, _, _), mine in zip(seen, given, strict=True))
    assert {(receive, send) for _, receive, send in seen} == {(nothing_received, print)}
    counted = [record for record in records if (kind_of(record), flag_of(record)) == (Kind.VITAL, Vital.WEBSOCKETS)]
    assert [(value, request) for _, value, request, _ in counted] == [(1, 0)] * many
    assert not [record for record in records if kind_of(record) in (Kind.BEGIN, Kind.END)]
