"""Forty planted causes on ten server products: how many of them are told right, by line, state and who is held.

    python tests/bench/truth.py [--tries N] [--spy PATH] [SERVER ...]

What is wrong, and `n of N` for each server; the exit code is 1 where anything is. What is wrong in one run is tried
again, since whoever else computes on this machine may hold a worker up at a line of its own: right is what is right in
any of the tries.

With `--spy`, the path of a py-spy, that looks at the same workers meanwhile: for every cause, how long it saw them at
the line (and how long at work there) stands beside what we tell, and whether the two agree. What they mean by it:

    py-spy there      looks at a thread whose innermost line of the views is this one, 10 ms each: also while it waits
                      for the GIL or for a processor. Told: running + blocked + stalled at the line.
    py-spy at work    those looks at which the kernel has the thread as running or ready (R), from a second recording
                      with draws of its own. Told: running, and stalled as far as that was no wait for the GIL.

A look is a draw: py-spy's pauses are exponential, so of n looks one may be off by the root of n. It catches up what it
has missed, looking many times at one moment: so both recordings are given real-time priority where that is allowed, and
where it is not a busy machine makes counts that are no times. A suspended coroutine is on no thread: py-spy cannot see
it. Where the two do not agree the reason is told, and that cause is tried again, since one moment on a busy machine
may look otherwise to either.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from math import sqrt
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from planted import NOBODY, PLANTED, Finding, causes_on, experiment, findings, stalled_at, told_at

from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless

SERVERS = (
    *("gunicorn-sync", "gunicorn-gthread", "gunicorn-gevent", "granian-wsgi", "waitress"),
    *("uvicorn", "uvicorn-h11", "granian-asgi", "hypercorn", "daphne"),
)
MS = 120
APART_S = 0.4
RATE = 100
"""Looks of py-spy a second."""
SPY_TRIES = 3
LEAST_MS = MS / 4
"""At a line: whoever does not see that much there does not see it."""
LOOK_MS = 1000 / RATE
SLACK = 0.15
"""Of a cause's time: it comes to its line and leaves it at work, and pays for being looked at by three at once."""
SUSPENDED = {"awaiting"}
"""Causes whose line is awaited, and on no thread: the thread that waits for it is elsewhere."""


def main() -> None:
    """Run them and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="*", default=SERVERS)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--spy")
    options = parser.parse_args()
    wrong = 0
    for server in options.servers:
        wrong += _spied(server, options.spy, options.tries) if options.spy else _told(server, options.tries)
    sys.exit(wrong > 0)


def _told(server: str, tries: int) -> int:
    """How many are wrong in every try."""
    wrong = many = 0
    for folder in PLANTED:
        names = causes_on(server, folder)
        many += len(names)
        for number in range(1, tries + 1):
            faulty = [finding for finding in findings(_run(folder, server, names), folder) if finding.faults]
            names = [finding.cause for finding in faulty]
            for finding in faulty:
                print(f"{server:18} try {number} {finding.cause:20} {'; '.join(finding.faults)}", flush=True)
            if not names:
                break
        wrong += len(names)
    print(f"{server:18} {many - wrong} of {many}", flush=True)
    return wrong


def _run(folder: str, server: str, names: list[str], spies: Spies | None = None) -> Outcome:
    planned = experiment(folder, server, names, MS, APART_S)
    ready = spies.begin if spies else (lambda target, pid: None)
    return run_headless(planned, on_progress=lambda _: None, on_ready=ready)


class Spies:
    """Two recordings of py-spy, of where the worker's threads are, and of where they are at work."""

    def __init__(self, command: str, folder: str) -> None:
        self._command = command
        self._files = {"there": Path(folder, "there"), "at work": Path(folder, "at-work")}
        self._running: list[subprocess.Popen[bytes]] = []

    def begin(self, target: str, pid: int) -> None:
        """Look at this worker until it ends."""
        for name, file in self._files.items():
            idle = ["--idle"] if name == "there" else []
            command = [self._command, "record", "--nonblocking", "--rate", str(RATE), "--format", "raw", *idle]
            command += ["--output", str(file), "--pid", str(pid), "--duration", "unlimited"]
            spy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with suppress(OSError):  # as whoever may
                os.sched_setscheduler(spy.pid, os.SCHED_RR, os.sched_param(1))
            self._running.append(spy)

    def have_recorded(self) -> bool:
        """Both of them; one whose worker ends in the middle of a look keeps nothing."""
        for process in self._running:
            process.wait(timeout=30)
        return all(file.exists() for file in self._files.values())

    def seen_ms(self, name: str) -> Counter[str]:
        """`views.py:12` to how long a thread was there, innermost of the lines of the views."""
        seen: Counter[str] = Counter()
        for line in self._files[name].read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            if at := re.findall(r"\((?:[^()]*/)?(views\.py:\d+)\)", stack):
                seen[at[-1]] += int(count) * 1000 // RATE
        return seen


