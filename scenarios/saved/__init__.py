"""Saved runs: everything that a replay needs, in one file."""

from scenarios.saved.reading import read_run
from scenarios.saved.run import SavedRun
from scenarios.saved.writing import write_run

__all__ = ["SavedRun", "read_run", "write_run"]
