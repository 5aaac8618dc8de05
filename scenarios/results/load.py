"""The load as it was run."""

from __future__ import annotations

from msgspec import Struct

from asgi_vs_wsgi.scenarios.model.scenario import Load


class LoadResult(Struct, frozen=True):
    """The load as it was run; `loop` is open or closed."""

    arrivals: str
    loop: str
    requests: int | None
    concurrency: int | None
    rate: float | None
    duration_s: float | None
    seed: int
    timeout_s: float
    keep_alive: bool

    @classmethod
    def of(cls, load: Load) -> LoadResult:
        """The checked load, with the kind of its arrivals spelt out."""
        return cls(
            load.arrivals,
            "closed" if load.arrivals == "closed" else "open",
            load.requests,
            load.concurrency,
            load.rate,
            load.duration_s,
            load.seed,
            load.timeout_s,
            load.keep_alive,
        )
