"""What a scenario.toml says that says nothing: an empty list, table or text, and a word that is there twice.

And whole numbers that TOML has none of: Python reads them, but writes no number of thousands of digits in a sentence.

A key that is left out has a meaning of its own: all targets, every 2xx, no body. An empty one may be meant as that or
as its contrary (`expect = []`: any answer? `targets = []`: none?), and nobody who reads the folder can tell; so it is
refused, but for those whose emptiness is a value or stands in the README.

The empty and the repeated are asked of folders alone. What a saved run says of itself is opened as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.model.scenario import Limits
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.scenario import ScenarioToml

VALUES_OF_OTHERS = ("targets.django", "targets.database")
"""Tables whose values are Django's: `MIDDLEWARE = []` is a setting."""
TEXTS_SENT = ("query", "headers", "cookies")
"""Tables whose values are sent as they are: `?q=` asks for something."""
OF_THE_README = ("targets.python", "targets.gil", "targets.needs_database")
"""Empty: as if left out."""
MEANT_BY_LEFT_OUT = {
    "expect": "statuses, such as 302 or [200, 302]; left out: as beside it, or else every 2xx",
    "targets": "names of targets; left out: all of them",
    "multipart": "names of fields to files of the folder, or to numbers of bytes; left out: no such body",
    "body": 'a text; a POST without a body is `method = "POST"`',
    "compare": "at least two names of targets; left out: all of them",
    "lesson": 'a group and a place: ["waiting", "first"]; left out: in no group',
    "quantity": "a figure of `run --json`; left out: none answers it",
    "name": "letters, digits and `_`; left out: a name of ours",
}


OF_TOML = Limits(-(2**63), 2**63 - 1)
"""Its whole numbers have 64 bits; what has more is an error (TOML 1.0, Integer)."""


def huge_number_faults(raw: dict[str, Any]) -> Iterator[Problem]:
    """Every whole number beyond those of TOML. Not by recursion: dotted keys are as deep as a line is long."""
    ahead: list[tuple[str, Any]] = [("", raw)]
    while ahead:
        key, value = ahead.pop()
        if isinstance(value, dict):
            ahead += [(f"{key}.{name}" if key else name, each) for name, each in value.items()]
        elif isinstance(value, list):
            ahead += [(f"{key}[{place}]", each) for place, each in enumerate(value)]
        elif isinstance(value, int) and not OF_TOML.low <= value <= OF_TOML.high:
            yield Problem(key, "it is no whole number of TOML", f"one from {OF_TOML.low:,} to {OF_TOML.high:,}")


def empty_faults(raw: dict[str, Any]) -> Iterator[Problem]:
    """Every empty value of a scenario.toml that is well typed otherwise, by its key."""
    for key, value in raw.items():
        yield from _of_value(key, key, value)


def _of_value(key: str, kind: str, value: Any) -> Iterator[Problem]:
    """`key` as it is told, `kind` the same without places in lists."""
    if value in ("", [], {}):
        if kind not in OF_THE_README:
            name = kind.rpartition(".")[2]
            yield Problem(key, "it is empty", MEANT_BY_LEFT_OUT.get(name, "say something, or leave it out"))
    elif isinstance(value, dict) and kind not in VALUES_OF_OTHERS:
        sent = kind.rpartition(".")[2] in TEXTS_SENT
        for name, each in value.items():
            if not name:
                yield Problem(key, "an entry has no name", "letters, digits and `_`")
            elif not sent:
                yield from _of_value(f"{key}.{name}", f"{kind}.{name}", each)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            if each != {}:  # `[[visitors.pages]]` alone is a page like its class
                yield from _of_value(f"{key}[{place}]", kind, each)


def repeated_faults(toml: ScenarioToml) -> Iterator[Problem]:
    """Lists that hold a word twice where once says it all."""
    lists: dict[str, list[Any]] = {}
    for number, target in enumerate(toml.targets):
        lists[f"targets[{number}].expect"] = _listed(target.expect)
    for number, visitors in enumerate(toml.visitors):
        lists[f"visitors[{number}].expect"] = _listed(visitors.expect)
        for place, page in enumerate(visitors.pages):
            lists[f"visitors[{number}].pages[{place}].expect"] = _listed(page.expect)
    for number, event in enumerate(toml.events):
        lists[f"events[{number}].targets"] = list(event.targets)
    for number, quiz in enumerate(toml.quiz):
        lists[f"quiz[{number}].answers"] = list(quiz.answers)
    if toml.predict:
        lists["predict.answers"] = list(toml.predict.answers)
    for key, values in lists.items():
        for place, value in enumerate(values):
            if value in values[:place]:
                yield Problem(f"{key}[{place}]", f"`{value}` is there twice", "each of them once")


def _listed(expect: int | list[int]) -> list[int]:
    return [expect] if isinstance(expect, int) else expect
