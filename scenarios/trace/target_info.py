"""What is known of a target before it runs."""

from __future__ import annotations

from msgspec import Struct


class TargetFacts(Struct, frozen=True):
    """Plain data that travels from the lab to the screen and into saved runs."""

    name: str
    server: str
    label: str
    """For people: `gunicorn sync · 2 workers`."""
    interface: str
    """`wsgi` or `asgi`."""
    version: str
    workers: int
    threads: int
    view: str
    law: str | None = None
    loop: str | None = None
    http: str | None = None
    slot: str = "worker"
    """What limits the server: `worker`, `thread` or `none` (a coroutine)."""
    database: str | None = None
    """Whose connections are counted: `sqlite` or `postgresql`; None: the views use no database."""
    shows_accept: bool = False
    """Whether it is known when the server accepted a connection."""
