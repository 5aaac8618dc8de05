"""What the workers of each target are told, from the experiment and from where its run takes place."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.database import Database, target_settings
from asgi_vs_wsgi.scenarios.scenario_files.source_files import STARTUP
from asgi_vs_wsgi.server_targets.worker_config import ProbeConfig, SiteConfig, WorkerConfig

if TYPE_CHECKING:
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.server_targets.servers import ServerSpec

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
) -> WorkerConfig:
    """Of the target with that index; `source` holds the scenario's files as they were read."""
    target = experiment.targets[index]
    lifespan = bool(target.options.get("lifespan"))
    probe = ProbeConfig(
        lab_socket=str(lab_socket),
        target=index,
        application=f"asgi_vs_wsgi.server_targets.site.{'bare' if target.bare else server.interface}:application",
        records=experiment.probe,
        user_folder=str(source),
        ring_capacity=ring_capacity,
        reads_lines=experiment.lines,
        preloads=bool(target.options.get("preload")),
        startup=BEGIN_WORKER if STARTUP in experiment.scenario.modules else "",
        lifespan=lifespan,
        server=server.module,
        distribution=server.distribution if target.python else "",
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
    return WorkerConfig(probe, site)
