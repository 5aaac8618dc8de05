"""Twenty thousand requests in one run, and a thousand in flight at once: what is lost, and how large the lab grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from figures import Figure


def measure() -> list[Figure]:
    """Lab memory against its bound; requests seen in flight against those sent."""
    many, memory_mb = _run(
        *("cpu-bound", "--target", "uvicorn:2", "--set", "cpu_ms=0"),
        *("--arrivals", "closed", "--concurrency", "16", "--requests", "20000"),
    )
    at_once, _ = _run("slow-io", "--target", "uvicorn:2", "--set", "io_ms=3000", "--requests", "1000")
    return [
        Figure("lost of 20,000", float(many["telemetry"]["lost"]), 0.0, "events", at_most=True),
        Figure("memory of the lab", memory_mb / 250, 1.0, "of 250 MB, after 20,000 requests", at_most=True),
        Figure("in flight at once", at_once["in_flight"]["max"] / 1000, 1.0, "of 1,000 visitors"),
    ]


def _run(*words: str) -> tuple[dict[str, dict[str, float]], float]:
    command = [sys.executable, "-P", "-m", "asgi_vs_wsgi", "run", *words, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    document = json.loads(process.stdout.read())
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return document["targets"][0], usage.ru_maxrss / 1024
