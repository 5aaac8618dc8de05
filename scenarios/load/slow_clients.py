"""Divides a plan between the crowd, whose visits cost as little as can be, and the few that behave otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from asgi_vs_wsgi.scenarios.load.plan import Plan
from asgi_vs_wsgi.scenarios.load.request_template import request_templates
from asgi_vs_wsgi.scenarios.load.slow_client import Behaviour, Client
from asgi_vs_wsgi.scenarios.load.visits import Visits


def divided(plan: Plan, behaviours: Sequence[Behaviour | None]) -> tuple[Plan, range]:
    """The crowd's own part of the plan, and the rows of those beside it: the plan's last."""
    if not any(behaviours):
        return plan, range(0)
    crowd = next((row for row, path in enumerate(plan.path) if behaviours[path]), plan.requests)
    if not all(behaviours[path] for path in plan.path[crowd:]):
        raise ValueError("those who behave otherwise must be the plan's last rows")
    own = replace(plan, requests=crowd, offsets_ns=plan.offsets_ns[:crowd], path=plan.path[:crowd])
    return own, range(crowd, plan.requests)


def clients_of(
    plan: Plan,
    rows: range,
    behaviours: Sequence[Behaviour | None],
    paths: Sequence[str],
    address: tuple[str, int],
    visits: Visits,
) -> Iterator[Client]:
    """One client for each row; each closes its connection after its answer."""
    if not rows:
        return
    templates = request_templates(paths, f"{address[0]}:{address[1]}", keep_alive=False)
    for row in rows:
        behaviour = behaviours[plan.path[row]]
        assert behaviour is not None
        request = templates[plan.path[row]] % (visits.first_id + row)
        intended_ns = visits.start_ns + plan.offsets_ns[row]
        yield Client(row, request, address, behaviour, visits, intended_ns, plan.timeout_s)
