"""When the driver limits a run."""

from __future__ import annotations

from typing import Any

import pytest
from analysed import figures

from asgi_vs_wsgi.scenarios.load.driver import DriverReport


@pytest.mark.parametrize(
    ("lag_ms", "cpu_share", "limited"),
    [(4.9, 0.5, False), (5.1, 0.5, False), (7.4, 0.5, False), (7.6, 0.5, True), (0.1, 0.91, True), (0.1, 0.9, False)],
)
def test_the_driver_limits_a_run_above_5_ms_and_5_percent_or_90_percent_of_a_core(
    recording: Any, lag_ms: float, cpu_share: float, limited: bool
) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 150)  # of which 5 % are 7.5 ms
    assert figures(rec, report=DriverReport(lag_ms, cpu_share)).driver.limited is limited


def test_a_driver_without_a_schedule_cannot_be_late(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 150)
    assert not figures(rec, report=DriverReport(None, 0.5)).driver.limited
    assert figures(rec, report=DriverReport(None, 0.95)).driver.limited


def test_a_median_below_100_ms_is_judged_by_the_5_ms(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 20)
    assert not figures(rec, report=DriverReport(4.0, 0.1)).driver.limited
    assert figures(rec, report=DriverReport(6.0, 0.1)).driver.limited
