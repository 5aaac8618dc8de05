"""Django's settings for the site under test: nothing that the scenario did not ask for."""

from __future__ import annotations

import json
import os

DEBUG = False
SECRET_KEY = os.environ["ASGI_VS_WSGI_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "asgi_vs_wsgi.server_targets.site.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING_CONFIG = None

_database = json.loads(os.environ["ASGI_VS_WSGI_DATABASE"])
if _database["ENGINE"].endswith("postgresql"):
    # By this name the lab finds each worker's connections in PostgreSQL's own view of them.
    _options = {**_database.get("OPTIONS", {}), "application_name": f"asgi-vs-wsgi {os.getpid()}"}
    _database = {**_database, "OPTIONS": _options}
DATABASES = {"default": _database}

# What the scenario's target asks for: `[targets.django]` in its scenario.toml.
globals().update(json.loads(os.environ["ASGI_VS_WSGI_SETTINGS"]))
