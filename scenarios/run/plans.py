"""A scenario's load as a plan of visits."""

from __future__ import annotations

from scenarios.definition import Load
from scenarios.errors import BadInput
from scenarios.load.plan import Plan, PlanError, make_plan


def plan_of(load: Load) -> Plan:
    """Who comes when, as the load says; BadInput where that is nobody, or too many."""
    try:
        return make_plan(
            load.arrivals,
            requests=load.requests,
            concurrency=load.concurrency,
            rate=load.rate,
            duration_s=load.duration_s,
            seed=load.seed,
            timeout_s=load.timeout_s,
            keep_alive=load.keep_alive,
        )
    except PlanError as error:
        raise BadInput(str(error), hint="change --requests, --rate or --duration") from None
