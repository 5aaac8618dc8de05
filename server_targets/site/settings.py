"""Django's settings for the site under test: nothing that the scenario did not ask for."""

from __future__ import annotations

import os

from asgi_vs_wsgi.server_targets.site.refused_settings import refused
from asgi_vs_wsgi.server_targets.site.scenario_package import scenario_settings
from asgi_vs_wsgi.server_targets.worker_config import NotStarted, worker_config

_config = worker_config().site

SECRET_KEY = _config.secret_key
ROOT_URLCONF = "asgi_vs_wsgi.server_targets.site.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# What the scenario's own settings.py says: ours stand there by their names.
_said = scenario_settings({name: value for name, value in globals().items() if name.isupper()})
for _name, _reason in refused(_said):
    raise NotStarted(f"settings.py: {_name}: {_reason}")
globals().update(_said)

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

_database = _config.database
if _database["ENGINE"].endswith("postgresql"):
    # By this name the lab finds each worker's connections in PostgreSQL's own view of them.
    _options = {**_database.get("OPTIONS", {}), "application_name": f"asgi-vs-wsgi {os.getpid()}"}
    _database = {**_database, "OPTIONS": _options}
DATABASES = {"default": _database}

# What the scenario's target asks for: `[targets.django]` in its scenario.toml.
globals().update(_config.settings)

if "LOGGING_CONFIG" not in {*_said, *_config.settings}:
    LOGGING_CONFIG = "logging.config.dictConfig" if "LOGGING" in globals() else None
