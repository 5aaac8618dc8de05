"""The site as a ASGI application."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from asgi_vs_wsgi.server_targets.site.lifespan import with_lifespan
from asgi_vs_wsgi.server_targets.site.scenario_package import import_urls

os.environ["DJANGO_SETTINGS_MODULE"] = "asgi_vs_wsgi.server_targets.site.settings"
import_urls()
application = with_lifespan(get_asgi_application())
