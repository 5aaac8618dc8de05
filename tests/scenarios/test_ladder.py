from __future__ import annotations

from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.load import ladder_load


def test_a_step_of_a_burst_is_a_burst_of_so_many() -> None:
    assert ladder_load(Load("burst", 32), 8) == Load("burst", 8)


def test_a_step_of_a_closed_load_has_so_many_at_a_time_and_work_for_each() -> None:
    assert ladder_load(Load("closed", 32, 4), 8) == Load("closed", 32, 8)
    assert ladder_load(Load("closed", 32, 4), 64) == Load("closed", 64, 64)
    assert ladder_load(Load("closed", None, 4, duration_s=1.0), 64) == Load("closed", None, 64, duration_s=1.0)
