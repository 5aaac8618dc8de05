"""Which target a result is of, and what serves it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from asgi_vs_wsgi.scenarios.trace.target_info import TargetFacts


class Identity(Struct, frozen=True):
    """What is known of a target before it runs, as the document tells it."""

    name: str
    server: str
    label: str
    interface: str
    version: str
    loop: str | None
    http: str | None
    workers: int
    threads: int


def identity(facts: TargetFacts) -> dict[str, Any]:
    """The fields of an Identity, to make what inherits from it."""
    return {field: getattr(facts, field) for field in Identity.__struct_fields__}
