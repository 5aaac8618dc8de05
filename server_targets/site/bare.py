"""A callable of the scenario's own as the whole application: no Django between it and the server."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.site.scenario_package import load_views
from asgi_vs_wsgi.server_targets.worker_config import worker_config

application = getattr(load_views()[1], worker_config().site.view)
