"""Exact queueing theory against published values, and the simulator against the theory."""

from __future__ import annotations

import pytest
from theory_rows import MDC, rows

from asgi_vs_wsgi.scenarios.simulation import simulate as engines
from asgi_vs_wsgi.scenarios.simulation.queueing_theory import (
    constant_service,
    constant_service_waiting,
    erlang_c,
    exponential_service,
    within,
)

PUBLISHED = {
    "Anderson, Sweeney, Williams, λ 10, μ 12, 2 servers: P(wait)": (erlang_c(2, 10 / 12), 0.245),
    "the same: Lq": (exponential_service(2, 10 / 12).waiting, 0.175),
    "the same: L": (exponential_service(2, 10 / 12).present, 1.008),
    "the same, 3 servers: P(wait)": (erlang_c(3, 10 / 12), 0.058),
    "the same, 3 servers: Lq": (exponential_service(3, 10 / 12).waiting, 0.022),
    "the same, 4 servers: P(wait)": (erlang_c(4, 10 / 12), 0.011),
    "Bronson 1982, 23.3, M/M/1, 24 of 30: L": (exponential_service(1, 24 / 30).present, 4),
    "Bronson 1982, 23.14, ρ .75: Lq": (exponential_service(1, 0.75).waiting, 2.25),
    "Bronson 1982, 24.6, 3 servers, a 1.6438: Lq": (exponential_service(3, 1.6438).waiting, 0.352),
    "an Erlang C curve, 120 an hour, 3 minutes, 10 servers: P(wait)": (erlang_c(10, 6), 0.10),
    "pyworkforce, 14 agents, 10 Erlang: P(wait)": (erlang_c(14, 10), 0.1741319335950498),
    "the same: answered within 20 s of 3 minutes": (within(14, 10, 20 / 180), 0.88835),
    "AlgoGraph, M/M/3, a 2: Lq": (exponential_service(3, 2).waiting, 0.889),
    "Pollaczek and Khinchine, M/D/1, ρ .5: Wq": (constant_service(1, 0.5).wait, 0.5),
    "Pollaczek and Khinchine, M/D/1, ρ .9: Wq": (constant_service(1, 0.9).wait, 4.5),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_values(name):
    ours, printed = PUBLISHED[name]
    digits = len(f"{printed}".partition(".")[2])
    assert ours == pytest.approx(printed, abs=max(0.5 * 10**-digits, 1e-12) if printed != 0.10 else 0.005)


@pytest.mark.parametrize(("servers", "busy"), MDC)
def test_constant_service_is_the_same_by_the_chain_and_by_its_roots(servers, busy):
    by_chain = constant_service(servers, busy * servers).waiting
    assert by_chain == pytest.approx(constant_service_waiting(servers, busy * servers), rel=1e-9)


def test_a_line_that_grows_without_end_has_no_mean():
    for theory in (erlang_c, exponential_service, constant_service):
        with pytest.raises(ValueError, match="grows without end"):
            theory(2, 2.0)


def test_the_simulator_says_what_theory_says_within_its_interval_and_keeps_little_s_law():
    requests = 20_000 if engines.native is None else 200_000
    found = list(rows(requests, least_spare=0.19))
    assert len(found) == 35
    assert [row.name for row in found if abs(row.little) > 1e-9] == []
    outside = [row.name for row in found if not row.inside]
    assert len(outside) <= 4, outside  # of 35 by chance: 2, and more than 4 once in 25 seeds; this seed is fixed
