"""How far a tournament has come: its newest ranking, and on how many of its measurements that rests."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.tournament.standings import Tournament


class SoFar:
    """`take` is what `run_tournament` calls after every measurement."""

    def __init__(self, total: int) -> None:
        self.tournament: Tournament | None = None
        self.done = 0
        self.total = total

    def take(self, tournament: Tournament) -> None:
        """One measurement more."""
        self.tournament = tournament
        self.total = tournament.planned or self.total
        self.done += 1

    @property
    def has_measured(self) -> bool:
        """Whether there is anything to keep."""
        return self.tournament is not None and bool(self.tournament.standings)
