"""Django's settings for the site under test: nothing that the scenario did not ask for."""

from __future__ import annotations

import os

from asgi_vs_wsgi.server_targets.worker_config import worker_config

_config = worker_config().site

DEBUG = False
SECRET_KEY = _config.secret_key
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "asgi_vs_wsgi.server_targets.site.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING_CONFIG = None

_database = _config.database
if _database["ENGINE"].endswith("postgresql"):
    # By this name the lab finds each worker's connections in PostgreSQL's own view of them.
    _options = {**_database.get("OPTIONS", {}), "application_name": f"asgi-vs-wsgi {os.getpid()}"}
    _database = {**_database, "OPTIONS": _options}
DATABASES = {"default": _database}

# What the scenario's target asks for: `[targets.django]` in its scenario.toml.
globals().update(_config.settings)
