"""Django imports its URLs and views at the first request; here they are imported before the worker says hello."""

from __future__ import annotations

import django
from django.urls import get_resolver


def import_urls() -> None:
    """Import the URLconf and the views; what is wrong with them shows now.

    To be called before the application is made, so that MIDDLEWARE may name a middleware of the scenario's own.
    """
    django.setup(set_prefix=False)  # views may define models
    get_resolver().url_patterns  # noqa: B018 - the property does the importing
