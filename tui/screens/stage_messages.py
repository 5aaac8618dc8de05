"""What the stage says in words instead of lanes, from what the session does."""

from __future__ import annotations

from textual.content import Content

from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.tui.playback.session import Session
from asgi_vs_wsgi.tui.widgets import notes
from asgi_vs_wsgi.tui.widgets.tournament_note import tournament_note


def in_the_way(session: Session) -> Content | None:
    """What has to be said before anything can be shown: a failure, or a saved run that is still being read."""
    if session.failure:
        return notes.failure(session.failure)
    if session.opening:
        return notes.opening(session.opening.done / session.opening.total)
    return None


def before_lanes(session: Session, scenario: Scenario, width: int) -> Content:
    """What the session does for this scenario while there are no lanes of it to show."""
    if session.options and session.options.tournament_rounds:
        return tournament_note(session, scenario, width)
    return notes.starting(scenario, session.ready) if session.running else notes.card(scenario)
