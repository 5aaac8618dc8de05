"""Forty planted causes on ten server products: how many of them are told right, by line, state and who is held.

    python tests/bench/truth.py [--tries N] [--spy PATH] [SERVER ...]

What is wrong, and `n of N` for each server; the exit code is 1 where anything is. What is wrong in one run is tried
again, since whoever else computes on this machine may hold a worker up at a line of its own: right is what is right in
any of the tries.

With `--spy`, the path of a py-spy, that looks at the same workers meanwhile: for every cause, how long it saw them at
the line (and how long at work there) stands beside what we tell.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from planted import NOBODY, PLANTED, causes_on, experiment, findings, told_at

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


def main() -> None:
    """Run them and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="*", default=SERVERS)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--spy")
    options = parser.parse_args()
    wrong = 0
    for server in options.servers:
        wrong += _spied(server, options.spy) if options.spy else _told(server, options.tries)
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
            self._running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

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


def _spied(server: str, command: str) -> int:
    """For how many causes the two say otherwise."""
    return sum(_spied_in(folder, server, command) for folder in PLANTED)


def _spied_in(folder: str, server: str, command: str) -> int:
    for _ in range(SPY_TRIES):
        with tempfile.TemporaryDirectory() as kept:
            spies = Spies(command, kept)
            outcome = _run(folder, server, causes_on(server, folder), spies)
            if spies.have_recorded():
                there, at_work = spies.seen_ms("there"), spies.seen_ms("at work")
                break
    else:
        sys.exit(f"{command} has recorded nothing: may it look at other processes?")
    other = 0
    for finding in findings(outcome, folder):
        if finding.truth.holder == NOBODY:
            continue
        running_ms, blocked_ms = told_at(outcome, finding.right_where)
        seen_ms, working_ms = there[finding.right_where], at_work[finding.right_where]
        at_line = seen_ms > LEAST_MS and running_ms + blocked_ms > LEAST_MS
        state = (running_ms > blocked_ms) == (working_ms > seen_ms / 2)
        mark = "agrees" if at_line and state else "DIFFERS"
        other += mark != "agrees"
        told = f"told: running {running_ms:4.0f} blocked {blocked_ms:4.0f}"
        print(f"{server:18} {finding.cause:20} {told}   py-spy: there {seen_ms:4} at work {working_ms:4}   {mark}")
    sys.stdout.flush()
    return other


if __name__ == "__main__":
    main()
