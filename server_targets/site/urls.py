"""`/SCENARIO/VIEW`, and whatever stands below it, for every public function of the scenario's views."""

from __future__ import annotations

from django.urls import path, re_path

from asgi_vs_wsgi.server_targets.site.scenario_package import load_views

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
