"""A scenario as it is saved with a run: a replay must not depend on ours, and passwords are not handed on.

Whatever is read from a file passes the gate: a saved run may come from anybody.

The scenario's own texts stay as they were saved: the code that ran is the code that ran, and whoever shows it, or a
lesson, lets it pass the gate there (asgi_vs_wsgi.scenarios.untrusted_text).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import DecodeError, Struct, toml
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.secret_literals import without_secret_literals
from asgi_vs_wsgi.scenarios.secret_values import (
    HIDDEN,
    SECRET_NAME,
    SENT_SECRET_NAME,
    without_secret_values,
)
from asgi_vs_wsgi.scenarios.untrusted_text import harmless

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario


_SECRET_IN_TEXT = re.compile(r"://[^/\s]*:[^/\s]*@|\b(?:password|passwd|pwd)\s*=", re.IGNORECASE)
"""A URL with a password, or the keywords of a connection to PostgreSQL."""
_TABLES = (
    ("targets", "database", SECRET_NAME),
    ("targets", "django", SECRET_NAME),
    ("targets", "request", SENT_SECRET_NAME),
    ("visitors", "client", SENT_SECRET_NAME),
    ("visitors", "pages", SENT_SECRET_NAME),
)
"""Of each target what goes to Django, and what is sent; and which names in it are of secrets."""


def without_secrets(text: str) -> str:
    """The same scenario; what a target's settings, or what is sent, call a secret is HIDDEN."""
    try:
        document = toml.decode(text)
    except (DecodeError, RecursionError):
        return text
    found = [
        _hide(each[table], names)
        for key, table, names in _TABLES
        for each in _tables(document.get(key))
        if isinstance(each.get(table), dict | list)
    ]
    return _written(document) if any(found) else text


def _tables(value: Any) -> list[dict[str, Any]]:
    """Of a list of tables, those that are any."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _hide(settings: Any, names: re.Pattern[str]) -> bool:
    """In place, in a table or a list; returns whether there was any."""
    found = False
    for key, value in [*(settings.items() if isinstance(settings, dict) else enumerate(settings))]:
        secret = isinstance(key, str) and names.search(key) and value not in ("", None)
        if secret or (isinstance(value, str) and _SECRET_IN_TEXT.search(value)):
            settings[key] = HIDDEN
            found = True
        elif isinstance(value, str) and (shown := _without_tokens(value)) != value:
            settings[key] = shown
            found = True
        elif isinstance(value, dict | list):
            found |= _hide(value, names)
    return found


def _without_tokens(value: str) -> str:
    """A path with a query, a form, or JSON."""
    return without_secret_literals(without_secret_values(f"&{value}")[1:])


def _written(document: dict[str, Any]) -> str:
    """A key a line, everything below it inline."""
    return "".join(f"{_text(key)} = {_value(value)}\n" for key, value in document.items())


def _value(value: Any) -> str:
    match value:
        case str():
            return _text(value)
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{_text(key)} = {_value(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case int() | float():
            return repr(value)
        case _:  # a date, a time
            return str(value.isoformat())


def _text(text: str) -> str:
    """JSON's texts are TOML's, but for one sign that TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


class SavedScenario(Struct, frozen=True):
    """The scenario's folder, as text."""

    name: str
    toml: str
    views: str
    lesson: str


def saved_scenario(scenario: Scenario) -> SavedScenario:
    """The texts that ran: as they were read before the run, whatever has become of the folder since."""
    return SavedScenario(scenario.name, without_secrets(scenario.toml_text), scenario.views_py, scenario.lesson_md)


Document = TypeVar("Document")


def with_harmless_strings(document: Document) -> Document:
    """The same document, with nothing in its texts that a terminal obeys; what holds none is the same object."""
    return _harmless(document)  # type: ignore[no-any-return]


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, SavedScenario):
        return replace(value, name=harmless(value.name))
    if isinstance(value, Struct):
        return _changed(value)
    if isinstance(value, Mapping):
        return {_harmless(key): _harmless(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_harmless(each) for each in value])
    return value


def _changed(struct: Struct) -> Struct:
    before = {name: getattr(struct, name) for name in struct.__struct_fields__}
    after = {name: _harmless(each) for name, each in before.items()}
    different = {name: each for name, each in after.items() if each != before[name]}
    return replace(struct, **different) if different else struct
