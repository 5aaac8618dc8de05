"""A scenario's load as a plan of visits: who comes when, of which class, and for which path."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.journey import Journey
from asgi_vs_wsgi.scenarios.load.plan import RECORDED, MixPart, Plan, PlanError, make_plan, mix, with_pages
from asgi_vs_wsgi.scenarios.load.recorded_arrivals import recorded_plan
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour
from asgi_vs_wsgi.scenarios.model.scenario import (
    EVERYBODY,
    Client,
    Load,
    Page,
    Posted,
    RecordedArrivals,
    Scenario,
    Target,
    Visitors,
    page_expects,
)
from asgi_vs_wsgi.scenarios.planning.requests import request_of, request_spec
from asgi_vs_wsgi.scenarios.results import RequestSent
from asgi_vs_wsgi.scenarios.scenario_files.requests import names_of
from asgi_vs_wsgi.scenarios.trace.target_trace import PageFacts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


@dataclass(frozen=True, slots=True)
class Visiting:
    """A plan whose path numbers are class numbers: `requests`, `classes` and `behaviours` go by them."""

    plan: Plan
    requests: tuple[RequestSpec, ...]
    classes: tuple[str, ...]
    behaviours: tuple[ClientBehaviour | None, ...]
    journeys: tuple[Journey | None, ...] = ()
    """Of those classes whose visitors ask for several pages: the plan has a row for each."""

    @property
    def duration_ns(self) -> int:
        """When the last visitor intends to come; 0 for a burst and for closed arrivals."""
        return max(self.plan.offsets_ns, default=0)


def visiting(scenario: Scenario, target: Target, load: Load) -> Visiting:
    """The visits that `load` sends to a target; BadInput where that is nobody, or too many."""
    classes = _ordered(scenario.toml.visitors)
    behaviours = tuple(_behaviour(visitors.client) for visitors in classes)
    journeys = tuple(_journey(scenario, target, visitors) for visitors in classes)
    try:
        special = {number for number, both in enumerate(zip(behaviours, journeys, strict=True)) if any(both)}
        plan = _plan_of(scenario, classes, load, special)
        plan = with_pages(plan, [len(journey.pages) if journey else 1 for journey in journeys])
    except PlanError as error:
        raise BadInput(str(error), hint="change --requests, --rate or --duration") from None
    return Visiting(
        plan,
        requests_for(scenario, target),
        tuple(visitors.name for visitors in classes),
        behaviours,
        journeys,
    )


def planned_visits(scenario: Scenario, load: Load) -> tuple[Plan, tuple[str, ...]]:
    """Without what they ask for: who comes when, and the names of the classes that its paths are numbers of."""
    classes = _ordered(scenario.toml.visitors)
    try:
        plan = _plan_of(scenario, classes, load)
    except PlanError as error:
        raise BadInput(str(error), hint="change --requests, --rate or --duration") from None
    return plan, tuple(visitors.name for visitors in classes)


def _plan_of(scenario: Scenario, classes: Sequence[Visitors], load: Load, special: Collection[int] = ()) -> Plan:
    if load.arrivals == RECORDED and scenario.recorded is not None:
        return recorded_plan(scenario.recorded, load)
    return mix(_parts(classes, load), special)


def as_recorded(scenario: Scenario, load: Load, trace: TargetTrace) -> Scenario:
    """With the arrivals that a run of it has kept, where the load is of these: its texts do not tell them."""
    if load.arrivals != RECORDED:
        return scenario
    rows = [row for row, intended_ns in enumerate(trace.visits.intended_ns) if intended_ns]
    rows.sort(key=trace.visits.intended_ns.__getitem__)
    first_ns = trace.visits.intended_ns[rows[0]] if rows else 0
    recorded = RecordedArrivals(
        [(trace.visits.intended_ns[row] - first_ns) / 1e9 for row in rows],
        [trace.class_number(row) for row in rows],
        [trace.turns[row] if trace.turns else 0 for row in rows],
    )
    return structs.replace(scenario, recorded=recorded)


def pages_for(scenario: Scenario, target: Target) -> dict[str, list[PageFacts]]:
    """Class of visitors to the pages that they ask a target for, of those who ask for several."""
    return {
        visitors.name: [
            PageFacts(name, _view_of(target, visitors, page), page_expects(page, visitors, target), sent(spec))
            for name, page, spec in zip(
                names_of(visitors), visitors.pages, _page_specs(scenario, target, visitors), strict=True
            )
        ]
        for visitors in scenario.toml.visitors
        if visitors.pages
    }


def requests_by_class(scenario: Scenario, target: Target) -> dict[str, RequestSent]:
    """Class of visitors to what each of them asks a target for; of several pages, the first."""
    names = (visitors.name for visitors in _ordered(scenario.toml.visitors))
    return dict(zip(names, map(sent, requests_for(scenario, target)), strict=True))


def sent(spec: RequestSpec) -> RequestSent:
    """For the result."""
    return RequestSent(spec.method, [*spec.paths], len(spec.body))


def _journey(scenario: Scenario, target: Target, visitors: Visitors) -> Journey | None:
    return Journey(_page_specs(scenario, target, visitors), visitors.think_s) if visitors.pages else None


def _page_specs(scenario: Scenario, target: Target, visitors: Visitors) -> tuple[RequestSpec, ...]:
    return tuple(_request(scenario, target, visitors, page) for page in visitors.pages)


def _view_of(target: Target, visitors: Visitors, page: Page | None) -> str:
    own = target.views.get(visitors.name, target.view)
    return target.views.get(page.name, own) if page else own


def requests_for(scenario: Scenario, target: Target) -> tuple[RequestSpec, ...]:
    """What each class of visitors sends to a target; of several pages, the first."""
    return tuple(
        _request(scenario, target, visitors, next(iter(visitors.pages), None))
        for visitors in _ordered(scenario.toml.visitors)
    )


def lone_visit(scenario: Scenario, target: Target, requests: int, timeout_s: float, of: str = "") -> Visiting:
    """`requests` at once for the target's own view: to warm up, and to time one alone.

    They ask as the first class does that asks for this view, or as the class of the name `of`.
    """
    plan = Plan.burst(requests, timeout_s=timeout_s)
    if of:
        one = next(visitors for visitors in scenario.toml.visitors if visitors.name == of)
        return Visiting(plan, (_request(scenario, target, one, None),), (of,), (None,))
    asking = (
        (visitors, page)
        for visitors in _ordered(scenario.toml.visitors)
        for page in visitors.pages or (None,)
        if _view_of(target, visitors, page) == target.view
    )
    request = _request(scenario, target, *next(asking, (Visitors(EVERYBODY), None)))
    return Visiting(plan, (request,), (EVERYBODY,), (None,))


def _request(scenario: Scenario, target: Target, visitors: Visitors, page: Page | None) -> RequestSpec:
    view = _view_of(target, visitors, page)
    asked = request_of(target, visitors.client, page, of_view=view == target.view)
    spec = request_spec(asked, path_of(scenario, view), scenario.modules)
    spec = replace(spec, paths=scenario.paths.get(view, spec.paths))
    spec = replace(spec, headers=(*scenario.headers.items(), *spec.headers)) if scenario.headers else spec
    return _posted(spec, posted) if (posted := scenario.posted.get(view)) else spec


def _posted(spec: RequestSpec, posted: Posted) -> RequestSpec:
    """Visitors with cookies of their own send these alone."""
    own = {name.lower() for visitor in posted.visitors for name, _ in visitor} | {"content-type"}
    kept = (each for each in spec.headers if each[0].lower() not in own)
    headers = (*kept, ("Content-Type", posted.content_type)) if posted.content_type else tuple(kept)
    return replace(spec, method=posted.method, headers=headers, body=posted.body, visitors=posted.visitors)


def path_of(scenario: Scenario, view: str) -> str:
    """By which a view is asked for; the first, where there are several."""
    return scenario.paths.get(view, (f"/{scenario.name}/{view}",))[0]


def asked_as(scenario: Scenario, view: str) -> str:
    """`/books/`, or `POST /books/`."""
    posted = scenario.posted.get(view)
    return f"{posted.method} {path_of(scenario, view)}" if posted else path_of(scenario, view)


def _behaviour(client: Client | None) -> ClientBehaviour | None:
    """None for one that is like the crowd, whatever it sends."""
    if client is None:
        return None
    times_ms = (client.send_for_ms, client.read_for_ms, client.leave_after_ms)
    return ClientBehaviour(*(0.0 if ms is None else ms / 1000 for ms in times_ms)) if any(times_ms) else None


def _ordered(visitors: Sequence[Visitors]) -> list[Visitors]:
    """Those that share the main load first, as they share one part of the plan."""
    if not visitors:
        return [Visitors(EVERYBODY, share=1.0)]
    return sorted(visitors, key=lambda each: each.load is not None)


def _parts(classes: Sequence[Visitors], load: Load) -> list[MixPart]:
    sharing = [each.share or 0.0 for each in classes if each.load is None]
    parts = [MixPart(_plan(load, sharing), 0, 0)] if sharing else []
    for number, each in enumerate(classes[len(sharing) :], len(sharing)):
        assert each.load is not None
        parts.append(MixPart(_plan(each.load, (1.0,)), round(each.after_s * 1e9), number))
    return parts


def _plan(load: Load, weights: Sequence[float]) -> Plan:
    return make_plan(
        load.arrivals,
        requests=load.requests,
        concurrency=load.concurrency,
        rate=load.rate,
        duration_s=load.duration_s,
        seed=load.seed,
        timeout_s=load.timeout_s,
        keep_alive=load.keep_alive,
        weights=tuple(weights),
    )
