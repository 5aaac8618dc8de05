"""Many requests, and many at once: none is lost, all are joined, and the lab stays small. Live servers."""

from __future__ import annotations

import pytest
from peak_memory import document_and_peak_mb

pytestmark = pytest.mark.live

LAB_MB = 110


def test_thousands_of_requests_are_all_recorded_in_little_memory():
    document, memory_mb = document_and_peak_mb(
        *("run", "cpu-bound", "--target", "uvicorn:2", "--set", "cpu_ms=0"),
        *("--arrivals", "closed", "--concurrency", "16", "--requests", "6000"),
    )
    (target,) = document["targets"]
    assert target["requests"]["completed"] == 6000
    assert target["telemetry"]["lost"] == 0
    assert sum(worker["requests"] for worker in target["workers_seen"]) == 6000
    assert 40 < memory_mb < LAB_MB


@pytest.mark.alone
def test_a_thousand_requests_in_flight_at_once_are_all_seen():
    document, _ = document_and_peak_mb(
        "run", "slow-io", "--target", "uvicorn:2", "--set", "io_ms=3000", "--requests", "1000"
    )
    (target,) = document["targets"]
    assert target["requests"]["completed"] == 1000
    assert target["in_flight"]["max"] == 1000
    assert target["telemetry"]["lost"] == 0
