"""One run: servers up, warm up, drive, collect, analyse."""

from scenarios.outcome import Outcome
from scenarios.run.headless import run_headless

__all__ = ["Outcome", "run_headless"]
