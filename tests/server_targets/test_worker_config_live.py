"""Of real servers: what a worker's configuration says is said to processes of its views' own, too."""

from __future__ import annotations

import msgspec
import pytest

pytestmark = pytest.mark.live


@pytest.mark.parametrize("server", ["gunicorn-sync", "uvicorn"])
def test_views_read_parameters_and_call_the_slow_service_in_processes_of_their_own(run_view, server):
    outcome = run_view("asks_processes_of_its_own", server, workers=2, warm=False, requests=4)
    (result,) = outcome.result.targets
    assert msgspec.to_builtins(result.requests.errors) == {"timeout": 0}
    assert result.requests.completed == 4
