"""What a scenario lets happen to its servers, checked before anything is started: that it can happen, and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.model.scenario import is_finite
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asgi_vs_wsgi.scenarios.model.scenario import Load, PlannedEvent, ScenarioToml
    from asgi_vs_wsgi.server_targets.servers import ServerSpec

MOST_EVENTS = 100


def events_faults(toml: ScenarioToml, products: Mapping[str, ServerSpec]) -> Iterator[Problem]:
    """Everything wrong with `[[events]]`."""
    if len(toml.events) > MOST_EVENTS:
        yield Problem("events", f"there are {len(toml.events)}", f"at most {MOST_EVENTS}")
    names = [target.name for target in toml.targets]
    for index, event in enumerate(toml.events):
        key = f"events[{index}]"
        yield from _time_faults(f"{key}.at_s", event, toml)
        for name in event.targets:
            if name not in names:
                yield Problem(f"{key}.targets", f"there is no target `{name}`", suggest(name, names))
        yield from _unable_faults(f"{key}.do", event, toml, products)


def _time_faults(key: str, event: PlannedEvent, toml: ScenarioToml) -> Iterator[Problem]:
    if not (is_finite(event.at_s) and event.at_s >= 0):
        yield Problem(key, f"{event.at_s:g} is no time", "seconds after the first visitor, 0 or more")
        return
    end_s = last_arrival_s(toml)
    if end_s is not None and event.at_s > end_s:
        yield Problem(key, f"nobody comes after {end_s:g} s", f"seconds after the first visitor, at most {end_s:g}")
    elif event.at_s > toml.load.timeout_s and end_s is None:
        right = f"seconds after the first visitor, at most {toml.load.timeout_s:g}"
        yield Problem(key, f"nobody waits longer than {toml.load.timeout_s:g} s", right)


def last_arrival_s(toml: ScenarioToml) -> float | None:
    """When the last visitor is to come; None where how long they come depends on the servers."""
    ends = [(0.0, toml.load), *((each.after_s, each.load) for each in toml.visitors if each.load)]
    known = [after_s + for_s for after_s, load in ends if (for_s := _comes_for_s(load)) is not None]
    main = _comes_for_s(toml.load)
    return None if main is None else max(known)


def _comes_for_s(load: Load) -> float | None:
    if load.duration_s is not None:
        return load.duration_s
    if load.rate and load.requests is not None:
        return load.requests / load.rate
    return None


def _unable_faults(
    key: str, event: PlannedEvent, toml: ScenarioToml, products: Mapping[str, ServerSpec]
) -> Iterator[Problem]:
    concerned = [each for each in toml.targets if event.concerns(each.name) and each.server in products]
    able = [each.name for each in concerned if not products[each.server].unable_to(event.do, each.workers)]
    for target in concerned:
        if reason := products[target.server].unable_to(event.do, target.workers):
            names = ", ".join(map('"{}"'.format, able))
            right = f"name those that can: targets = [{names}]"
            yield Problem(key, f"`{event.do}`: {reason}", right if able else "another event, or another server")
    if event.do == "resume":
        for target in concerned:
            before = (each for each in toml.events if each.do == "pause" and each.concerns(target.name))
            if not any(each.at_s < event.at_s for each in before):
                yield Problem(key, f"nothing of {target.name} is paused by then", "a `pause` before it")
