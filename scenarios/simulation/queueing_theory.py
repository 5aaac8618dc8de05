"""What queueing theory says exactly, where it has an answer: beside a simulation, and to prove the simulator.

M/M/c       Poisson arrivals, exponential service, c servers, one line: Erlang (1917)
M/D/c       constant service: the number in the system at multiples of it is a Markov chain, Crommelin (1932)
M/G/c-PS    c cores shared evenly by all: the law of the service does not matter, the number is that of M/M/c

Times are in units of the mean service; `load` is arrivals per service time (Erlang's a), so load / servers is the
utilisation, and must be below 1: else the line grows without end, and ValueError.
"""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple


class Line(NamedTuple):
    """What holds in the long run; times in mean services."""

    waits: float
    """The probability that an arrival has to wait."""
    waiting: float
    """Mean number that waits: Lq."""
    wait: float
    """Mean time of waiting, of all arrivals: Wq = Lq / load (Little)."""
    present: float
    """Mean number in the system: L."""


def erlang_c(servers: int, load: float) -> float:
    """The probability of waiting in M/M/c."""
    _check(servers, load)
    blocked = 1.0  # Erlang B, by its recursion, which does not overflow
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    busy = load / servers
    return blocked / (1 - busy * (1 - blocked))


def exponential_service(servers: int, load: float) -> Line:
    """M/M/c."""
    waits = erlang_c(servers, load)
    waiting = waits * load / (servers - load)
    return Line(waits, waiting, waiting / load, waiting + load)


def within(servers: int, load: float, wait: float) -> float:
    """The probability of waiting at most that long in M/M/c: a call centre's service level."""
    return 1 - erlang_c(servers, load) * math.exp(-(servers - load) * wait)


def constant_service(servers: int, load: float) -> Line:
    """M/D/c: the chain's law for P(wait), by eliminating states from the top, which subtracts nothing."""
    _check(servers, load)
    states = _chain(servers, load)
    waiting = sum(max(number - servers, 0) * chance for number, chance in enumerate(states))
    return Line(sum(states[servers:]), waiting, waiting / load, waiting + load)


def constant_service_waiting(servers: int, load: float) -> float:
    """Lq of M/D/c once more, by the roots of z^c = exp(-load (1 - z)) in the unit circle, which says the same."""
    _check(servers, load)
    inside = 0.0
    for number in range(1, servers):
        turn, root = cmath.exp(2j * cmath.pi * number / servers), 0j
        for _ in range(10_000):
            root, before = turn * cmath.exp(-load / servers * (1 - root)), root
            if abs(root - before) < 1e-15:
                break
        inside += (1 / (1 - root)).real
    return inside - (servers * (servers - 1) - load * load) / (2 * (servers - load))


def shared_cores(cores: int, load: float) -> float:
    """Mean time in the system of M/G/c-PS, in mean services, whatever the law of the service."""
    return exponential_service(cores, load).present / load


def _check(servers: int, load: float) -> None:
    if not (servers >= 1 and 0 < load < servers):
        raise ValueError(f"{load:g} of {servers} servers wanted: the line grows without end")


def _chain(servers: int, load: float) -> list[float]:
    """The law of the number in the system; after a service time: those served are gone, and Poisson many have come."""
    last = servers + int(60 / (1 - load / servers)) + 60
    arrive = [math.exp(number * math.log(load) - load - math.lgamma(number + 1)) for number in range(last + 1)]
    most = next(number for number in range(int(load), last + 1) if arrive[number] < 1e-18 or number == last)
    moves = [
        {
            max(state - servers, 0) + number: arrive[number]
            for number in range(min(most, last - max(state - servers, 0)) + 1)
        }
        for state in range(last + 1)
    ]
    out = [0.0] * (last + 1)
    sources = [[source for source in range(state) if state in moves[source]] for state in range(last + 1)]
    for state in range(last, 0, -1):
        onward = {to: chance for to, chance in moves[state].items() if to < state}
        out[state] = sum(onward.values())
        for source in sources[state]:
            share = moves[source][state] / out[state]
            for to, chance in onward.items():
                moves[source][to] = moves[source].get(to, 0.0) + share * chance
                if to > source and source not in sources[to]:
                    sources[to].append(source)
    law = [1.0]
    for state in range(1, last + 1):
        law.append(sum(law[source] * moves[source][state] for source in sources[state] if source < state) / out[state])
    total = sum(law)
    return [chance / total for chance in law]
