"""`/SCENARIO/VIEW`, and whatever stands below it, for every public function of the scenario's views.

Django imports its URLs and views at the first request; here they are imported before the worker says hello.
"""

from __future__ import annotations

import django
from django.urls import get_resolver, path, re_path

from asgi_vs_wsgi.server_targets.site.views import load_views


def import_urls() -> None:
    """Import the URLconf and the views; what is wrong with them shows now.

    To be called before the application is made, so that MIDDLEWARE may name a middleware of the scenario's own.
    """
    django.setup(set_prefix=False)  # views may define models
    get_resolver().url_patterns  # noqa: B018 - the property does the importing


_name, _views = load_views()

_public = {
    name: view
    for name, view in vars(_views).items()
    if callable(view) and not name.startswith("_") and getattr(view, "__module__", "") == _views.__name__
}
urlpatterns = [
    *(path(f"{_name}/{name}", view) for name, view in _public.items()),
    *(re_path(f"^{_name}/{name}/", view) for name, view in _public.items()),
]
