"""The order of scenarios in the list: `lesson = ["waiting", "first"]` is a group and a place in it.

Groups come in the order of GROUPS, then those of others alphabetically, then scenarios without a group. In a
group the places come first to last, then scenarios without a place; equals are ordered by title. The default
scenario opens the list.
"""

from __future__ import annotations

from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.scenario_files.problems import Fault, suggest
from asgi_vs_wsgi.scenarios.text.plain_text import refusal

DEFAULT_SCENARIO = "slow-io"
LONGEST_GROUP = 100
"""Letters of its name."""
GROUPS = (
    *("waiting", "holding the loop", "inside one request", "sharing the workers"),
    *("streams and clients", "when it breaks", "what it costs"),
)
PLACES = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)


def lesson_faults(lesson: list[str]) -> Iterator[Fault]:
    """What is wrong with the `lesson` of a scenario.toml."""
    if len(lesson) > 2:
        yield Fault("lesson", f"it has {len(lesson)} parts", 'a group and a place: ["waiting", "first"]')
    if lesson and (not lesson[0].strip() or refusal(lesson[0]) or len(lesson[0]) > LONGEST_GROUP):
        reason = refusal(lesson[0]) or "it is no name of a group"
        yield Fault("lesson[0]", reason, 'a word or two, such as "waiting"')
    if len(lesson) > 1 and lesson[1] not in PLACES:
        yield Fault("lesson[1]", f"`{lesson[1]}` is no place", suggest(lesson[1], PLACES))


def group(scenario: Scenario) -> str:
    """The group that a scenario is listed under; empty where it has none."""
    return scenario.toml.lesson[0] if scenario.toml.lesson else ""


def place_in_list(scenario: Scenario) -> tuple[bool, int, str, int, str, str]:
    """A key to sort scenarios by."""
    name = group(scenario)
    rank = GROUPS.index(name) if name in GROUPS else len(GROUPS) + (not name)
    place = PLACES.index(scenario.toml.lesson[1]) if len(scenario.toml.lesson) > 1 else len(PLACES)
    return scenario.name != DEFAULT_SCENARIO, rank, name, place, scenario.toml.title, scenario.name
