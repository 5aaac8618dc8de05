"""What a server's beginning and end are to a scenario, as its application answers them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from asgi_vs_wsgi.server_targets.site.lifespan import WithLifespan


class Server:
    """What an ASGI server says and hears of its lifespan."""

    def __init__(self, **scope: Any) -> None:
        self.scope = {"type": "lifespan", **scope}
        self.heard: list[dict[str, Any]] = []
        self.done: list[str] = []

    def live(self, lifespan) -> list[str]:
        stages = iter(("lifespan.startup", "lifespan.shutdown"))

        async def receive():
            return {"type": next(stages)}

        async def send(message):
            self.heard.append(message)
            self.done.append(message["type"].removeprefix("lifespan."))

        asyncio.run(WithLifespan(None, lifespan)(self.scope, receive, send))
        return self.done


@pytest.mark.parametrize("state", [None, {"pool": 1}, {"pool": 1, "more": 2}])
def test_the_scenarios_lifespan_is_around_the_servers(state):
    server = Server(state={"own": 0})

    @asynccontextmanager
    async def lifespan():
        server.done.append("begun")
        yield state
        server.done.append("ended")

    assert server.live(lifespan) == ["begun", "startup.complete", "ended", "shutdown.complete"]
    assert server.scope["state"] == {"own": 0} | (state or {})


@pytest.mark.parametrize("stage", ["startup", "shutdown"])
def test_a_lifespan_that_fails_is_told_at_its_stage(stage, capsys):
    server = Server()

    @asynccontextmanager
    async def lifespan():
        if stage == "startup":
            raise RuntimeError("no pool")
        yield
        raise RuntimeError("no pool")

    assert server.live(lifespan)[-1] == f"{stage}.failed"
    assert server.heard[-1]["message"] == "lifespan() of startup.py raised RuntimeError: no pool"
    assert "no pool" in capsys.readouterr().err


def test_a_state_that_no_request_would_see_is_refused(capsys):
    @asynccontextmanager
    async def lifespan():
        yield {"pool": 1}

    server = Server()
    assert server.live(lifespan) == ["startup.failed"]
    assert "keeps none" in server.heard[0]["message"]


def test_requests_are_the_applications_own():
    async def application(scope, receive, send):
        return scope, receive, send

    given = ({"type": "http"}, object(), object())
    assert asyncio.run(WithLifespan(application, None)(*given)) == given
