"""Whatever is read from a file passes the gate: a saved run may come from anybody.

The scenario's own texts stay as they were saved: the code that ran is the code that ran, and whoever shows it, or a
lesson, lets it pass the gate there (asgi_vs_wsgi.scenarios.text.plain_text).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.storage.saved_scenario import SavedScenario
from asgi_vs_wsgi.scenarios.text.plain_text import harmless

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
