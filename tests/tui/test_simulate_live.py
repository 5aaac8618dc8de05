"""A scenario is measured first where there is no run of it, and simulated from what was measured just now."""

from __future__ import annotations

import json

import pytest
from command_line import command

pytestmark = pytest.mark.live


def test_a_scenario_is_measured_and_then_simulated_with_other_numbers():
    done = command("simulate", "streaming", "--target", "wsgi-sync:1", "--requests", "6", "--json", "--no-keep")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    (target,) = document["targets"]
    assert document["simulated"] is target["simulated"] is True
    assert document["calibration"]["run"] == "streaming, measured now"
    assert "measuring wsgi-sync" in done.stderr
    assert target["makespan_s"] == pytest.approx(6 * document["calibration"]["measured_p50_ms"] / 1000, rel=0.2)
    assert target["requests"]["completed"] == 6
