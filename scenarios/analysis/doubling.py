"""What the law that a target kept in a run says of twice its workers, or of twice the threads that a worker has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import LawResult, TargetResult

BY_SLOTS = ("one-per-worker", "one-per-thread")


class Doubled(NamedTuple):
    """What there would be twice as many of, and how long all would then have taken."""

    what: str
    makespan_s: float


def if_doubled(figures: TargetResult) -> Doubled | None:
    """With twice the workers, or the threads that a worker has; None where no law of these was confirmed here."""
    law = figures.law
    if law is None or not law.holds or law.name not in BY_SLOTS:
        return None
    now = _confirmed(figures, law)
    what = "threads" if law.name == "one-per-thread" else "workers"
    makespan_s = LAWS[law.name](replace(now, **{what: 2 * getattr(now, what)}))
    return None if makespan_s is None else Doubled(what, makespan_s)


def _confirmed(figures: TargetResult, law: LawResult) -> Premises:
    """The premises from which the result's law has predicted."""
    cores, cpu_s = law.cores or 1.0, law.cpu_s or 0.0
    planned = figures.requests.planned
    return Premises(planned, figures.workers, figures.threads, cores, law.service_s, cpu_s, law.busiest)
