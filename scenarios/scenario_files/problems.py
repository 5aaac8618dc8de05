"""What is wrong with one key of a file or of the command line, and msgspec's errors as such problems."""

from __future__ import annotations

import re
from difflib import get_close_matches
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct, ValidationError, convert
from msgspec.structs import fields

from asgi_vs_wsgi.scenarios.model.scenario import ScenarioToml
from asgi_vs_wsgi.scenarios.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST_BEGINNING = 3
"""Letters of a word that may stand for several: `gunicorn` is four servers."""


class Problem(NamedTuple):
    """A key (`load.rate`, `targets[1].view`), the reason, and what would be right."""

    key: str
    reason: str
    right: str


def suggest(word: str, known: Iterable[str]) -> str:
    """What would be right instead of `word`: those that begin with it, else the nearest known word, else all."""
    words = sorted(known)
    begun = [each for each in words if len(word) >= SHORTEST_BEGINNING and each.startswith(word)]
    if begun:
        return f"did you mean {listed((f'`{each}`' for each in begun), 'or')}?"
    if same := [each for each in words if each.lower() == word.lower()]:
        return f"did you mean `{same[0]}`?"
    if near := get_close_matches(word, words, n=1, cutoff=0.5):
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(words)}" if words else "there is none to choose from"


MESSAGE = re.compile(r"(?P<reason>.*?)(?: - at `\$(?P<path>.*)`)?")
STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def type_fault(message: str, raw: Any) -> Problem:
    """What msgspec's message says, at which key, and what would be right there."""
    message = _naming_the_entries(message, raw)
    found = MESSAGE.fullmatch(message)
    reason, path = (found["reason"], found["path"] or "") if found else (message, "")
    path = path.lstrip(".")
    type_ = _type_at(path)
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", reason):
        return Problem(_join(path, unknown[1]), "no such key", suggest(unknown[1], _keys(type_)))
    if missing := re.fullmatch(r"Object missing required field `(.*)`", reason):
        return Problem(_join(path, missing[1]), "the key is missing", _required(type_))
    if choice := re.fullmatch(r"Invalid enum value '?(.*?)'?", reason):
        return Problem(path, f"`{choice[1]}` is not known", suggest(choice[1], _choices(type_)))
    return Problem(path, *_expected(reason))


def _naming_the_entries(message: str, raw: Any) -> str:
    """msgspec writes `$.parameters[...]` for any of them; find the one that it means."""
    for _ in range(message.count("[...]")):
        path = message.partition("`$")[2].partition("[...]")[0]
        table, type_ = _value_at(path, raw), _type_at(path.lstrip("."))
        name = _wrong_entry(table, get_args(type_)[-1]) if isinstance(table, dict) and get_args(type_) else None
        if name is None:
            return message
        message = message.replace(f"{path}[...]", f"{path}.{name}", 1)
    return message


def _wrong_entry(table: dict[str, Any], type_: Any) -> str | None:
    for name, value in table.items():
        try:
            convert(value, type_)
        except ValidationError:
            return name
    return None


def _value_at(path: str, raw: Any) -> Any:
    """None where the path cannot be followed: a key may hold a dot."""
    try:
        for key, index in STEP.findall(path):
            raw = raw[int(index)] if index else raw[key]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return raw


def _type_at(path: str) -> Any:
    """The type of the key at `path`, starting from the whole file; None where the path cannot be followed."""
    type_: Any = ScenarioToml
    for key, _index in STEP.findall(path):
        if get_origin(type_) in (list, dict):
            type_ = _without_none(get_args(type_)[-1])
        else:
            type_ = _without_none(get_type_hints(type_).get(key)) if _is_struct(type_) else None
    return type_


def _without_none(type_: Any) -> Any:
    """The Struct or Literal of an optional value."""
    if get_origin(type_) in (Union, UnionType):
        return next((arg for arg in get_args(type_) if _is_known(arg)), type_)
    return type_


def _is_known(type_: Any) -> bool:
    return get_origin(type_) is Literal or _is_struct(type_)


def _is_struct(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, Struct)


def _keys(type_: Any) -> list[str]:
    return [key.encode_name for key in fields(type_)] if _is_struct(type_) else []


def _required(type_: Any) -> str:
    if not _is_struct(type_):
        return "add it"
    keys = [key.encode_name for key in fields(type_) if key.default is NODEFAULT and key.default_factory is NODEFAULT]
    return f"needed here: {', '.join(keys)}"


def _choices(type_: Any) -> list[str]:
    choices = [choice for arg in (type_, *get_args(type_)) for choice in get_args(arg)]
    return [choice for choice in (choices or get_args(type_)) if isinstance(choice, str)]


WORDS = {
    "int | float": "a number",
    "bool | int | float": "a number, true or false",
    "int | float | bool": "a number, true or false",
    "int | null": "a whole number",
    "int | str": "a text in quotes or a whole number",
    "str | null": "a text in quotes",
    "str | array | null": "a text in quotes, or a list of them",
    "float | null": "a number",
    "float | array": "a number, or a list of two",
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list",
    "int | array": "a whole number, or a list of them",
    "object": "a table",
    "object | null": "a table",
}


def _expected(reason: str) -> tuple[str, str]:
    """`Expected `int`, got `str`` in words, as (reason, right)."""
    found = re.fullmatch(r"Expected `(.*)`, got `(.*)`", reason)
    if not found:
        return reason[:1].lower() + reason[1:], "compare with a scenario of ours"
    right = WORDS.get(found[1], found[1])
    got = WORDS.get(found[2], found[2])
    return f"it is {got}", f"it must be {right}"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
