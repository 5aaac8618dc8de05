"""Which target a result is of: what was known of it before it ran."""

from __future__ import annotations

from typing import TypedDict

from scenarios.trace.facts import TargetFacts


class Identity(TypedDict):
    """The first fields of a TargetResult."""

    name: str
    server: str
    label: str
    interface: str
    version: str
    loop: str | None
    http: str | None
    workers: int
    threads: int


def identity(facts: TargetFacts) -> Identity:
    """The same in every result of this target, whenever it is asked for."""
    return Identity(
        name=facts.name,
        server=facts.server,
        label=facts.label,
        interface=facts.interface,
        version=facts.version,
        loop=facts.loop,
        http=facts.http,
        workers=facts.workers,
        threads=facts.threads,
    )
