"""What the law that a target kept in this run says of twice its workers, or of twice its threads where it has some."""

from __future__ import annotations

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises
from asgi_vs_wsgi.scenarios.results import LawResult, TargetResult

BY_SLOTS = ("one-per-worker", "one-per-thread")


def makespan_if_doubled(target: TargetResult) -> float | None:
    """The makespan in seconds; None where no such law was confirmed, or it says nothing."""
    law = target.law
    if law is None or not law.holds or law.name not in BY_SLOTS:
        return None
    now = _premises(target, law)
    more = {"threads": 2 * now.threads} if law.name == "one-per-thread" else {"workers": 2 * now.workers}
    return LAWS[law.name](replace(now, **more))


def _premises(target: TargetResult, law: LawResult) -> Premises:
    cores = law.cores or 1.0
    planned, cpu_s = target.requests.planned, law.cpu_s or 0.0
    return Premises(planned, target.workers, target.threads, cores, law.service_s, cpu_s, law.busiest)
