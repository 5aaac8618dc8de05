"""A saved run in a file, made by hand."""

from __future__ import annotations

from pathlib import Path

from made_result import made_result
from made_traces import on_loops, on_threads

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.run_reader import write_run


def made_run(folder: Path) -> Path:
    """`slow-io` with eight visitors."""
    file = folder / "run.avw"
    write_run(file, load_catalog().find("slow-io"), Outcome(made_result(), [on_threads(8), on_loops(8)]))
    return file
