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
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from simulation_accuracy import command, error
from simulation_cases import GROUPS, Case, Group, cases

from asgi_vs_wsgi.scenarios.results import BUSY

PERCENTS = ("p50", "p95", "p99")
SECONDS, QUICK_SECONDS = 10, 8
CALIBRATED_AT_MOST = 2
"""Times."""
LEAST_MS = 10
"""A shorter latency is mostly the machine's own noise: errors are told in ms."""


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
        words = ("simulate", self.light, "--crowd", self.crowd, *case.words, *case.simulated, *more)
        found, said = command(*words)
        return found, said.replace(self.light, "LIGHT").replace(self.crowd, "CROWD")


def ground(group: Group, folder: str, database: Sequence[str]) -> Ground | None:
    """Both runs; once more where others took much, or the simulator does not reproduce them."""
    found: Ground | None = None
    for _ in range(CALIBRATED_AT_MOST):
        files, most = [], 0.0
        for name, words in (("light", group.light), ("crowd", group.crowd)):
            file = str(Path(folder) / f"{name}.avw")
            told = [*words.split(), *group.settings.split(), *database]
            run, said = command("run", group.scenario, *told, "--save", file)
            if run is None:
                print(f"{group.name}: was not run: {said}", flush=True)
                return None
            files.append(file)
            most = max([most, *map(taken, run["targets"])])
        found = Ground(files[0], files[1], most)
        _, said = found.ask(Case("", [], []))
        if said:
            print(f"{group.name}: calibrated from two runs: {said}", flush=True)
        elif most <= BUSY:
            break
    return found


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
        print(f"{name}: {said}", flush=True)
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
        of = ground(group, folder, database)
        for case in wanted if of else ():
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
