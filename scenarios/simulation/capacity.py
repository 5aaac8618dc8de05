"""How full a server is, what runs out first, and what is known without simulating: capacity, Little's law, Erlang."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.results.simulation import InUse, Theory
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import TIMES, Sums
from asgi_vs_wsgi.scenarios.simulation.queueing_theory import erlang_c
from asgi_vs_wsgi.scenarios.wording import apart, per_second, seconds, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script, Scripts, Step
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
        pool=min(1.0, sum(totals.station_s) / whole_s / (setup.workers * setup.pool)) if setup.pool else None,
    )


def scarce(use: InUse, setup: Setup) -> str:
    """What runs out first when more come."""
    names = {
        "the cores": use.cores,
        ("threads" if setup.slot == "thread" else "workers"): use.slots,
        "the event loops": use.loops,
        "the GIL": use.gil,
        "the pool": use.pool,
    }
    known = {name: part for name, part in names.items() if part is not None}
    return max(known, key=known.__getitem__)


def demand(scripts: Scripts, mix: Mapping[str, float], setup: Setup) -> tuple[float, float]:
    """Seconds of CPU that a visitor costs on average, and for how long it holds a slot or a loop: in a crowd, as far as
    that is known, for there is one where something runs out."""
    cpu_s = hold_s = 0.0
    for script, part in _parts(scripts, mix):
        sums = Sums(script)
        cpu_s += part * sums.cpu_s * setup.crowd.times_most
        hold_s += part * (sums.hold_s + (0.0 if setup.slot == "none" else sums.wait_s))
    if setup.garbage.every:
        cpu_s += setup.garbage.cpu_s / setup.garbage.every
    return cpu_s, cpu_s + hold_s


def _parts(scripts: Scripts, mix: Mapping[str, float]) -> Iterator[tuple[Script, float]]:
    """Each script, and the part of the visitors that do it."""
    for name, of_class in scripts.items():
        for script in of_class:
            yield script, mix[name] / len(of_class)


def pool_held_s(scripts: Scripts, mix: Mapping[str, float]) -> float:
    """For how long a visitor has a place of the pool, on average, where nobody has to wait for one."""
    held_s = 0.0
    for script, part in _parts(scripts, mix):
        words = [word for word, _ in script]
        if "acq" in words:
            held_s += part * _held_s(script[words.index("acq") : len(words) - words[::-1].index("rel")])
    return held_s


MOST_OF_CPU, MOST_OF_PLACES = 0.95, 0.98
"""Shares that may be wanted on average: beyond, the line grows without end, or as good as."""


class Capacity(NamedTuple):
    """Something that may be scarce: how much of it there is, and for how long a visitor has one of it."""

    name: str
    """In the plural, as after `2 of 3`."""
    there_are: float
    each_s: float
    most: float
    """Of it that may be wanted on average."""

    @property
    def limit_rps(self) -> float:
        """At which all of it would be in use all of the time."""
        return self.there_are / max(self.each_s, 1e-6)


class Needs(NamedTuple):
    """Of a visitor, on average, in seconds; the same however many workers and threads there are."""

    cpu_s: float
    hold_s: float
    """A slot or a loop."""
    place_s: float
    """A place of the pool; 0 without one."""


def needs(scripts: Scripts, mix: Mapping[str, float], setup: Setup) -> Needs:
    """Read off all scripts: what many are sized by is worked out once."""
    return Needs(*demand(scripts, mix, setup), pool_held_s(scripts, mix) if setup.pool else 0.0)


def capacities(of: Needs, setup: Setup) -> list[Capacity]:
    """The cores, slots or loops, where threads share one the GILs, and the places of pools."""
    found = [
        Capacity("cores", setup.cores, of.cpu_s, MOST_OF_CPU),
        Capacity(units(setup), setup.slots, of.hold_s, MOST_OF_PLACES),
    ]
    if setup.gil:
        found.append(Capacity("GILs", setup.workers, of.cpu_s, MOST_OF_CPU))
    if setup.pool:
        found.append(Capacity("pool places", setup.workers * setup.pool, of.place_s, MOST_OF_PLACES))
    return found


def limit_rps(scripts: Scripts, mix: Mapping[str, float], setup: Setup) -> float:
    """The rate at which something would be in use all of the time; beyond it the line grows without end."""
    return min(each.limit_rps for each in capacities(needs(scripts, mix, setup), setup))


def beyond_capacity(of: Needs, setup: Setup, rate: float) -> str:
    """Why it cannot serve so many, however long they wait; "" where it can."""
    for each in capacities(of, setup):
        if rate * each.each_s > each.most * each.there_are:
            name = each.name.removesuffix("s") if each.there_are == 1 else each.name
            wanted = rate * each.each_s
            told = f"{apart(wanted, each.there_are)} of {each.there_are:g} {name} wanted"
            if wanted > each.there_are:
                return f"{told}: the line grows without end"
            return f"{told}, more than {share(each.most)} of them: the line grows as good as without end"
    return ""


ERLANG = "Erlang C, with the spread of the service times (Allen and Cunneen)"


def theory_of(
    scripts: Scripts, mix: Mapping[str, float], setup: Setup, rate: float, arrivals: str, found: Simulated
) -> list[Theory]:
    """Little's law for all who come at a rate; where they come by chance and stand in one line, the time in it."""
    if not rate:
        return []
    _, hold_s = demand(scripts, mix, setup)
    wanted, slots = rate * hold_s, setup.slots
    words = f"{per_second(rate)} × {seconds(hold_s)} held = {wanted:.2f} of {slots} {units(setup)} wanted on average"
    told = [Theory("Little's law", words)]
    if arrivals == "poisson" and setup.slot == "worker" and 0 < wanted < slots:
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
    squares = (part * _held_s(script) ** 2 for script, part in _parts(scripts, mix))
    return max(0.0, sum(squares) / mean_s**2 - 1)


def _held_s(steps: Iterable[Step]) -> float:
    return sum(seconds_ for word, seconds_ in steps if word in TIMES)