class Beside(NamedTuple):
    """What is told of one cause, and what py-spy saw, in ms."""

    running: float
    blocked: float
    stalled: float
    there: float
    at_work: float

    def differs(self, finding: Finding) -> str:
        """Why the two do not agree, "" where they do."""
        told = self.running + self.blocked + self.stalled
        if finding.cause in SUSPENDED and told > LEAST_MS and self.there <= LEAST_MS:
            return ""
        if told <= LEAST_MS:
            return f"we have seen nothing there: {'; '.join(finding.faults) or 'another line has its time'}"
        if self.there <= LEAST_MS:
            return "py-spy has seen nobody there"
        least, most, seen = (
            self.running / told,
            (self.running + self.stalled) / told,
            min(1.0, self.at_work / self.there),
        )
        off = 2 * sqrt((self.at_work + seen * seen * self.there) / LOOK_MS) * LOOK_MS / self.there + SLACK
        if not least - off <= seen <= most + off:
            return f"told as at work for {least:.0%} to {most:.0%} of it, seen so for {seen:.0%}"
        return ""


def _spied(server: str, command: str, tries: int) -> int:
    """For how many causes the two say otherwise in every try."""
    wrong = many = 0
    for folder in PLANTED:
        names, asked = causes_on(server, folder), 0
        for number in range(1, tries + 1):
            found = list(_spied_in(folder, server, command, names))
            if not found:
                continue
            asked = max(asked, len(found))
            names = [finding.cause for finding, beside in found if beside.differs(finding)]
            for finding, beside in found:
                reason = beside.differs(finding)
                told = (
                    f"told: running {beside.running:4.0f} blocked {beside.blocked:4.0f} stalled {beside.stalled:4.0f}"
                )
                seen = f"py-spy: there {beside.there:4.0f} at work {beside.at_work:4.0f}"
                mark = f"DIFFERS: {reason}" if reason else "agrees"
                print(f"{server:18} try {number} {finding.cause:20} {told}   {seen}   {mark}", flush=True)
            if not names:
                break
        many += asked or len(names)
        wrong += len(names)
    print(f"{server:18} py-spy agrees on {many - wrong} of {many}", flush=True)
    return wrong


def _spied_in(folder: str, server: str, command: str, names: list[str]) -> Iterator[tuple[Finding, Beside]]:
    for _ in range(SPY_TRIES):
        with tempfile.TemporaryDirectory() as kept:
            spies = Spies(command, kept)
            outcome = _run(folder, server, names, spies)
            if spies.have_recorded():
                there, at_work = spies.seen_ms("there"), spies.seen_ms("at work")
                break
    else:
        print(f"{command} has recorded nothing: may it look at other processes?", file=sys.stderr)
        return
    for finding in findings(outcome, folder):
        where = finding.right_where
        if finding.truth.holder != NOBODY:
            told = (*told_at(outcome, where), stalled_at(outcome, where))
            yield finding, Beside(*told, there[where], at_work[where])


if __name__ == "__main__":
    main()
