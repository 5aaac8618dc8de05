"""A tournament as it is kept: its ranking, as far as it came. One JSON document a file."""

from __future__ import annotations

from msgspec import Struct

from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.storage.saved_scenario import SavedScenario
from asgi_vs_wsgi.scenarios.tournament.standings import Tournament


class KeptTournament(Struct, frozen=True):
    """Whole where `done` is `total`."""

    tournament: Tournament
    load: LoadResult
    done: int
    """Measurements that were made, or tried."""
    total: int
    scenario: SavedScenario

    @property
    def parameters(self) -> dict[str, int | float]:
        """Of the scenario, as they were."""
        return self.tournament.parameters

    @property
    def whole(self) -> bool:
        """Whether nobody stopped it."""
        return self.done >= self.total
