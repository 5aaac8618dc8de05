"""The site as a ASGI application."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from asgi_vs_wsgi.server_targets.site.warm import import_urls

os.environ["DJANGO_SETTINGS_MODULE"] = "asgi_vs_wsgi.server_targets.site.settings"
import_urls()
application = get_asgi_application()
