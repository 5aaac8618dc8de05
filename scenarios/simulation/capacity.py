"""How full a server is, what ends first, and what is known without simulating: Little's law, and Erlang's formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.results.simulation import InUse, Theory
from asgi_vs_wsgi.scenarios.simulation.queueing_theory import erlang_c
from asgi_vs_wsgi.scenarios.simulation.scripts import TIMES, Sums
from asgi_vs_wsgi.scenarios.wording import per_second, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asgi_vs_wsgi.scenarios.simulation.scripts import Script, Scripts
    from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
    from asgi_vs_wsgi.scenarios.simulation.simulation_result import Simulated


def use_of(found: Simulated, setup: Setup) -> InUse:
    """How full everything was, from the first arrival to the last end."""
    totals = found.totals
    whole_s = max(totals.end_s, 1e-9)
    held = setup.slot != "none"
    gil = setup.gil and setup.slot != "worker" and bool(totals.gil_s)
    return InUse(
        cores=min(1.0, totals.core_s / whole_s / setup.cores),
        slots=min(1.0, sum(totals.slot_s) / whole_s / setup.slots) if held else None,
        loops=None if held else min(1.0, sum(totals.main_s) / whole_s / setup.workers),
        gil=min(1.0, max(totals.gil_s) / whole_s) if gil and held else None,
    )


def scarce(use: InUse, setup: Setup) -> str:
    """What ends first when more come."""
    names = {
        "the cores": use.cores,
        ("threads" if setup.slot == "thread" else "workers"): use.slots,
        "the event loops": use.loops,
        "the GIL": use.gil,
    }
    known = {name: part for name, part in names.items() if part is not None}
    return max(known, key=known.__getitem__)


def demand(scripts: Scripts, mix: Mapping[str, float], setup: Setup) -> tuple[float, float]:
    """Seconds of CPU that a visitor costs on average, and for how long it holds a slot or a loop."""
    cpu_s = hold_s = 0.0
    for name, of_class in scripts.items():
        for script in of_class:
            sums, part = Sums(script), mix[name] / len(of_class)
            cpu_s += part * sums.cpu_s
            hold_s += part * (sums.cpu_s + sums.hold_s + (0.0 if setup.slot == "none" else sums.wait_s))
    return cpu_s, hold_s


ERLANG = "Erlang C, with the spread of the service times (Allen and Cunneen)"


def theory_of(scripts: Scripts, mix: Mapping[str, float], setup: Setup, rate: float, found: Simulated) -> list[Theory]:
    """Little's law for all who come at a rate; the time in line where all stand in one line for equal slots."""
    if not rate:
        return []
    _, hold_s = demand(scripts, mix, setup)
    wanted, slots = rate * hold_s, setup.slots
    words = f"{per_second(rate)} × {seconds(hold_s)} held = {wanted:.2f} of {slots} {units(setup)} in use on average"
    told = [Theory("Little's law", words)]
    if setup.slot == "worker" and 0 < wanted < slots:
        waited = [found.begin_s[row] - found.arrival_s[row] for row, began in enumerate(found.begin_s) if began >= 0]
        wait_s = erlang_c(slots, wanted) * hold_s / (slots - wanted) * (1 + _spread(scripts, mix, hold_s)) / 2
        words = f"Poisson arrivals at {slots} {units(setup)} wait {seconds(wait_s)} on average"
        simulated_ms = sum(waited) / len(waited) * 1000 if waited else None
        told.append(Theory(ERLANG, words, "mean time in line", wait_s * 1000, simulated_ms))
    return told


def units(setup: Setup) -> str:
    """What a visitor holds, in words."""
    return "event loops" if setup.slot == "none" else "threads" if setup.slot == "thread" else "workers"


def _spread(scripts: Scripts, mix: Mapping[str, float], mean_s: float) -> float:
    """The squared coefficient of variation of the time that a slot is held."""
    squares = (
        mix[name] / len(of_class) * _held_s(script) ** 2 for name, of_class in scripts.items() for script in of_class
    )
    return max(0.0, sum(squares) / mean_s**2 - 1)


def _held_s(script: Script) -> float:
    return sum(seconds_ for word, seconds_ in script if word in TIMES)
