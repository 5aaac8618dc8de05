"""What a worker is told of the run, in variables of its environment."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from asgi_vs_wsgi.scenarios.database import Database
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.model.scenario import Target


def worker_environment(
    experiment: Experiment,
    target: Target,
    index: int,
    *,
    interface: str,
    database: Database,
    lab: Path,
    upstream_port: int,
    ring: int,
    source: Path,
) -> dict[str, str]:
    """`lab` is the socket that workers say hello on, `index` the target's place in the run, `ring` a capacity, `source`
    where they import the views from."""
    words = {
        "LAB": str(lab),
        "TARGET": str(index),
        "APPLICATION": f"asgi_vs_wsgi.server_targets.site.{'bare' if target.bare else interface}:application",
        "VIEW": target.view,
        "SETTINGS": json.dumps(target.django),
        "DATABASE": json.dumps({**database.settings, **target.database}),
        "PROBE": "1" if experiment.probe else "0",
        "LINES": "1" if experiment.lines else "0",
        "FOLDER": str(source),
        "RING": str(ring),
        "SCENARIO": experiment.scenario.name,
        "PARAMETERS": json.dumps(experiment.parameters),
        "UPSTREAM": str(upstream_port),
        "SECRET_KEY": secrets.token_urlsafe(32),
    }
    return {f"ASGI_VS_WSGI_{name}": value for name, value in words.items()}
