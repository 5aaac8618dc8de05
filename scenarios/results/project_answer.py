"""What a run says of a project of the user's own: its pages on each server, and whether that server did better."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from asgi_vs_wsgi.scenarios.secret_values import without_secret_values

Told = Literal["confirmed", "cleared", "not reached", "not told"]
Judged = Literal["better", "worse", "same", "not told"]


class NamedHops(Struct, frozen=True):
    """Crossings between the event loop and threads that one middleware, Django, or one function asks for."""

    name: str
    """A middleware as the settings name it, what Django does (`the view`), or the function that runs beyond it."""
    forecast: int | None
    """By the look; None where it knows of no pattern for the page."""
    measured: int
    """By one visit that was followed."""
    lines: list[str] = []
    """Lines of the project's own that asked for it: `shop/views.py:12 page`; at most three."""
    breaks: bool = False
    """Whether it is a middleware that is sync alone around what runs on the loop: it breaks the async chain."""


class PageAtServer(Struct, frozen=True):
    """One page at one target; None: not measured.

    `p50_ms`, `p95_ms` and `hops` are of the round that speaks for the target. What it computes and waits for is of a
    lone request, the quickest of a few: in a crowd the CPU is waited for too. How long it was ready for a processor
    that others on the machine had is no wait of its own: where the kernel does not tell that, no wait is told.
    """

    target: str
    requests: int
    """That were answered with the page."""
    p50_ms: float | None
    p95_ms: float | None
    computes_ms: float | None
    """On the CPU."""
    waits_ms: float | None
    """In the application and not on the CPU: for a database, a network, a lock, a file."""
    hops: float | None
    """Crossings between the event loop and a thread; 0 under WSGI where nothing crosses."""
    hops_by_name: list[NamedHops] | None = None
    """Under ASGI, of one visit after the first ones; None where none was followed, or not all of its crossings."""


class PageAnswer(Struct, frozen=True):
    """One page."""

    name: str
    path: str
    view: str | None
    where: str | None
    hops_forecast: int | None
    """Under ASGI, by the look; None where it knows of no pattern for the path."""
    hops_forecast_is_least: bool
    waits_share: float | None
    """Of the time that it computes or waits alone, at the first target."""
    servers: list[PageAtServer]

    def __post_init__(self) -> None:
        """No result, and no file of one, hands a secret on."""
        force_setattr(self, "path", without_secret_values(self.path))


class Compared(Struct, frozen=True):
    """A figure of one target beside that of the first, over all rounds."""

    figure: str
    target: str
    first: str
    ratio: float | None
    """Of the medians of the rounds; so many times that of the first."""
    low: float | None
    """The least and the most that any two of their rounds say."""
    high: float | None
    judged: Judged


class ServerAnswer(Struct, frozen=True):
    """One target, all pages together: medians of the rounds."""

    target: str
    interface: str
    workers: int
    threads: int
    throughput_rps: float | None
    p95_ms: float | None
    memory_mb: float | None
    """The most that a worker held."""
    threads_peak: int | None
    hops: float | None
    connections_left: int | None
    """To its database, right after the last visitor; None where nobody counts them."""
    not_served: int
    """Visitors without a page, in the round that speaks for it."""


class FindingInRun(Struct, frozen=True):
    """What the run says of a place that was found in the code (`findings` of the look)."""

    file: str
    line: int
    rule: str
    call: str
    status: Told
    words: str
    """What was measured there."""
    target: str | None = None
    """At which; None where that is no one target's."""
    longest_ms: float | None = None
    """For how long it held a loop or a thread at once at most, as looks tell; None where none met it."""
    total_ms: float | None = None


class ThreadStep(Struct, frozen=True):
    """One worker with so many threads."""

    threads: int
    visitors: int
    throughput_rps: float | None
    """The median of the rounds, as p95."""
    low_rps: float | None
    """The least and the most of any round."""
    high_rps: float | None
    p95_ms: float | None
    memory_mb: float | None
    """The most that the worker held."""
    busy: bool
    """Whether other programs took much of the machine meanwhile."""


class ThreadSweep(Struct, frozen=True):
    """How many threads one worker can use."""

    server: str
    steps: list[ThreadStep]
    enough: int | None
    """After which twice as many brought less than a tenth; None where each step brought more, or one failed."""
    stopped: str | None = None
    """Why it did not come to its end."""


class ProjectAnswer(Struct, frozen=True):
    """The whole answer."""

    pages: list[PageAnswer]
    servers: list[ServerAnswer]
    compared: list[Compared]
    at_most: float | None
    """Predicted, not measured: how many times the throughput of the first target's workers could become at most if all
    that its pages wait for were awaited, and cost nothing."""
    rounds: int
    """How many `compared` rests on."""
    words: list[str]
    """The same in sentences."""
    findings: list[FindingInRun] = []
    """Of each place that was found in the code, in the look's order; none in runs that were saved before."""
    thread_sweep: ThreadSweep | None = None
    """None where nobody asked for it."""
