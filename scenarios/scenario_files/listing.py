"""How scenarios are listed: by group and place (`lesson = ["waiting", "first"]`), with a summary in numbers.

Groups come in the order of GROUPS, then those of others alphabetically, then scenarios without a group. In a
group the places come first to last, then scenarios without a place; equals are ordered by title. The default
scenario opens the list.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest
from asgi_vs_wsgi.scenarios.untrusted_text import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario, ScenarioToml

DEFAULT_SCENARIO = "slow-io"
OWN_PROJECT = "Your own project"
"""The first entry of the list, and how the summary of a run of it begins."""
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


def lesson_faults(lesson: list[str]) -> Iterator[Problem]:
    """What is wrong with the `lesson` of a scenario.toml."""
    if len(lesson) > 2:
        yield Problem("lesson", f"it has {len(lesson)} parts", 'a group and a place: ["waiting", "first"]')
    if lesson and (not lesson[0].strip() or refusal(lesson[0]) or len(lesson[0]) > LONGEST_GROUP):
        reason = refusal(lesson[0]) or "it is no name of a group"
        yield Problem("lesson[0]", reason, 'a word or two, such as "waiting"')
    if len(lesson) > 1 and lesson[1] not in PLACES:
        yield Problem("lesson[1]", f"`{lesson[1]}` is no place", suggest(lesson[1], PLACES))


def group(scenario: Scenario) -> str:
    """The group that a scenario is listed under; empty where it has none."""
    return scenario.toml.lesson[0] if scenario.toml.lesson else ""


def place_in_list(scenario: Scenario) -> tuple[bool, int, str, int, str, str]:
    """A key to sort scenarios by."""
    name = group(scenario)
    rank = GROUPS.index(name) if name in GROUPS else len(GROUPS) + (not name)
    place = PLACES.index(scenario.toml.lesson[1]) if len(scenario.toml.lesson) > 1 else len(PLACES)
    return scenario.name != DEFAULT_SCENARIO, rank, name, place, scenario.toml.title, scenario.name


def is_own_project(scenario: Scenario) -> bool:
    """Whether it was written of the user's own project, and is in no list."""
    return scenario.toml.summary.startswith(f"{OWN_PROJECT}:")


_ONE_OF_MANY = re.compile(r"(?<![\d.,])\b1 ([a-z]{3,})s\b")
"""`1 visitors` of a text that was written for many; `1 ms` stays."""
LOAD_WORDS = ("requests", "concurrency", "rate", "duration_s")


def summary(toml: ScenarioToml, load: Load | None = None, parameters: Mapping[str, float] | None = None) -> str:
    """The sentence for a load and parameters; for the scenario's own where none are given."""
    defaults = {name: parameter.default for name, parameter in toml.parameters.items()}
    values = {name: getattr(load or toml.load, name) for name in LOAD_WORDS} | defaults | dict(parameters or {})
    words = {name: "–" if value is None else f"{value:g}" for name, value in values.items()}
    return _ONE_OF_MANY.sub(r"1 \1", toml.summary.format_map(words))


def summary_faults(toml: ScenarioToml) -> list[Problem]:
    """Placeholders that stand for nothing, and braces that are none."""
    known = {*LOAD_WORDS, *toml.parameters}
    try:
        names = [name for _, name, spec, conversion in Formatter().parse(toml.summary) if name is not None]
    except ValueError as error:
        return [Problem("summary", str(error), "write {{ and }} for braces")]
    return [
        Problem("summary", f"`{{{name}}}` stands for nothing", suggest(name, known))
        for name in names
        if name not in known
    ]
