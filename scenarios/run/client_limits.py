"""What a run needs of this machine beyond its servers: open files, local ports, a loopback that answers.

A client that runs out of them fails by itself, and looks in every figure as if its server had failed. So what can be
known is told before anything is started; what cannot goes by the name of its errno (scenarios.load.client_errors).
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scenarios.definition import Load
from scenarios.errors import BadInput, LabError, RunFailed
from scenarios.experiment import Experiment
from scenarios.ladder import ladder_load
from scenarios.load.client_errors import ADVICE, client_error
from scenarios.load.open_files import raise_open_files
from scenarios.load.plan_rules import MAX_REQUESTS
from scenarios.process_limit import check_threads
from scenarios.run.warm import WARM_VISITORS
from server_targets.listener import LOOPBACK, listen

OF_A_TARGET = 4
"""Descriptors that the lab holds for a server: its listener, its output, what watches it; and one for a moment."""
OF_THE_LAB = 12
"""For the slow service, a database, the drive's own epoll and timer, and files that are read for a moment."""
PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
ANSWERS_WITHIN_S = 2.0


class Crowd(NamedTuple):
    """The most visitors who are certain to be there at once, and the option that asks for so many."""

    visitors: int
    asked_by: str
    """Empty where the scenario itself does."""


def check_client(experiment: Experiment) -> None:
    """BadInput or RunFailed where this process cannot have as many connections at once as the run is certain to need."""
    crowd = most_at_once(experiment)
    limit = raise_open_files()
    needed = max(crowd.visitors, _warming_up(experiment)) + _others(experiment)
    if needed > limit:
        raise _refusal(
            crowd, f"need about {needed:,} open files, and `ulimit -n` allows {limit:,}", f"ulimit -n {needed}"
        )
    ports = local_ports()
    of_one = crowd.visitors // (len(experiment.targets) if experiment.mode == "race" else 1)
    if ports is not None and of_one > ports:
        what = f"need a local port each for every server, and net.ipv4.ip_local_port_range has {ports:,}"
        raise _refusal(crowd, what, f'sysctl net.ipv4.ip_local_port_range="{1024} {65535}"')


def _refusal(crowd: Crowd, what: str, remedy: str) -> LabError:
    words = f"{crowd.visitors:,} visitors at once {what}"
    if crowd.asked_by:
        return BadInput(f"{crowd.asked_by}: {words}", hint=f"ask for fewer, or raise the limit: {remedy}")
    return RunFailed(words, hint=f"raise the limit: {remedy}")


def most_at_once(experiment: Experiment) -> Crowd:
    """Of bursts and closed arrivals; how many are there at once of those who come on schedule, the server decides."""
    own, given = experiment.scenario.toml.load, experiment.load
    option = "--concurrency" if given.arrivals == "closed" else "--requests"
    visitors, asked_by = _of(given), option if _of(given) > _of(own) else ""
    if experiment.ladder:
        of_ladder = max(_of(ladder_load(given, visitors)) for visitors in experiment.ladder)
        visitors, asked_by = max((visitors, asked_by), (of_ladder, "--ladder"))
    of_classes = (_of(each.load) for each in experiment.scenario.toml.visitors if each.load)
    visitors = max([visitors, *of_classes])
    if experiment.mode == "race":
        return Crowd(visitors * len(experiment.targets), asked_by or "--race")
    return Crowd(visitors, asked_by)


def _of(load: Load) -> int:
    if load.arrivals == "burst":
        return load.requests or 0
    return min(load.concurrency or 0, load.requests or MAX_REQUESTS) if load.arrivals == "closed" else 0


def _warming_up(experiment: Experiment) -> int:
    """All targets are warmed up together."""
    return sum(target.workers * WARM_VISITORS for target in experiment.targets)


def _others(experiment: Experiment) -> int:
    """What is open now, and what the servers and their workers will need."""
    open_now = len(os.listdir("/proc/self/fd"))
    return open_now + OF_THE_LAB + sum(OF_A_TARGET + target.workers for target in experiment.targets)


def local_ports() -> int | None:
    """How many ports a connection may come from; None where the kernel does not tell."""
    try:
        low, high = map(int, PORTS.read_text().split())
    except (OSError, ValueError):
        return None
    return high - low + 1


async def check_loopback() -> None:
    """RunFailed where a connection to a listener of our own does not come about."""
    check_threads()  # uvloop looks even an address of numbers up in a thread
    with listen() as listener, socket.socket() as client:
        client.setblocking(False)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await asyncio.get_running_loop().sock_connect(client, listener.getsockname())
        except TimeoutError:
            what = f"{LOOPBACK} does not answer within {ANSWERS_WITHIN_S:.0f} s"
            raise RunFailed(what, hint="is a firewall in the way of the loopback interface?") from None
        except OSError as problem:
            raise _machine_error(problem) from None


def _machine_error(problem: OSError) -> RunFailed:
    name = client_error(problem.errno) or errno.errorcode.get(problem.errno or 0, str(problem.errno))
    words = ADVICE.get(name, problem.strerror or str(problem))
    return RunFailed(f"this machine cannot run it: {name}: {words}")


@contextmanager
def limits_told() -> Iterator[None]:
    """Around a run: a limit of the machine or of this process that stops all of it is one line, not a fault of ours."""
    try:
        yield
    except OSError as problem:
        if not client_error(problem.errno) or problem.filename is not None:
            raise
        raise _machine_error(problem) from problem
