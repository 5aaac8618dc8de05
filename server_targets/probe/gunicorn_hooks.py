"""gunicorn's configuration where it loads the project before it forks: its workers then do not import our entry."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.probe.entry import Preloaded


def post_worker_init(worker: object) -> None:
    """gunicorn calls it in each worker that is ready, after what its kind of worker patches is patched."""
    Preloaded.application.begin()
