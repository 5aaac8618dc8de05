"""A tournament as it is kept: its ranking, as far as it came. One JSON document a file."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from scenarios.errors import BadInput
from scenarios.result import LoadResult
from scenarios.saved.harmless_strings import with_harmless_strings
from scenarios.saved.scenario import SavedScenario
from scenarios.tournament.standings import Tournament


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


def read_ranking(file: Path) -> KeptTournament:
    """The tournament in `file`; BadInput where it cannot be read."""
    try:
        return with_harmless_strings(msgspec.json.decode(file.read_bytes(), type=KeptTournament))
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}", hint="open another") from None
    except msgspec.DecodeError as error:
        raise BadInput(f"{file} cannot be read: {error}", hint="open another") from None
