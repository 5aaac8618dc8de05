"""What simulation_matrix.py holds against live runs: groups of settings, each with the two runs that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SHARES = (0.5, 0.7, 0.9)
"""Of the capacity."""


@dataclass(frozen=True)
class Group:
    """Cases that rest on one calibration; `light` and `crowd` say who comes, and to how many workers."""

    name: str
    scenario: str
    light: str
    crowd: str
    bursts: dict[str, str] = field(default_factory=dict)
    """Name to the words of `run` and `simulate`."""
    at_shares: dict[str, str] = field(default_factory=dict)
    """Name to targets that get Poisson arrivals at shares of their capacity."""
    settings: str = ""
    """Words of `run` alone: what the calibration has already."""
    simulated: dict[str, str] = field(default_factory=dict)
    """Name of a case to words of `simulate` alone."""
    needs_postgres: bool = False
    shares: tuple[float, ...] = SHARES


SYNC, GTHREAD, UVICORN = "--target gunicorn-sync", "--target gunicorn-gthread", "--target uvicorn"
BLOCKING = "--target blocking"
MIXED = "--target gunicorn-sync:{} --target gunicorn-gthread:{} --target uvicorn:{}"
OVERLOADED = "--target kernel-queue:{} --target loop-queue --target refusing"
BURST, CHANCE, CLOSED = (
    "--arrivals burst --requests {}",
    "--arrivals poisson --rate {} --duration 8",
    "--arrivals closed",
)
GROUPS = (
    Group(
        "sync",
        "slow-io",
        f"{SYNC}:1 {CHANCE.format(6)}",
        f"{SYNC}:1 {BURST.format(40)}",
        {"burst of 64 on 1, 2, 4, 8": f"{SYNC}:1 {SYNC}:2 {SYNC}:4 {SYNC}:8 {BURST.format(64)}"},
        {"2 workers": f"{SYNC}:2"},
        "--set io_ms=50",
    ),
    Group(
        "gthread",
        "slow-io",
        f"{GTHREAD}:1x8 {CHANCE.format(15)}",
        f"{GTHREAD}:1x8 {BURST.format(80)}",
        {"burst of 64 on 2x8": f"{GTHREAD}:2x8 {BURST.format(64)}"},
        {"2x8": f"{GTHREAD}:2x8"},
        "--set io_ms=200",
    ),
    Group(
        "awaiting",
        "slow-io",
        f"{UVICORN}:1 {CHANCE.format(15)}",
        f"{UVICORN}:1 {BURST.format(60)}",
        {"burst of 100 on 1, 2": f"{UVICORN}:1 {UVICORN}:2 {BURST.format(100)}"},
        settings="--set io_ms=200",
    ),
    Group(
        "awaiting at a rate",
        "slow-io",
        f"{UVICORN}:1 {CHANCE.format(15)}",
        f"{UVICORN}:1 {CLOSED} --concurrency 80 --requests 4000",
        at_shares={"1 loop": f"{UVICORN}:1"},
        settings="--set io_ms=200",
    ),
    Group(
        "blocked",
        "blocked-loop",
        f"{BLOCKING}:1 {CHANCE.format(5)}",
        f"{BLOCKING}:1 {BURST.format(12)}",
        {"burst of 24 on 1, 2": f"{BLOCKING}:1 {BLOCKING}:2 {BURST.format(24)}"},
        {"1 loop": f"{BLOCKING}:1"},
        "--set hold_ms=50",
    ),
    Group(
        "cpu",
        "cpu-bound",
        f"{UVICORN}:1 {CHANCE.format(6)}",
        f"{UVICORN}:1 {BURST.format(20)}",
        {"burst of 40 on 1, 2": f"{UVICORN}:1 {UVICORN}:2 {BURST.format(40)}"},
        {"1 loop": f"{UVICORN}:1"},
        "--set cpu_ms=20",
    ),
    Group(
        "fast-and-slow",
        "fast-and-slow",
        f"{MIXED.format('1', '1x8', '1')} {CHANCE.format(8)}",
        f"{MIXED.format('1', '1x8', '1')} {BURST.format(40)}",
        {"30/s": f"{MIXED.format('2', '2x4', '2')} --arrivals poisson --rate 30 --duration 10"},
    ),
    Group(
        "overload",
        "overload",
        f"{OVERLOADED.format(1)} --arrivals poisson --rate 4 --duration 8",
        f"{OVERLOADED.format(1)} {CLOSED} --concurrency 2 --requests 40",
        {"40/s, 2 at a time": f"{OVERLOADED.format(2)} --arrivals constant --rate 40 --duration 3"},
        simulated={"40/s, 2 at a time": "--pool 2"},
    ),
    Group(
        "pool",
        "connections",
        f"--target threads-kept:1x4 {CHANCE.format(8)}",
        f"--target threads-kept:1x4 {CLOSED} --concurrency 4 --requests 120",
        at_shares={"1x4, connections kept": "--target threads-kept:1x4"},
        needs_postgres=True,
        shares=(0.7,),
    ),
    Group(
        "pool of 4",
        "connections",
        f"--target asgi-pool {CHANCE.format(8)}",
        f"--target asgi-pool {CLOSED} --concurrency 4 --requests 120",
        at_shares={"1 loop": "--target asgi-pool"},
        simulated={"1 loop": "--pool 4"},
        needs_postgres=True,
        shares=(0.7,),
    ),
)
QUICK = ("sync: burst", "sync: 2 workers at 70%", "gthread: 2x8 at 70%", "blocked: 1 loop at 70%")


class Case(NamedTuple):
    """Settings to be simulated and run."""

    name: str
    words: list[str]
    simulated: list[str]
    """Of `simulate` besides."""
    share: float = 0.0
    """Of the capacity, of Poisson arrivals; 0: `words` say who comes."""


def cases(group: Group, chosen: Sequence[str], *, quick: bool) -> list[Case]:
    """Of the group, those that were chosen."""
    found = [
        Case(name, words.split(), group.simulated.get(name, "").split()) for name, words in group.bursts.items()
    ] + [
        Case(f"{name} at {share:.0%}", words.split(), group.simulated.get(name, "").split(), share)
        for name, words in group.at_shares.items()
        for share in group.shares
    ]
    named = [(f"{group.name}: {case.name}", case) for case in found]
    return [
        case
        for name, case in named
        if (not quick or any(name.startswith(word) for word in QUICK))
        and (not chosen or any(word in name for word in chosen))
    ]
