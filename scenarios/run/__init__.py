"""One run: servers up, warm up, drive, collect, analyse."""

from asgi_vs_wsgi.scenarios.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.headless import run_headless

__all__ = ["Outcome", "run_headless"]
