"""Twenty thousand requests in one run, and a thousand in flight at once: what is lost, and how large the lab grows."""

from __future__ import annotations

import sys
from pathlib import Path

from figures import Figure

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))

from peak_memory import document_and_peak_mb


def measure() -> list[Figure]:
    """Lab memory against its bound; requests seen in flight against those sent."""
    many, memory_mb = document_and_peak_mb(
        *("run", "cpu-bound", "--target", "uvicorn:2", "--set", "cpu_ms=0"),
        *("--arrivals", "closed", "--concurrency", "16", "--requests", "20000"),
    )
    at_once, _ = document_and_peak_mb(
        "run", "slow-io", "--target", "uvicorn:2", "--set", "io_ms=3000", "--requests", "1000"
    )
    return [
        Figure("lost of 20,000", float(many["targets"][0]["telemetry"]["lost"]), 0.0, "events", at_most=True),
        Figure("memory of the lab", memory_mb / 250, 1.0, "of 250 MB, after 20,000 requests", at_most=True),
        Figure("in flight at once", at_once["targets"][0]["in_flight"]["max"] / 1000, 1.0, "of 1,000 visitors"),
    ]
