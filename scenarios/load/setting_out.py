"""A drive is made ready: its address and requests are checked before anybody sets out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.connection_pool import is_loopback
from asgi_vs_wsgi.scenarios.load.generator import Crowd
from asgi_vs_wsgi.scenarios.load.request_template import request_templates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.load.visits import Visits


def new_crowd(
    plan: Plan,
    address: tuple[str, int],
    paths: Sequence[str],
    visits: Visits,
    *,
    headers: Mapping[str, str] | None = None,
    start_ns: int | None = None,
) -> Crowd:
    """A crowd that sets out at `start_ns` (default: now). Raises ValueError for what `driver.drive` refuses."""
    host, port = address
    if not is_loopback(host) or not 1 <= port <= 65_535:
        raise ValueError(f"only ports of loopback addresses (127.0.0.0/8) may be driven, not {host}:{port}")
    if len(visits) < plan.requests or max(plan.path, default=0) >= len(paths):
        raise ValueError("visits and paths must fit the plan")
    templates = request_templates(paths, f"{host}:{port}", keep_alive=plan.keep_alive, headers=headers)
    visits.start_ns = time.monotonic_ns() if start_ns is None else start_ns
    return Crowd(plan, address, templates, visits)
