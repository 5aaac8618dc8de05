"""Many requests, and many at once: none is lost, all are joined, and the lab stays small. Live servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.live

LAB_MB = 250


def run(*words: str) -> tuple[dict, float]:
    """The document of a headless run, and the peak memory of the command's process in MB."""
    command = [sys.executable, "-P", "-m", "asgi_vs_wsgi", "run", *words, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    document = json.loads(process.stdout.read())
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return document, usage.ru_maxrss / 1024


def test_thousands_of_requests_are_all_recorded_in_little_memory():
    document, memory_mb = run(
        *("cpu-bound", "--target", "uvicorn:2", "--set", "cpu_ms=0"),
        *("--arrivals", "closed", "--concurrency", "16", "--requests", "6000"),
    )
    (target,) = document["targets"]
    assert target["requests"]["completed"] == 6000
    assert target["telemetry"]["lost"] == 0
    assert sum(worker["requests"] for worker in target["workers_seen"]) == 6000
    assert memory_mb < LAB_MB


@pytest.mark.alone
def test_a_thousand_requests_in_flight_at_once_are_all_seen():
    document, _ = run("slow-io", "--target", "uvicorn:2", "--set", "io_ms=3000", "--requests", "1000")
    (target,) = document["targets"]
    assert target["requests"]["completed"] == 1000
    assert target["in_flight"]["max"] == 1000
    assert target["telemetry"]["lost"] == 0
