"""The site as a WSGI application."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from asgi_vs_wsgi.server_targets.site.scenario_package import import_urls

os.environ["DJANGO_SETTINGS_MODULE"] = "asgi_vs_wsgi.server_targets.site.settings"
import_urls()
application = get_wsgi_application()
