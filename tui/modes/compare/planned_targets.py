"""The targets before a run: what is known of each without measuring anything."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from asgi_vs_wsgi.scenarios.model.scenario import Target
from asgi_vs_wsgi.server_targets.servers import product
from asgi_vs_wsgi.tui.modes.shared.target_table import Parts, Told, beside
from asgi_vs_wsgi.tui.text.numbers import count

LABELS = ("server", "view", "a visitor holds")


def planned(targets: Sequence[Target], width: int) -> list[Content]:
    """A column for each."""
    return beside(
        LABELS, [Told(_name(target), (_server(target), [target.view], _holds(target))) for target in targets], width
    )


def _name(target: Target) -> str:
    return f"{target.name} · {product(target.server).interface.upper()}"


def _server(target: Target) -> Parts:
    threads = f" × {count(target.threads, 'thread')}" if target.threads > 1 else ""
    return [target.server, f"{count(target.workers, 'worker')}{threads}"]


def _holds(target: Target) -> Parts:
    """Until it has its answer."""
    slot = product(target.server).slot
    if slot == "none":
        return ["no worker", "while its view awaits"]
    number = target.workers * (target.threads if slot == "thread" else 1)
    return [f"a {slot}", f"and there {'is' if number == 1 else 'are'} {number}"]
