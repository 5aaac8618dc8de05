"""Django imports its URLs and views at the first request; here they are imported before the worker says hello."""

from __future__ import annotations

from django.urls import get_resolver


def import_urls() -> None:
    """Import the URLconf and the views; what is wrong with them shows now."""
    get_resolver().url_patterns  # noqa: B018 - the property does the importing
