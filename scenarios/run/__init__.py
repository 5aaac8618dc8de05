"""One run: servers up, warm up, drive, collect, analyse."""

from scenarios.run.headless import run_headless
from scenarios.run.outcome import Outcome

__all__ = ["Outcome", "run_headless"]
