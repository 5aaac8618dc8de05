"""What is said of keeping a run: nothing, unless it failed or was all that is left of the run."""

from __future__ import annotations

from asgi_vs_wsgi.tui.errors import say


def say_why_not(reason: str) -> None:
    """One line where it could not be kept."""
    if reason:
        say(f"{reason} (--no-keep does not try)", 0)


def how_to_open(reason: str) -> str:
    """Of a run that was stopped; `reason` is why it could not be kept, empty where it is."""
    return reason or "what was measured until then is kept: `asgi-vs-wsgi-tui replay` opens it"
