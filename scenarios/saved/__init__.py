"""Saved runs: everything that a replay needs, in one file."""

from asgi_vs_wsgi.scenarios.saved.reading import read_run
from asgi_vs_wsgi.scenarios.saved.run import SavedRun
from asgi_vs_wsgi.scenarios.saved.writing import write_run

__all__ = ["SavedRun", "read_run", "write_run"]
