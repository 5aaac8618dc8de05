"""What the workers of each target are told, from the experiment and from where its run takes place."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.database import Database, target_settings
from asgi_vs_wsgi.scenarios.scenario_files.source_files import STARTUP
from asgi_vs_wsgi.server_targets.worker_config import ProbeConfig, ProjectConfig, SiteConfig, WorkerConfig

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Target
    from asgi_vs_wsgi.scenarios.project.served_project import ServedProject
    from asgi_vs_wsgi.server_targets.servers import ServerSpec

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
