"""What the classes of visitors of a scenario.toml must satisfy beyond the types of their keys."""

from __future__ import annotations

from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.model.limits import is_finite, refuse_quantity
from asgi_vs_wsgi.scenarios.model.scenario import Client, ScenarioToml, Target, Visitors
from asgi_vs_wsgi.scenarios.scenario_files.load_validation import load_faults
from asgi_vs_wsgi.scenarios.scenario_files.problems import Fault, suggest


def visitors_faults(toml: ScenarioToml) -> Iterator[Fault]:
    """Everything wrong with `[[visitors]]`, and with the targets' views for them."""
    names: set[str] = set()
    for index, visitors in enumerate(toml.visitors):
        key = f"visitors[{index}]"
        if not visitors.name.isidentifier() or visitors.name in names:
            yield Fault(f"{key}.name", f"`{visitors.name}` is no new name", "letters, digits and `_`, each once")
        names.add(visitors.name)
        yield from _class_faults(key, visitors)
    if any(visitors.load for visitors in toml.visitors) and toml.load.arrivals == "closed":
        yield Fault("load.arrivals", "classes with loads of their own need open arrivals", "burst, constant or poisson")
    for number, target in enumerate(toml.targets):
        yield from _views_faults(f"targets[{number}].views", target, names)


def _class_faults(key: str, visitors: Visitors) -> Iterator[Fault]:
    if (visitors.share is None) == (visitors.load is None):
        yield Fault(key, "a class has a `share` of the load or a `load` of its own", "give one of the two")
    if visitors.share is not None and (reason := refuse_quantity(visitors.share)):
        yield Fault(f"{key}.share", reason, "a number above 0; shares are weighed against each other")
    if visitors.load is not None:
        yield from (fault._replace(key=f"{key}.load.{fault.key}") for fault in load_faults(visitors.load))
        if visitors.load.arrivals == "closed":
            yield Fault(f"{key}.load.arrivals", "a class's own load must be open", "burst, constant or poisson")
    if not (is_finite(visitors.after_s) and visitors.after_s >= 0):
        yield Fault(f"{key}.after_s", f"{visitors.after_s:g} is no delay", "seconds, 0 or more")
    elif visitors.after_s and visitors.load is None:
        yield Fault(f"{key}.after_s", "a share of the load comes with the load", "give the class a `load` of its own")
    if visitors.client:
        yield from _client_faults(f"{key}.client", visitors.client)


def _client_faults(key: str, client: Client) -> Iterator[Fault]:
    for name in ("send_for_ms", "read_for_ms", "leave_after_ms"):
        value = getattr(client, name)
        if value is not None and (reason := refuse_quantity(value)):
            yield Fault(f"{key}.{name}", reason, "milliseconds, above 0 and finite")


def _views_faults(key: str, target: Target, names: set[str]) -> Iterator[Fault]:
    for name in target.views:
        if name not in names:
            yield Fault(f"{key}.{name}", "there is no such class of visitors", suggest(name, names))
