"""Settings of the project that are changed in this process alone, after they were imported and before Django's set-up.

The document of changes is JSON; every part may be left out:

    {"databases": {"default": {"NAME": "/run/copy.sqlite3", "OPTIONS": {…}}}, "settings": {"DEBUG": false},
     "mail_to_memory": true}
"""

from __future__ import annotations

import os
import warnings
from typing import Any

TELEMETRY_OFF = {
    "SENTRY_DSN": "",
    "OTEL_SDK_DISABLED": "true",
    "NEW_RELIC_ENABLED": "false",
    "NEW_RELIC_MONITOR_MODE": "false",
    "DD_TRACE_ENABLED": "false",
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "ELASTIC_APM_ENABLED": "false",
    "SCOUT_MONITOR": "false",
}
"""Variables by which those who report every request to somebody are told to keep still."""
MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def silence_telemetry() -> None:
    """For this process and those that it starts. Before manage.py and again after it, which may read a `.env`."""
    os.environ.update(TELEMETRY_OFF)


def change_settings(changes: dict[str, Any]) -> None:
    """Import the settings, and change what the document names; of a database what is not named stays as it was."""
    from django.conf import settings

    databases = settings.DATABASES
    for alias, database in changes.get("databases", {}).items():
        for name, value in database.items():
            is_added = isinstance(value, dict) and isinstance(databases[alias].get(name), dict)
            databases[alias][name] = {**databases[alias][name], **value} if is_added else value
    for name, value in changes.get("settings", {}).items():
        setattr(settings, name, value)
    if changes.get("mail_to_memory"):
        _send_mail_to_memory(settings)


def _send_mail_to_memory(settings: Any) -> None:
    """Django 6.1 knows mailers, and where a project names them the old setting may not be set."""
    mailers = getattr(settings, "MAILERS", None)
    if mailers is not None:
        settings.MAILERS = {key: {"BACKEND": MAIL_BACKEND} for key in mailers}
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the old setting, and a project may take warnings for errors
        settings.EMAIL_BACKEND = MAIL_BACKEND
