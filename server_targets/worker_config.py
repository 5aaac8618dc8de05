"""What the lab tells the processes of a server: a JSON file for each server, its path in one environment variable.

Only its owner may read the file (0600), and it lies in the run's folder (0700) until that is removed: Django's secret
key and the database's password are not in /proc/PID/environ, which whatever a view starts inherits and may print. The
folder is in memory, or on disk where memory is short; the next run removes that of a lab that was killed.

A process reads it once. Those that a view starts inherit the variable, so `asgi_vs_wsgi.views` works in them too.
The standard library only: the probe imports this.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

VARIABLE = "ASGI_VS_WSGI_WORKER"
TOOLS = "ASGI_VS_WSGI_TOOLS"
"""Another one: folders of packages that the interpreter does not have itself (scenarios.project.server_packages)."""


@dataclass(frozen=True)
class ProbeConfig:
    """For the probe, which knows nothing of the site."""

    lab_socket: str
    target: int
    """Which target of the run this worker belongs to."""
    application: str
    """`module:name` of the application to load."""
    records: bool
    """Whether to record at all; the lab hears of every worker."""
    user_folder: str
    """The folder of the user's own code, for blame."""
    ring_capacity: int
    """How many records its ring is to hold."""
    reads_lines: bool
    """Whether to look at which source lines requests are."""
    follows: bool = False
    """Whether visits that ask for it are followed line by line."""
    preloads: bool = False
    """Whether the server loads the application before it forks its workers."""
    startup: str = ""
    """`module:name` of what each worker calls before it says hello."""
    lifespan: bool = False
    """Whether the server tells the application of its beginning: the hello comes after that."""
    server: str = ""
    """The package whose version the worker tells as its server's."""
    distribution: str = ""
    """And the name under which that is installed, where it may not be the version that the lab knows."""


@dataclass(frozen=True)
class SiteConfig:
    """For the Django project and what its views import."""

    scenario: str
    scenario_folder: str
    view: str
    """The one to be served where there is no Django around it."""
    parameters: dict[str, int | float]
    upstream_port: int
    secret_key: str
    database: dict[str, Any]
    """Of Django's settings, as is the next."""
    settings: dict[str, Any]
    lifespan: bool = False
    """Whether the scenario's `lifespan` is called as the server's begins and ends."""


@dataclass(frozen=True)
class ProjectConfig:
    """For a project of the user's own, which is served in place of our site (server_targets.project.application)."""

    folder: str
    manage_py: str
    """Empty where it has none, as is the next."""
    settings: str
    """The module that the user has named."""
    changes: dict[str, Any]
    """Of its settings, in these processes alone (server_targets.project.entry)."""


@dataclass(frozen=True)
class WorkerConfig:
    """Of all workers of one server."""

    probe: ProbeConfig
    site: SiteConfig
    project: ProjectConfig | None = None

    def write(self, path: Path) -> None:
        """As a new file that nobody else may read, not even for a moment."""
        with open(path, "x", encoding="ascii", opener=_open_private) as file:
            json.dump(asdict(self), file)


class NotStarted(RuntimeError):
    """What the scenario does before its workers serve has failed; its words tell all."""


class NoWorkerConfig(RuntimeError):
    """This process was started by no run, or its run is over."""


@cache
def worker_config() -> WorkerConfig:
    """That of the calling process."""
    return _read()


def _read() -> WorkerConfig:
    path = os.environ.get(VARIABLE)
    if path is None:
        raise NoWorkerConfig(f"{VARIABLE} is not set: this runs only below a server that the lab has started")
    try:
        read = json.loads(Path(path).read_text(encoding="ascii"))
    except FileNotFoundError:
        raise NoWorkerConfig(f"the run is over: {path} is gone") from None
    except OSError as error:
        raise NoWorkerConfig(f"{path} cannot be read: {error.strerror}") from None
    project = ProjectConfig(**read["project"]) if read["project"] else None
    return WorkerConfig(ProbeConfig(**read["probe"]), SiteConfig(**read["site"]), project)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
