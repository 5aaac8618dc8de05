"""A lab that plays News recorded before, at the seam where the real one would be."""

from __future__ import annotations

from collections.abc import Sequence

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.lab.protocol import Update
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import Scenario


class FakeLink:
    """Hands out one recorded News for each question, then says that it is finished."""

    def __init__(self, news: Sequence[Update] = (), *, dies_after: int | None = None) -> None:
        self._news = list(news)
        self._left: list[Update] = []
        self._dies_after = dies_after
        self.asked = 0
        self.started: list[Options] = []
        self.scenarios: list[Scenario | None] = []
        self.stops = 0
        self.closed = False

    def start(self, options: Options, scenario: Scenario | None = None) -> None:
        self.started.append(options)
        self.scenarios.append(scenario)
        self._left = list(self._news)

    def stop(self) -> None:
        self.stops += 1
        self._left = []

    async def ask(self) -> Update:
        self.asked += 1
        if self._dies_after is not None and self.asked > self._dies_after:
            raise LabError("the lab process was ended by SIGKILL", detail="its last line", hint="run again")
        return self._left.pop(0) if self._left else Update(0)

    async def close(self) -> None:
        self.closed = True


async def no_lab() -> FakeLink:
    raise OSError("there is no lab in this test")


class FakeClock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s
