"""What keeps a target's figures from being praised, or from being judged at all: each condition is measured.

A percentile knows only those who were served; a server that turns half of its visitors away looks quick in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.results import TargetResult

DRIVER = "the load driver was the limit, so the server may be quicker than it looks"


def reservations(target: TargetResult) -> Iterator[str]:
    """Everything that speaks against taking its figures for the server's own, the gravest first."""
    if words := unserved_words(target):
        yield words
    if target.workers_lost:
        yield f"{count(target.workers_lost, 'worker')} died"
    if target.driver.limited:
        yield DRIVER
    if target.telemetry and not target.telemetry.joined:
        yield "its workers' records do not join the visitors"
    lost = target.telemetry.lost if target.telemetry else 0
    if lost is None or lost:
        many = "an unknown number of events" if lost is None else count(lost, "event")
        yield f"{many} of its workers {'is' if lost == 1 else 'are'} missing"


def may_be_judged(target: TargetResult) -> bool:
    """Whether nothing speaks against it."""
    return next(reservations(target), None) is None
