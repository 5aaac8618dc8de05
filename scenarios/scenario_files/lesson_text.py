"""What a lesson names that can be gone to: other scenarios, and what it tells to try.

Then it holds the whole loop (see `blocked-loop`).          a scenario, by the name of its folder
try `--target gunicorn-gthread:2x16`.                       options of `run`, for the same scenario
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.untrusted_text import printable, split_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CODE = re.compile(r"`([^`]+)`")
OTHERWISE = "when it does not apply"
"""The heading of the section in which a lesson tells where it is otherwise."""
LONGEST_WHEN = 64
"""Letters of what is told beside other words."""
LONGEST_LESSON = 32_000
"""Letters that are looked through."""


class Named(NamedTuple):
    """A piece of code in a lesson that is more than code."""

    text: str
    """As it stands there."""
    is_scenario: bool
    """Else options of `run`."""


def named_in(lesson: str, scenarios: Collection[str]) -> list[Named]:
    """In the order in which they come, each once; names that are of no scenario are code."""
    found = (kind for text in _CODE.findall(lesson[:LONGEST_LESSON]) if (kind := kind_of(text, scenarios)))
    return list(dict.fromkeys(found))


def kind_of(code: str, scenarios: Collection[str]) -> Named | None:
    """What a piece of code in a lesson names; None for code."""
    words = " ".join(code.split())
    if words in scenarios:
        return Named(words, is_scenario=True)
    return Named(words, is_scenario=False) if words.startswith("--") and " " in words else None


class Otherwise(NamedTuple):
    """Where a lesson does not apply: its own words, which know nothing of a run, and the scenario that they name."""

    when: str
    """`The page does not wait`; "" where it says so in more than a few words."""
    scenario: str


def where_otherwise(lesson: str, scenarios: Collection[str]) -> Otherwise | None:
    """The first scenario that is named where the lesson tells when it does not apply, and when that is."""
    section = next((text for heading, text in sections(lesson) if heading.lower() == OTHERWISE), "")
    name = next((each.text for each in named_in(section, scenarios) if each.is_scenario), "")
    if not name:
        return None
    told = next((each for each in re.split(r"^[-*] ", section, flags=re.MULTILINE) if f"`{name}`" in each), "")
    when = re.split(r"[.:;](?:\s|$)|,? ?\(|, see ", " ".join(told.split()), maxsplit=1)[0]
    when = printable(when.replace("`", ""))
    return Otherwise(when if len(when) <= LONGEST_WHEN and name not in when else "", name)


def sections(lesson: str) -> Iterator[tuple[str, str]]:
    """Each `## heading` and what stands below it."""
    text = "\n".join(split_lines(lesson[:LONGEST_LESSON]))
    for section in text.split("\n## ")[1:]:
        heading, _, rest = section.partition("\n")
        yield heading.strip(), rest
