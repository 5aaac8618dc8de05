"""The stall oracle (stalled_run): a server that is frozen for T seconds of an open run must be seen to be."""

from __future__ import annotations

from functools import partial

import anyio
import pytest
from stalled_run import PARTS, WORKERS, Stalled, stalled_runs

pytestmark = [pytest.mark.live, pytest.mark.alone]

RUN_S = 10.0
STALL_S = 3.0


POOLS = (None, 10)


@pytest.fixture(scope="module")
def stalled_by_pool() -> dict[int | None, Stalled]:
    return anyio.run(partial(stalled_runs, RUN_S, STALL_S, POOLS), backend_options={"use_uvloop": True})


@pytest.mark.parametrize("max_connections", POOLS)
def test_the_share_of_slow_requests_is_what_a_stall_of_that_length_makes_it(max_connections, stalled_by_pool):
    stalled = stalled_by_pool[max_connections]
    visits = stalled.visits
    for part in PARTS:
        x_s = part * stalled.stall_s
        assert stalled.share_above(visits.intended_ns, x_s) == pytest.approx(stalled.predicted(x_s), rel=0.10)
        if max_connections:  # from the actual send, only those who had a connection waited, and all of them for as long
            assert stalled.share_above(visits.sent_ns, x_s) <= (max_connections + WORKERS) / len(visits)
    if max_connections:
        x_s = stalled.stall_s / 4
        assert stalled.share_above(visits.sent_ns, x_s) < stalled.predicted(x_s) / 2
