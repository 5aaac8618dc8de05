"""A callable of the scenario's own as the whole application: no Django between it and the server."""

from __future__ import annotations

import os

from asgi_vs_wsgi.server_targets.site.views import load_views

VIEW_VARIABLE = "ASGI_VS_WSGI_VIEW"

application = getattr(load_views()[1], os.environ[VIEW_VARIABLE])
