"""One run, fully decided: what the command line or the screen asked for, checked against a scenario."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from asgi_vs_wsgi.scenarios.database.url import DatabaseUrl
from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario, Target
from asgi_vs_wsgi.scenarios.project.served_project import ServedProject

Mode = Literal["race", "measure"]
Number = int | float


class Options(Struct, frozen=True):
    """What a user may change for one run; None or empty means: as the scenario says. Unchecked."""

    scenario: str
    targets: tuple[str, ...] = ()
    """`NAME[:WORKERS[xTHREADS]]`; replaces the scenario's own targets."""
    requests: int | None = None
    concurrency: int | None = None
    arrivals: str | None = None
    rate: float | None = None
    duration_s: float | None = None
    seed: int | None = None
    timeout_s: float | None = None
    parameters: tuple[str, ...] = ()
    """`NAME=VALUE`."""
    race: bool = False
    rounds: int = 1
    most_rounds: int = 0
    """More than `rounds`: so many where rounds are short (`asgi_vs_wsgi.scenarios.planning.load`)."""
    ladder: tuple[int, ...] = ()
    probe: bool = True
    pythons: tuple[str, ...] = ()
    """`TARGET=PATH`, or `PATH` for all targets: other interpreters for their servers."""
    lines: bool = True
    """Whether the probe looks at which source lines requests are."""
    database_url: str | None = None
    """A PostgreSQL for the views that use a database, instead of SQLite."""
    tournament_rounds: int = 0
    """More than 0: a tournament of so many rounds instead of one run (`asgi_vs_wsgi.scenarios.tournament`)."""
    scenario_dirs: tuple[str, ...] = ()


class Experiment(Struct, frozen=True):
    """A checked plan of a run: nothing is left to decide."""

    scenario: Scenario
    targets: tuple[Target, ...]
    load: Load
    parameters: dict[str, Number]
    mode: Mode = "measure"
    rounds: int = 1
    ladder: tuple[int, ...] = ()
    probe: bool = True
    lines: bool = True
    database: DatabaseUrl | None = None
    """None: SQLite."""
    most_rounds: int = 0
    """More than `rounds`: so many where rounds are short."""
    project: ServedProject | None = None
    """The user's own, whose pages the scenario stands for; None: ours, with the scenario's views."""
