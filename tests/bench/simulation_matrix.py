"""What `simulate` says of settings that it was not calibrated with, against live runs: a row for each p50, p95 and p99.

    one light run + one in a crowd, of other settings ─► simulate LIGHT --crowd CROWD … ─┐
    the settings, live ─► the same once more                                             ─┴─► rows, medians

Who comes when is the same in all three. The error is against the mean of the two live runs; below 10 ms it is a
difference in ms. Where others took more than 15 % of the machine during any run that a row rests on, the row is void:
it is shown and not counted. A calibration that does not reproduce its own runs predicts nothing, and that is a row too.

    python tests/bench/simulation_matrix.py [--quick] [WORD ...]       some 15 minutes; --quick: 3; wants the machine

WORD chooses groups or cases whose name has it: sync, gthread, awaiting, blocked, cpu, fast-and-slow, overload, pool,
burst, 50%, 70%, 90%.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from simulation_accuracy import command, error

from asgi_vs_wsgi.scenarios.results import BUSY

PERCENTS = ("p50", "p95", "p99")
SHARES = (0.5, 0.7, 0.9)
SECONDS, QUICK_SECONDS = 12, 8
LEAST_MS = 10
"""A shorter latency is mostly the machine's own noise: errors are told in ms."""


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
        {"1 loop": f"{UVICORN}:1"},
        "--set io_ms=200",
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
        {"30/s": f"{MIXED.format('2', '2x4', '2')} --arrivals poisson --rate 30 --duration 12"},
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
    ),
    Group(
        "pool of 4",
        "connections",
        f"--target asgi-pool {CHANCE.format(8)}",
        f"--target asgi-pool {CLOSED} --concurrency 4 --requests 120",
        at_shares={"1 loop": "--target asgi-pool"},
        simulated={"1 loop": "--pool 4"},
        needs_postgres=True,
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


class Row(NamedTuple):
    """A percentile of one target, or of one of its classes."""

    case: str
    percent: str
    simulated_ms: float
    interval_ms: list[float]
    live_ms: tuple[float, float]
    taken: float
    """The most that others took in any run it rests on."""
    in_use: str

    @property
    def mean_ms(self) -> float:
        """Of both live runs."""
        return sum(self.live_ms) / 2

    @property
    def error(self) -> float:
        """Of what was simulated; a share."""
        return abs(self.simulated_ms / self.mean_ms - 1)

    @property
    def within(self) -> str:
        """No further from one of the live runs than they are from each other; or its interval meets theirs."""
        low, high = sorted(self.live_ms)
        if low - (high - low) <= self.simulated_ms <= high + (high - low):
            return "spread"
        return "interval" if self.interval_ms[0] <= high and self.interval_ms[1] >= low else "no"

    @property
    def void(self) -> bool:
        """Others took too much."""
        return self.taken > BUSY


HEADER = ("case", "", "simulated", "interval", "live", "again", "error", "again", "within", "taken", "in use")
WIDTHS = (46, 4, 10, 19, 9, 9, 9, 9, 9, 6, 26)


def line(cells: Sequence[str]) -> None:
    """The first two and the last to the left."""
    last = len(WIDTHS) - 1
    told = (
        cell.ljust(width) if at in {0, 1, last} else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    print(" ".join(told).rstrip(), flush=True)


def show(row: Row) -> None:
    """One row."""
    first, second = row.live_ms
    low, high = row.interval_ms
    figures = (f"{row.simulated_ms:.1f}", f"{low:.1f} to {high:.1f}", f"{first:.1f}", f"{second:.1f}")
    apart = error(row.simulated_ms, row.mean_ms), error(second, first)
    line((row.case, row.percent, *figures, *apart, row.within, f"{row.taken:.0%}", row.in_use + " VOID" * row.void))


# ---- runs


def taken(target: dict[str, Any]) -> float:
    """By others, of the machine."""
    machine = target["machine"] or {"others_share": 0.0, "stolen_share": 0.0}
    return float(machine["others_share"] + machine["stolen_share"])


class Ground(NamedTuple):
    """The two runs of a calibration."""

    light: str
    crowd: str
    taken: float

    def ask(self, case: Case, more: Sequence[str] = ()) -> tuple[dict[str, Any] | None, str]:
        """`simulate`."""
        return command("simulate", self.light, "--crowd", self.crowd, *case.words, *case.simulated, *more)


@contextmanager
def ground(group: Group, folder: str, database: Sequence[str]) -> Iterator[Ground | str]:
    """Both runs, or why there is none."""
    files, most = [], 0.0
    for name, words in (("light", group.light), ("crowd", group.crowd)):
        file = str(Path(folder) / f"{group.name}-{name}.avw".replace(" ", "-"))
        told = [*words.split(), *group.settings.split(), *database]
        found, said = command("run", group.scenario, *told, "--save", file)
        if found is None:
            yield f"was not run: {said}"
            return
        files.append(file)
        most = max([most, *map(taken, found["targets"])])
    yield Ground(files[0], files[1], most)


def capacity(of: Ground, case: Case) -> tuple[float, str]:
    """A second, as simulated: what is fullest would be full. First at a low rate, then near that which this tells; or
    why there is none."""
    rate = 4.0
    for share in (0.8, 1.0):
        found, said = of.ask(case, ["--arrivals", "poisson", "--rate", f"{rate:g}", "--requests", "600"])
        if found is None:
            return 0.0, said
        used = found["targets"][0]["simulation"]["in_use"]
        rate = float(f"{share * rate / max(part for part in used.values() if part is not None):.3g}")
    return rate, ""


def measured(group: Group, case: Case, of: Ground, database: Sequence[str], seconds: int) -> Iterator[Row]:
    """Simulated first, then run twice; a refusal is told, and nothing is run."""
    words, name, why = list(case.words), f"{group.name}: {case.name}", ""
    if case.share:
        most, why = capacity(of, case)
        rate = float(f"{case.share * most:.3g}")
        words += ["--arrivals", "poisson", "--rate", f"{rate:g}", "--duration", str(seconds)]
        name += f" ({rate:g}/s)" if rate else ""
    simulated, said = of.ask(case._replace(words=words)) if not why else (None, why)
    if said:
        print(f"{name}: {said}".replace(of.light, "LIGHT").replace(of.crowd, "CROWD"), flush=True)
    if simulated is None:
        return
    runs = [command("run", group.scenario, *words, *group.settings.split(), *database) for _ in range(2)]
    if not all(found for found, _ in runs):
        print(f"{name}: was not run: {' '.join(said for _, said in runs)}", flush=True)
        return
    both = [{target["name"]: target for target in found["targets"]} for found, _ in runs if found]
    for target in simulated["targets"]:
        yield from of_target(name, target, [targets[target["name"]] for targets in both], of.taken)


def of_target(case: str, target: dict[str, Any], live: list[dict[str, Any]], calibrated: float) -> Iterator[Row]:
    """Of all visitors, or of each class."""
    most = max(calibrated, *map(taken, live))
    scarce, used = target["simulation"]["scarce"], target["simulation"]["in_use"]
    full = f"{scarce} {max(part for part in used.values() if part is not None):.0%}"
    workers = f"{target['workers']}x{target['threads']}" if target["threads"] > 1 else str(target["workers"])
    several = len(target["classes"]) > 1
    for at, part in enumerate(target["classes"] if several else [target]):
        parts = [each["classes"][at] if several else each for each in live]
        if part["latency_ms"] is None or any(each["latency_ms"] is None for each in parts):
            continue
        label = f"{case} · {target['server']}:{workers}" + f" · {part['name']}" * several
        for percent in PERCENTS:
            interval = part["latency_ms"]["intervals"][percent]
            one, two = (each["latency_ms"][percent] for each in parts)
            yield Row(label, percent, part["latency_ms"][percent], interval, (one, two), most, full)


def cases(group: Group, chosen: Sequence[str], *, quick: bool) -> list[Case]:
    """Of the group, those that were chosen."""
    found = [
        Case(name, words.split(), group.simulated.get(name, "").split()) for name, words in group.bursts.items()
    ] + [
        Case(f"{name} at {share:.0%}", words.split(), group.simulated.get(name, "").split(), share)
        for name, words in group.at_shares.items()
        for share in SHARES
    ]
    named = [(f"{group.name}: {case.name}", case) for case in found]
    return [
        case
        for name, case in named
        if (not quick or any(name.startswith(word) for word in QUICK))
        and (not chosen or any(word in name for word in chosen))
    ]


def medians(rows: Sequence[Row], words: str) -> None:
    """Of those that count, and of all."""
    for name, some in (("", [row for row in rows if not row.void]), (", void rows included", rows)):
        long = [row for row in some if min(row.live_ms) >= LEAST_MS]
        short = [abs(row.simulated_ms - row.mean_ms) for row in some if min(row.live_ms) < LEAST_MS]
        if not some:
            print(f"{words}{name}: no row")
            continue
        told = f"median error {median(row.error for row in long):.1%} of {len(long)} rows" if long else "no row"
        live = f"live against live {median(abs(row.live_ms[1] / row.live_ms[0] - 1) for row in some):.1%}"
        within = [row.within for row in some]
        met = f"{within.count('spread')} within their spread, {within.count('interval')} by their interval"
        brief = f"; below {LEAST_MS} ms: median {median(short):.1f} ms of {len(short)} rows" if short else ""
        print(f"{words}{name}: {told}, {live}; of {len(some)} {met}{brief}")


@contextmanager
def postgres() -> Iterator[list[str] | None]:
    """Words of `run`; None where there is no PostgreSQL."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
    from postgres_server import program, running_postgres

    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        yield None
        return
    with running_postgres(initdb, pg_ctl) as url:
        yield ["--database-url", url]


def main(words: Sequence[str]) -> None:
    """The table, then medians."""
    quick = "--quick" in words
    chosen = [word for word in words if word != "--quick"]
    seconds = QUICK_SECONDS if quick else SECONDS
    began_s = time.monotonic()
    load = f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores"
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, {load}; errors against the mean of both live runs", flush=True)
    line(HEADER)
    rows: list[Row] = []
    for group in GROUPS:
        wanted = cases(group, chosen, quick=quick)
        if wanted:
            rows += of_group(group, wanted, seconds)
    print()
    medians(rows, "all")
    medians([row for row in rows if "gunicorn-sync" in row.case], "gunicorn-sync")
    void = sum(row.void for row in rows)
    print(f"{void} of {len(rows)} rows void: others took more than {BUSY:.0%}; {time.monotonic() - began_s:.0f} s")


def of_group(group: Group, wanted: Sequence[Case], seconds: int) -> list[Row]:
    """Its rows, shown as they come."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, postgres() if group.needs_postgres else no_database() as database:
        if database is None:
            print(f"{group.name}: was not run: no PostgreSQL is here", flush=True)
            return rows
        with ground(group, folder, database) as of:
            if isinstance(of, str):
                print(f"{group.name}: {of}", flush=True)
                return rows
            for case in wanted:
                for row in measured(group, case, of, database, seconds):
                    rows.append(row)
                    show(row)
    return rows


@contextmanager
def no_database() -> Iterator[list[str] | None]:
    """Nothing to be told of one."""
    yield []


if __name__ == "__main__":
    main(sys.argv[1:])
