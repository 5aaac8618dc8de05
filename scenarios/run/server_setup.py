"""What the servers of a run stand on: our interpreter and the run's folder, or a stranger's interpreter and project.

What the workers of each target are told, from the experiment and from where its run takes place.
"""

from __future__ import annotations

import os
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import structs

from asgi_vs_wsgi.scenarios.database import Database, SqliteDatabase, run_database, target_settings
from asgi_vs_wsgi.scenarios.project.database_copy import copied_bytes, database_copies
from asgi_vs_wsgi.scenarios.project.project_process import KNOWS_SAFE_PATH, new_visitors, project_environment
from asgi_vs_wsgi.scenarios.scenario_files.source_files import STARTUP
from asgi_vs_wsgi.server_targets.processes.interpreter import GIL, environment_for
from asgi_vs_wsgi.server_targets.servers import server_spec
from asgi_vs_wsgi.server_targets.servers.server_spec import version_numbers
from asgi_vs_wsgi.server_targets.worker_config import TOOLS, ProbeConfig, ProjectConfig, SiteConfig, WorkerConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Target
    from asgi_vs_wsgi.scenarios.project.served_project import ServedProject
    from asgi_vs_wsgi.server_targets.servers import ServerSpec

MOST_TOKENS = 64
"""Visitors with a token of their own, for each page that is posted to; more take them in turn."""
START_LIMIT_S = 30.0
PROJECT_START_LIMIT_S = 120.0
"""A project of the user's own may import for long, in several workers at once."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Of one server."""

    folder: Path
    """In which it runs."""
    python: str = ""
    """Another interpreter than ours."""
    safe_path: bool = True
    """Whether that knows -P."""
    environment: dict[str, str] = field(default_factory=dict)
    """Beside what every server gets."""
    version: str = ""
    """Of its product, where that may be another than ours."""


def ground_of(experiment: Experiment, target: Target, folder: Path) -> Ground:
    """`folder`: the run's."""
    if project := experiment.project:
        where, version = project.location, project.versions.get(server_spec(target.server).distribution.lower(), "")
        environment = {**project_environment(where, folder), TOOLS: os.pathsep.join(project.tools), **GIL[target.gil]}
        knows = version_numbers(project.look.python) >= KNOWS_SAFE_PATH
        return Ground(where.folder, where.python, knows, environment, version)
    if target.python:
        return Ground(folder, target.python, environment=environment_for(folder / "python") | GIL[target.gil])
    return Ground(folder, environment=GIL[target.gil])


def start_limit_s(experiment: Experiment) -> float:
    """Until when all its servers must serve."""
    return PROJECT_START_LIMIT_S if experiment.project else START_LIMIT_S


def room_needed(experiment: Experiment) -> int:
    """Bytes in the run's folder, beside what workers record."""
    project = experiment.project
    return copied_bytes(project.look, project.location.folder) if project else 0


@asynccontextmanager
async def databases_of(experiment: Experiment, folder: Path) -> AsyncIterator[tuple[Database, dict[str, Any]]]:
    """The database whose connections are counted, and what a project's processes are told of changed settings.

    Of a project of the user's own: its databases are copies that last as long as this, and its mail goes nowhere.
    """
    if (project := experiment.project) is None:
        async with run_database(experiment.database, folder) as database:
            yield database, {}
        return
    async with database_copies(
        project.look,
        project.location.folder,
        folder,
        allow_remote=project.asked.allow_remote,
        allow_as_is=project.asked.allow_as_is,
    ) as copies:
        copy = copies.changes.get("default", {}).get("NAME", "none")
        yield copies.watched or SqliteDatabase(folder / copy), {"databases": copies.changes, "mail_to_memory": True}


async def with_visitors(experiment: Experiment, folder: Path, changes: dict[str, Any]) -> Experiment:
    """The same with the cookie of a session for its visitors, where they are to be somebody's, and with tokens for
    what they post, of each visitor its own.
    """
    project, scenario, load = experiment.project, experiment.scenario, experiment.load
    if project is None or not (project.asked.user or scenario.posted):
        return experiment
    posts = {page.name: page.token_pages for page in project.pages if page.token_pages}
    many = min(load.concurrency or load.requests or MOST_TOKENS, MOST_TOKENS)
    came = await new_visitors(project.location, project.asked, changes, folder, scenario.headers, posts, many)
    headers = {**scenario.headers, "Cookie": came.cookie} if came.cookie else scenario.headers
    posted = {name: structs.replace(post, visitors=came.tokens.get(name, ())) for name, post in scenario.posted.items()}
    return structs.replace(experiment, scenario=structs.replace(scenario, headers=headers, posted=posted))


PROJECT = "asgi_vs_wsgi.server_targets.project.application:{}"
BEGIN_WORKER = "asgi_vs_wsgi.server_targets.site.scenario_package:begin_worker"


def config_of(
    experiment: Experiment,
    index: int,
    server: ServerSpec,
    *,
    source: Path,
    lab_socket: Path,
    ring_capacity: int,
    upstream_port: int,
    database: Database,
    changes: Mapping[str, Any],
) -> WorkerConfig:
    """Of the target with that index; `source` holds the scenario's files as they were read.

    `changes`: of the settings of a project of the user's own.
    """
    target, project = experiment.targets[index], experiment.project
    lifespan = bool(target.options.get("lifespan"))
    probe = ProbeConfig(
        lab_socket=str(lab_socket),
        target=index,
        application=PROJECT.format(server.interface) if project else _of_ours(target, server),
        records=experiment.probe,
        user_folder=f"{project.location.folder}/" if project else str(source),
        ring_capacity=ring_capacity,
        reads_lines=experiment.lines,
        follows=project is not None,
        preloads=bool(target.options.get("preload")),
        startup=BEGIN_WORKER if STARTUP in experiment.scenario.modules else "",
        lifespan=lifespan,
        server=server.module,
        distribution=server.distribution if target.python or project else "",
    )
    site = SiteConfig(
        scenario=experiment.scenario.name,
        scenario_folder=str(source),
        view=target.view,
        parameters=experiment.parameters,
        upstream_port=upstream_port,
        secret_key=secrets.token_urlsafe(32),
        database=target_settings(database, target.database),
        settings=target.django,
        lifespan=lifespan,
    )
    return WorkerConfig(probe, site, _of_project(project, changes) if project else None)


def _of_ours(target: Target, server: ServerSpec) -> str:
    return f"asgi_vs_wsgi.server_targets.site.{'bare' if target.bare else server.interface}:application"


def _of_project(project: ServedProject, changes: Mapping[str, Any]) -> ProjectConfig:
    where = project.location
    return ProjectConfig(str(where.folder), str(where.manage_py or ""), where.settings, dict(changes))
