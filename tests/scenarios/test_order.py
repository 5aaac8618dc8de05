from __future__ import annotations

from pathlib import Path

from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario, ScenarioToml
from asgi_vs_wsgi.scenarios.scenario_files.listing import place_in_list


def scenario(name: str, *lesson: str) -> Scenario:
    return Scenario(name, Path(name), ScenarioToml(name.title(), "", Load(), [], lesson=list(lesson)), "")


def test_groups_come_in_our_order_then_others_then_those_without_and_places_in_each() -> None:
    in_order = [
        scenario("slow-io", "waiting", "second"),
        scenario("z", "waiting", "first"),
        scenario("a", "waiting", "third"),
        scenario("b", "waiting"),
        scenario("c", "waiting"),
        scenario("d", "holding the loop", "first"),
        scenario("e", "a group of mine", "first"),
        scenario("f", "b group of mine", "first"),
        scenario("g"),
    ]
    mixed = in_order[4:] + in_order[:4]
    assert sorted(mixed, key=place_in_list) == in_order
